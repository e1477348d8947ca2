"""Every moment at which the bot may be killed has its test, and the table names none that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "tests.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| (K\d+) \|.*\|.*\| (.+) \|$", DOCUMENT, re.MULTILINE))
MOMENTS = [f"K{number}" for number in (*range(1, 21), 22, 23)]
NAME = re.compile(r"`(test_\w+)`")


def test_every_moment_has_its_row() -> None:
    assert list(ROWS) == MOMENTS


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_row_names_tests(moment: str) -> None:
    assert NAME.findall(ROWS[moment])


def test_every_named_test_exists() -> None:
    written = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))

    assert [name for name in NAME.findall(DOCUMENT) if f"def {name}(" not in written] == []
