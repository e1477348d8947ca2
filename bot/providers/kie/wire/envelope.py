"""The wrapping that every answer of the provider's own application has."""

from dataclasses import dataclass

from bot.providers.kie.wire.strict_json import JsonValue, UnreadableJson, load_json

CODE_LIMIT_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Envelope:
    """`message` is as it came. `denied` says that a `success` flag is false."""

    code: int
    message: str
    content: JsonValue
    denied: bool = False


def read_envelope(body: bytes) -> Envelope | None:
    """The envelope in an answer; None when there is none, so that somebody else may have spoken.

    The code is an integer everywhere it was seen; digits in a string are taken as well. The human text is
    `msg`, in older renderings `message`. Uploads add `success`, sometimes a second time inside `data`.
    """
    try:
        value = load_json(body)
    except UnreadableJson:
        return None
    if not isinstance(value, dict):
        return None
    code = _code(value.get("code"))
    if code is None:
        return None
    content = value.get("data")
    inner = content.get("success") if isinstance(content, dict) else None
    denied = value.get("success") is False or inner is False
    return Envelope(code, _message(value), content, denied)


def _code(value: JsonValue) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**CODE_LIMIT_DIGITS else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= CODE_LIMIT_DIGITS:
        return int(value)
    return None


def _message(value: dict[str, JsonValue]) -> str:
    for name in ("msg", "message"):
        text = value.get(name)
        if isinstance(text, str) and text.strip():
            return text
    return ""
