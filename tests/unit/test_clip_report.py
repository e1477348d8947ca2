"""The line between child and bot: whatever is not exactly a report is a ValueError, nothing else."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from bot.clip import ClipKind, ClipRule
from bot.clips import report
from bot.clips.report import Report
from bot.errors import ClipRejected
from tests.unit.test_clip_rules import GOOD

GOOD_LINE = report.write(Report(GOOD, 3.0))


def changed(**fields: Any) -> bytes:
    """A report whose measurement has been tampered with."""
    answer = json.loads(GOOD_LINE)
    answer["measured"].update(fields)
    return json.dumps(answer).encode() + b"\n"


def test_a_measurement_arrives_as_it_was_sent() -> None:
    assert report.read(GOOD_LINE) == Report(GOOD, 3.0)


def test_a_refusal_arrives_with_all_its_facts() -> None:
    sent = ClipRejected(
        ClipRule.DAMAGED, found="x", accepted="y", seconds=1.5, kind=ClipKind.AVI, mendable=True
    )

    arrived = report.read(report.write(Report(sent, None))).outcome

    assert isinstance(arrived, ClipRejected)
    assert vars(arrived) == vars(sent)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b"nonsense\n",
        b"\xff\xfe\n",
        GOOD_LINE[:-1],
        GOOD_LINE + GOOD_LINE,
        GOOD_LINE[:-1] + b" " * 4096 + b"\n",
        GOOD_LINE[:-2] + b"\n",
        b"[" * 2000 + b"\n",
        b'{"measured": null}\n',
        b'{"measured": {}, "rejected": {}}\n',
        b'{"measured": {}, "more": 1}\n',
        b'{"rejected": {"rule": "too_long"}}\n',
        b'{"a": "' + b"x" * 5000 + b'"}\n',
        changed(kind="exe"),
        changed(kind=None),
        changed(codec="h264; rm"),
        changed(codec="x" * 33),
        changed(width=-1),
        changed(width=1.5),
        changed(width=True),
        changed(width="640"),
        changed(width=10**16),
        changed(frames=float("nan")),
        changed(complete=1),
        changed(extra=1),
    ],
)
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # that nothing but a ValueError comes is the point
        report.read(line)


@pytest.mark.parametrize("words", ["", "x" * 241, "two\nlines", "\u202e", 7, None])
def test_words_for_people_are_short_and_plain(words: object) -> None:
    rejected = ClipRejected(ClipRule.DAMAGED, found="x", accepted="y")
    rejected.found = words  # type: ignore[assignment]  # a child that was taken over says anything

    with pytest.raises(ValueError):  # noqa: PT011  # that nothing but a ValueError comes is the point
        report.read(report.write(Report(rejected, None)))


def test_a_measurement_fits_into_the_line() -> None:
    counts: dict[str, Any] = {name: 10**15 for name, value in asdict(GOOD).items() if type(value) is int}
    largest = replace(GOOD, codec="x" * 32, **counts)

    assert len(report.write(Report(largest, 1e9))) < 4096
    assert report.read(report.write(Report(largest, 1e9))).outcome == largest
