"""What the editing child tells the bot: one line of JSON, then the bytes that it made."""

import json
from dataclasses import dataclass

from bot.clips.report import REJECTION, checked, count, fields_in, fields_of, number, optional
from bot.errors import ClipRejected


@dataclass(frozen=True, slots=True)
class Made:
    """A picture or a clip; `seconds` is the length of the clip that it was made of, where that was asked."""

    content: bytes
    seconds: float | None = None


MADE = {"bytes": count, "seconds": optional(number)}


def write(outcome: Made | ClipRejected) -> bytes:
    """The whole answer."""
    if isinstance(outcome, ClipRejected):
        return json.dumps({"rejected": fields_of(outcome)}).encode() + b"\n"
    made = {"bytes": len(outcome.content), "seconds": outcome.seconds}
    return json.dumps({"made": made}).encode() + b"\n" + outcome.content


def read(answer: bytes) -> Made | ClipRejected:
    """The outcome in an answer that may be anything.

    Raises:
        ValueError: it is not exactly one outcome.
    """
    line, newline, content = answer.partition(b"\n")
    fields = fields_in(line + newline)
    match fields:
        case {"made": dict(made)} if len(fields) == 1:
            told = checked(made, MADE)
            if told["bytes"] != len(content) or not content:
                raise ValueError(len(content))
            return Made(content, told["seconds"])
        case {"rejected": dict(rejected)} if len(fields) == 1 and not content:
            return ClipRejected(**checked(rejected, REJECTION))
    raise ValueError(sorted(fields))
