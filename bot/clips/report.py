"""The one line of JSON in which the child tells the bot what it found."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from bot.clips import limits
from bot.clips.rules import Measurement
from bot.errors import ClipRejected
from bot.model import ClipKind, ClipRule

READY = b"ready\n"
"""Said before the first byte of a clip is read: who dies earlier was not killed by the clip."""
WORDS = re.compile(r"[ -~]{1,160}")
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
        names = ("rule", "found", "accepted", "seconds", "kind", "mendable")
        fields = {"rejected": {name: getattr(outcome, name) for name in names}}
    return json.dumps({**fields, "header_seconds": report.header_seconds}).encode() + b"\n"


def read(line: bytes) -> Report:
    """The report in a line that may be anything.

    Raises:
        ValueError: it is not exactly one report.
    """
    if len(line) > limits.ANSWER_BYTES or not line.endswith(b"\n"):
        raise ValueError(len(line))
    try:
        fields = json.loads(line)
    except RecursionError:
        raise ValueError("nested") from None
    if not isinstance(fields, dict):
        raise ValueError(fields)  # noqa: TRY004  # a wrong report is one kind of error to its reader
    header_seconds = _optional(_number)(fields.pop("header_seconds", None))
    match fields:
        case {"measured": dict(measured)} if len(fields) == 1:
            return Report(Measurement(**_checked(measured, MEASUREMENT)), header_seconds)
        case {"rejected": dict(rejected)} if len(fields) == 1:
            return Report(ClipRejected(**_checked(rejected, REJECTION)), header_seconds)
    raise ValueError(sorted(fields))


def _checked(fields: dict[str, Any], schema: dict[str, Callable[[Any], Any]]) -> dict[str, Any]:
    if fields.keys() != schema.keys():
        raise ValueError(sorted(fields))
    return {name: check(fields[name]) for name, check in schema.items()}


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= limits.LARGEST_COUNT:
        raise ValueError(value)
    return value


def _number(value: Any) -> float:
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


def _optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


MEASUREMENT: dict[str, Callable[[Any], Any]] = {
    "kind": ClipKind,
    "codec": _text(CODEC),
    "width": _count,
    "height": _count,
    "video_tracks": _count,
    "video_microseconds": _count,
    "timeline_microseconds": _count,
    "video_packets": _count,
    "decoded_packets": _count,
    "frames": _count,
    "errors": _count,
    "complete": _truth,
    "intact": _truth,
}
REJECTION: dict[str, Callable[[Any], Any]] = {
    "rule": ClipRule,
    "found": _text(WORDS),
    "accepted": _text(WORDS),
    "seconds": _optional(_number),
    "kind": _optional(ClipKind),
    "mendable": _truth,
}
