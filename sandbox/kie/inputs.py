"""What createTask accepts for the two character models, field by field; pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

MODEL = "sora-2-characters"
PRO_MODEL = "sora-2-characters-pro"
MODEL_FAMILY = "sora-2"

# "5000 characters" does not say of what; UTF-16 units are the stricter of the likely readings.
PROMPT_LIMIT_UTF16_UNITS = 5000

_TOP_FIELDS = frozenset({"model", "callBackUrl", "input"})
_INPUT_FIELDS = frozenset({"character_file_url", "character_prompt", "safety_instruction"})
_PRO_FIELDS = frozenset(
    {"origin_task_id", "timestamps", "character_prompt", "character_user_name", "safety_instruction"}
)
_TIMESTAMPS = re.compile(r"([0-9]+(?:\.[0-9]+)?),([0-9]+(?:\.[0-9]+)?)")
_USER_NAME_LIMIT = 40
_PART_SECONDS = (1.0, 4.0)


class Refused(Exception):
    """A request the provider answers with a body code other than 200 (and HTTP 200 unless said otherwise)."""

    def __init__(self, code: int, message: str, *, http_status: int = 200) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.http_status = http_status


@dataclass(frozen=True, slots=True)
class CharacterRequest:
    """A createTask body that passed validation. `body` is the whole of it, as received."""

    body: Mapping[str, Any]
    clip_url: str
    prompt: str | None
    safety: str | None
    callback_url: str | None
    origin_task_id: str | None = None
    """Of the video that the character is taken from; then there is no clip, and `clip_url` is empty."""


def json_object(raw: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        Refused: 400, the body is not one.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused(400, "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Refused(400, "The request body must be a JSON object")
    return body


def model_of(body: Mapping[str, Any]) -> str:
    """The model a createTask body names.

    Raises:
        Refused: 422, none.
    """
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise Refused(422, "model cannot be empty")
    return model


def character_request(body: Mapping[str, Any], *, unknown_fields_refused: bool) -> CharacterRequest:
    """Judge a createTask body against the documented input of `sora-2-characters`.

    Raises:
        Refused: a missing field as code 500 (validation in disguise, as seen live), the rest as 422.
    """
    fields = body.get("input")
    if fields is None or fields == {}:
        raise Refused(500, "This field is required")
    if not isinstance(fields, dict):
        raise Refused(422, "input must be an object")
    if unknown_fields_refused:
        refuse_unknown(body, _TOP_FIELDS)
        refuse_unknown(fields, _INPUT_FIELDS)
    return CharacterRequest(
        body=body,
        clip_url=_clip_url(fields.get("character_file_url")),
        prompt=_text(fields, "character_prompt"),
        safety=_text(fields, "safety_instruction"),
        callback_url=_callback_url(body.get("callBackUrl")),
    )


def pro_request(
    body: Mapping[str, Any], videos: Mapping[str, float], *, unknown_fields_refused: bool
) -> CharacterRequest:
    """Judge a createTask body against the documented input of `sora-2-characters-pro`.

    `videos` are the seconds of the account's finished videos, by task id. How a task that is none of them is
    answered is not documented; it is assumed to be judged with the other fields.

    Raises:
        Refused: a missing field as code 500, the rest as 422.
    """
    fields = body.get("input")
    if fields is None or fields == {}:
        raise Refused(500, "This field is required")
    if not isinstance(fields, dict):
        raise Refused(422, "input must be an object")
    if unknown_fields_refused:
        refuse_unknown(body, _TOP_FIELDS)
        refuse_unknown(fields, _PRO_FIELDS)
    prompt, name = _text(fields, "character_prompt"), _text(fields, "character_user_name")
    if not prompt or fields.get("origin_task_id") is None or fields.get("timestamps") is None:
        raise Refused(500, "This field is required")
    if name is not None and not 1 <= len(name) <= _USER_NAME_LIMIT:
        raise Refused(422, "character_user_name must have 1 to 40 characters")
    return CharacterRequest(
        body=body,
        clip_url="",
        prompt=prompt,
        safety=_text(fields, "safety_instruction"),
        callback_url=_callback_url(body.get("callBackUrl")),
        origin_task_id=_origin(fields["origin_task_id"], fields["timestamps"], videos),
    )


def utf16_units(text: str) -> int:
    """Length of a text in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def refuse_unknown(fields: Mapping[str, Any], known: frozenset[str]) -> None:
    """Let only known fields pass.

    Raises:
        Refused: 422, naming one that is not.
    """
    unknown = sorted(set(fields) - known)
    if unknown:
        raise Refused(422, f"unknown field: {unknown[0]}")


def _clip_url(value: object) -> str:
    if value is None:
        raise Refused(500, "This field is required")
    if not isinstance(value, list):
        raise Refused(422, "character_file_url must be an array")
    if len(value) != 1:
        raise Refused(422, "character_file_url must contain exactly 1 item")
    if not is_http_url(value[0]):
        raise Refused(422, "character_file_url must contain a valid http or https URL")
    return str(value[0])


def _origin(task_id: object, timestamps: object, videos: Mapping[str, float]) -> str:
    if not isinstance(timestamps, str) or (found := _TIMESTAMPS.fullmatch(timestamps)) is None:
        raise Refused(422, "timestamps must be a string such as 3.55,5.55")
    if not isinstance(task_id, str) or task_id not in videos:
        raise Refused(422, "origin_task_id is not a finished video task")
    start, end = float(found[1]), float(found[2])
    shortest, longest = _PART_SECONDS
    if not shortest <= round(end - start, 3) <= longest or end > videos[task_id]:
        raise Refused(422, "timestamps must span 1 to 4 seconds inside the video")
    return task_id


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Refused(422, f"{name} must be a string")
    if utf16_units(value) > PROMPT_LIMIT_UTF16_UNITS:
        raise Refused(422, f"{name} cannot exceed {PROMPT_LIMIT_UTF16_UNITS} characters")
    return value


def _callback_url(value: object) -> str | None:
    if value is None:
        return None
    if not is_http_url(value):
        raise Refused(422, "callBackUrl must be a valid http or https URL")
    return str(value)


def is_http_url(value: object) -> bool:
    """Whether this is the text of an absolute http(s) URL."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
