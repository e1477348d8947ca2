"""The answer of the editing child: whatever is not exactly one is a ValueError, nothing else."""

import pytest

from bot.clip import ClipRule
from bot.clips import edit_answer
from bot.clips.edit_answer import Made
from bot.errors import ClipRejected

PICTURE = b"\xff\xd8\xff a picture\n\n"
GOOD = edit_answer.write(Made(PICTURE, 12.5))
REJECTED = ClipRejected(ClipRule.TOO_SHORT, found="0.50 s", accepted="1 to 4 s", seconds=0.5)


@pytest.mark.parametrize("made", [Made(PICTURE, 12.5), Made(PICTURE)])
def test_what_was_made_arrives_as_it_was_sent(made: Made) -> None:
    assert edit_answer.read(edit_answer.write(made)) == made


def test_a_refusal_arrives_with_all_its_facts() -> None:
    arrived = edit_answer.read(edit_answer.write(REJECTED))

    assert isinstance(arrived, ClipRejected)
    assert vars(arrived) == vars(REJECTED)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\n",
        PICTURE,
        GOOD[:-1],
        GOOD + b"x",
        GOOD.replace(b"12.5", b"NaN"),
        GOOD.replace(b"12.5", b'"long"'),
        GOOD.replace(b'"seconds"', b'"minutes"'),
        GOOD.replace(b'"made"', b'"rejected"'),
        edit_answer.write(Made(b"")),
        edit_answer.write(REJECTED) + b"x",
        edit_answer.write(REJECTED).replace(b"too_short", b"too_odd"),
        b'{"made": {"bytes": -1, "seconds": null}}\n',
        b'{"made": {"bytes": 1, "seconds": null}, "rejected": {}}\nx',
        b" " * 5000 + GOOD,
    ],
)
def test_anything_else_is_no_answer(answer: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # which one does not matter to the reader
        edit_answer.read(answer)
