"""The pictures in the documents show what this version shows: drawn anew, they have the same words."""

import html
import re
from pathlib import Path

import pytest

from sandbox import panels, picture

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TEXT = re.compile(r'<text[^>]* y="([\d.]+)"[^>]*>(.*?)</text>')
PASSING = (
    (re.compile(r"\b\d+\.\d s"), "T s"),
    (re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b"), "REFERENCE"),
    (re.compile(r"\bchar_[0-9a-f]{32}\b"), "CHARACTER"),
    (re.compile(r"Page 1 of \d+"), "Page 1 of N"),
    (re.compile(r"just now|(in )?\d+ (day|hour|minute|second)s?( ago)?"), "WHEN"),
    (re.compile(r"\b\d{1,2} [A-Z][a-z]+ 20\d\d\b"), "DAY"),
)
"""What is another each time, or with each new setting."""


def words(svg: Path) -> list[str]:
    """The lines of a picture without what passes; a line that stands there again is left out."""
    rows: dict[float, str] = {}
    for y, text in TEXT.findall(svg.read_text("utf-8")):
        rows[float(y)] = rows.get(float(y), "") + html.unescape(text)
    lines = [" ".join(rows[y].split()) for y in sorted(rows)]
    for pattern, name in PASSING:
        lines = [pattern.sub(name, line) for line in lines]
    return list(dict.fromkeys(lines))


@pytest.mark.seconds(120)
async def test_the_pictures_of_the_moderators_guide_are_those_of_this_version(tmp_path: Path) -> None:
    guide = (DOCS / "moderators-guide.md").read_text("utf-8")

    await panels.draw(tmp_path)

    for name in panels.NAMES:
        assert f"({name}.svg)" in guide, name
        assert words(DOCS / f"{name}.svg") == words(tmp_path / f"{name}.svg"), f"{name}: make picture"


@pytest.mark.seconds(120)
async def test_the_picture_of_the_readme_is_that_of_this_version(tmp_path: Path) -> None:
    await picture.draw(tmp_path / "conversation.svg")

    assert lasting(DOCS / "conversation.svg") == lasting(tmp_path / "conversation.svg"), "make picture"


def lasting(svg: Path) -> list[str]:
    """Without what a card says on the way: how much of that is seen depends on the speed of the machine."""
    passing = ("card now:", "│", "✅", "⏳")
    return sorted(line for line in words(svg) if not any(mark in line for mark in passing))


async def test_another_word_makes_another_picture(tmp_path: Path) -> None:
    drawn = DOCS / f"{panels.NAMES[1]}.svg"
    (other := tmp_path / "other.svg").write_text(
        drawn.read_text("utf-8").replace("Approve", "Accept"), "utf-8"
    )

    assert "[Approve][Reject…][Block requester…]" in "\n".join(words(drawn))
    assert words(other) != words(drawn)
