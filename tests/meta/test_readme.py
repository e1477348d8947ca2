"""The README promises only what tests show, and names commands that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PROMISES = README.split("## What it promises")[1].split("\n## ")[0]


def test_every_promise_names_tests_that_exist() -> None:
    written = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    rows = [line for line in PROMISES.splitlines() if line.startswith("| ") and "---" not in line][1:]

    assert len(rows) >= 5
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        for name in named:
            assert f"def {name}(" in written, name


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)`", README)) | set(re.findall(r"\$ make ([a-z]+)", README))

    assert named <= targets
    assert {"demo", "test", "check", "run", "bench"} <= named
