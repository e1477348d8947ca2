"""The one line of JSON in which the child tells the bot what it found."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from bot.clip import ClipKind, ClipRule
from bot.clips import limits
from bot.clips.rules import Measurement
from bot.errors import ClipRejected

READY = b"ready\n"
"""Said before the first byte of a clip is read: who dies earlier was not killed by the clip."""
WORDS = re.compile(r"[ -~]{1,240}")
CODEC = re.compile(r"[a-z0-9_]{1,32}")


@dataclass(frozen=True, slots=True)
class Report:
    """What the child found. `header_seconds` is another reader's opinion, None when it has none."""

    outcome: Measurement | ClipRejected
    header_seconds: float | None


def write(report: Report) -> bytes:
    """The report as one line."""
    outcome = report.outcome
    if isinstance(outcome, Measurement):
        fields = {"measured": asdict(outcome)}
    else:
        fields = {"rejected": fields_of(outcome)}
    return json.dumps({**fields, "header_seconds": report.header_seconds}).encode() + b"\n"


def fields_of(rejected: ClipRejected) -> dict[str, Any]:
    """What a child knows of a refusal."""
    return {name: getattr(rejected, name) for name in REJECTION}


def read(line: bytes) -> Report:
    """The report in a line that may be anything.

    Raises:
        ValueError: it is not exactly one report.
    """
    fields = fields_in(line)
    header_seconds = optional(number)(fields.pop("header_seconds", None))
    match fields:
        case {"measured": dict(measured)} if len(fields) == 1:
            return Report(Measurement(**checked(measured, MEASUREMENT)), header_seconds)
        case {"rejected": dict(rejected)} if len(fields) == 1:
            return Report(ClipRejected(**checked(rejected, REJECTION)), header_seconds)
    raise ValueError(sorted(fields))


def fields_in(line: bytes) -> dict[str, Any]:
    """The JSON object in one whole line.

    Raises:
        ValueError: it is none, or longer than any of ours.
    """
    if len(line) > limits.ANSWER_BYTES or not line.endswith(b"\n"):
        raise ValueError(len(line))
    try:
        fields = json.loads(line)
    except RecursionError:
        raise ValueError("nested") from None
    if not isinstance(fields, dict):
        raise ValueError(fields)  # noqa: TRY004  # a wrong report is one kind of error to its reader
    return fields


def checked(fields: dict[str, Any], schema: dict[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """Exactly the fields of the schema, each passed by its check.

    Raises:
        ValueError: there are others, or one does not pass.
    """
    if fields.keys() != schema.keys():
        raise ValueError(sorted(fields))
    return {name: check(fields[name]) for name, check in schema.items()}


def count(value: Any) -> int:
    """A whole number of something.

    Raises:
        ValueError: it is none.
    """
    if type(value) is not int or not 0 <= value <= limits.LARGEST_COUNT:
        raise ValueError(value)
    return value


def number(value: Any) -> float:
    """A finite number.

    Raises:
        ValueError: it is none.
    """
    if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > limits.LARGEST_COUNT:
        raise ValueError(value)
    return float(value)


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError(value)
    return value


def _text(pattern: re.Pattern[str]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(value)
        return value

    return check


def optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A check that lets None pass, too."""
    return lambda value: None if value is None else check(value)


MEASUREMENT: dict[str, Callable[[Any], Any]] = {
    "kind": ClipKind,
    "codec": _text(CODEC),
    "width": count,
    "height": count,
    "video_tracks": count,
    "video_microseconds": count,
    "timeline_microseconds": count,
    "video_packets": count,
    "decoded_packets": count,
    "frames": count,
    "errors": count,
    "complete": _truth,
    "intact": _truth,
}
REJECTION: dict[str, Callable[[Any], Any]] = {
    "rule": ClipRule,
    "found": _text(WORDS),
    "accepted": _text(WORDS),
    "seconds": optional(number),
    "kind": optional(ClipKind),
    "mendable": _truth,
}
