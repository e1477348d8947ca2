"""Checks who sent a callback (kie: Webhook Verification).

The signature covers the task id and a timestamp, never the body: a callback that passes means "go and look",
nothing else.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.providers.kie.wire.strict_json import JsonValue, UnreadableJson, load_json

TIMESTAMP_HEADER = "x-webhook-timestamp"
SIGNATURE_HEADER = "x-webhook-signature"
WINDOW_SECONDS = 300
"""Either way. The provider names no window; five minutes is what the Standard Webhooks libraries use."""
BODY_LIMIT_BYTES = 64 * 1024

# [0-9] and not \d, which takes the digits of every script; int() would take them too.
_TIMESTAMP = re.compile(r"[0-9]{9,12}")
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{43}=")
# No full stop: it separates the two signed parts, and what was signed shall have one reading.
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class CallbackFlaw(StrEnum):
    """Why a callback was not believed; for counters and logs, the sender learns nothing of it."""

    NO_KEY = "no_key"
    UNSIGNED = "unsigned"
    MALFORMED = "malformed"
    STALE = "stale"
    UNREADABLE = "unreadable"
    NO_TASK_ID = "no_task_id"
    CONTRADICTORY = "contradictory"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Stamp:
    """The two headers of a signed callback, well-formed and fresh; `timestamp` is the literal header text."""

    timestamp: str
    signature: str


@dataclass(frozen=True, slots=True)
class TaskHint:
    """Somebody who holds the key says that this task ended. `signature` recognises a replay."""

    task_id: str
    signature: str


def read_stamp(headers: Iterable[tuple[str, str]], now: datetime) -> Stamp | CallbackFlaw:
    """What can be told before the body is read.

    `headers` are all header lines, repeated names included, names in any case; `now` is aware.
    """
    timestamps: list[str] = []
    signatures: list[str] = []
    for name, value in headers:
        if name.lower() == TIMESTAMP_HEADER:
            timestamps.append(value)
        elif name.lower() == SIGNATURE_HEADER:
            signatures.append(value)
    if not timestamps or not signatures:
        return CallbackFlaw.UNSIGNED
    if len(timestamps) > 1 or len(signatures) > 1:
        return CallbackFlaw.MALFORMED
    stamp = Stamp(timestamps[0], signatures[0])
    if not _TIMESTAMP.fullmatch(stamp.timestamp) or not _SIGNATURE.fullmatch(stamp.signature):
        return CallbackFlaw.MALFORMED
    if abs(now.timestamp() - int(stamp.timestamp)) > WINDOW_SECONDS:
        return CallbackFlaw.STALE
    return stamp


def read_hint(stamp: Stamp, body: bytes, keys: Sequence[str]) -> TaskHint | CallbackFlaw:
    """The task that a stamped body names, if one of `keys` signed it; two keys are valid while rotating."""
    if not any(keys):
        return CallbackFlaw.NO_KEY
    task_id = named_task(body)
    if isinstance(task_id, CallbackFlaw):
        return task_id
    signed = f"{task_id}.{stamp.timestamp}".encode("ascii")
    found = stamp.signature.encode("ascii")
    # Every key is tried, so that the time taken does not tell which one fitted.
    fits = [hmac.compare_digest(found, signature_of(key, signed)) for key in keys if key]
    return TaskHint(task_id, stamp.signature) if any(fits) else CallbackFlaw.FORGED


def check_callback(
    headers: Iterable[tuple[str, str]], body: bytes, keys: Sequence[str], now: datetime
) -> TaskHint | CallbackFlaw:
    """Both halves at once, for a request that is in memory already."""
    stamp = read_stamp(headers, now)
    return stamp if isinstance(stamp, CallbackFlaw) else read_hint(stamp, body, keys)


def signature_of(key: str, signed: bytes) -> bytes:
    """What stands in the header; `signed` is `task_id.timestamp`.

    Standard Base64 of HMAC-SHA256; the key is the configured text itself, not decoded.
    """
    return b64encode(hmac.digest(key.encode("utf-8"), signed, "sha256"))


def named_task(body: bytes) -> str | CallbackFlaw:
    """The id from the places where the provider's pages put it, which must not disagree."""
    if len(body) > BODY_LIMIT_BYTES:
        return CallbackFlaw.UNREADABLE
    try:
        event = load_json(body)
    except UnreadableJson:
        return CallbackFlaw.UNREADABLE
    named = _named_ids(event)
    if not named:
        return CallbackFlaw.NO_TASK_ID
    first = named[0]
    if any(other != first for other in named):
        return CallbackFlaw.CONTRADICTORY
    if not isinstance(first, str) or not _TASK_ID.fullmatch(first):
        return CallbackFlaw.NO_TASK_ID
    return first


def _named_ids(event: JsonValue) -> list[JsonValue]:
    if not isinstance(event, dict):
        return []
    content = event.get("data")
    inner = content if isinstance(content, dict) else {}
    places = [inner.get("taskId"), inner.get("task_id"), event.get("taskId")]
    return [value for value in places if value is not None]
