"""The fault matrix has every row once, and names tests that exist, or says why there is none."""

import re
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[2]
MATRIX = (ROOT / "docs" / "fault-matrix.md").read_text("utf-8")
LAST = {"H": 17, "D": 15, "P": 26, "N": 10}
"""How many rows there are of each kind."""
ROWS = re.findall(r"^\| ([HDPN]\d+) \| ([^|]+) \| ([^|]+) \|$", MATRIX, re.MULTILINE)


def test_every_row_is_there_once_and_in_order() -> None:
    wanted = [[f"{kind}{number}" for number in range(1, last + 1)] for kind, last in LAST.items()]

    assert [row for row, _, _ in ROWS] == list(chain(*wanted))


def test_every_row_names_tests_that_exist_or_says_why_not() -> None:
    written = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    existing = set(re.findall(r"def (test_\w+)\(", written))

    for row, _, shown in ROWS:
        named = set(re.findall(r"`(test_\w+)`", shown))
        assert named or shown.startswith("none: "), row
        assert named <= existing, (row, named - existing)
