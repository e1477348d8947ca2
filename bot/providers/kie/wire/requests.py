"""What is sent: the endpoints, the body of a submission, the fields of an upload."""

from collections.abc import Mapping
from enum import StrEnum

from bot.clip import ClipKind, PictureKind
from bot.ports import Submission
from bot.providers.kie.wire.strict_json import JsonValue

CONTENT_TYPES: Mapping[ClipKind | PictureKind, str] = {
    # The three the provider names; `video/avi` is its spelling (kie: Sora 2 Characters).
    ClipKind.MP4: "video/mp4",
    ClipKind.WEBM: "video/webm",
    ClipKind.AVI: "video/avi",
    PictureKind.JPEG: "image/jpeg",
}


AS_SHOWN = "The subject of the picture, as it is shown there."
SAFETY_HEADING = "Safety:"


class Endpoint(StrEnum):
    """The calls we make; the values are paths. `UPLOADS` live on the upload host."""

    CREATE_TASK = "/api/v1/jobs/createTask"
    CREATE_CHARACTER = "/api/v1/omni/character/create"
    RECORD_INFO = "/api/v1/jobs/recordInfo"
    CREDIT = "/api/v1/chat/credit"
    UPLOAD = "/api/file-stream-upload"
    UPLOAD_BASE64 = "/api/file-base64-upload"
    UPLOAD_URL = "/api/file-url-upload"


UPLOADS = frozenset({Endpoint.UPLOAD, Endpoint.UPLOAD_BASE64, Endpoint.UPLOAD_URL})


def character_task(model: str, submission: Submission) -> dict[str, JsonValue]:
    """The body that asks `model` for a character (kie: Sora 2 Characters).

    Only documented fields, and no empty text: what the provider does with others is not documented.
    """
    character: dict[str, JsonValue] = {"character_file_url": [submission.source_url]}
    if submission.prompt:
        character["character_prompt"] = submission.prompt
    if submission.safety:
        character["safety_instruction"] = submission.safety
    return _task(model, character, submission.callback_url)


def character_from_task(model: str, submission: Submission) -> dict[str, JsonValue]:
    """The body that asks `model` for a character of a part of a video (kie: Sora 2 Characters Pro).

    `timestamps` is a text of two decimals.

    Raises:
        ValueError: the order names no video.
    """
    source = submission.source_task
    if source is None:
        raise ValueError(model)
    character: dict[str, JsonValue] = {
        "origin_task_id": source.task_id,
        "timestamps": f"{source.start_seconds:.2f},{source.end_seconds:.2f}",
        "character_prompt": submission.prompt,
    }
    if submission.safety:
        character["safety_instruction"] = submission.safety
    return _task(model, character, submission.callback_url)


def omni_character(submission: Submission) -> dict[str, JsonValue]:
    """The body that asks Gemini Omni for a character of one picture; its fields stand at the top level.

    There is no field for the safety text, and `descriptions` is required: the two texts go there together.
    """
    body: dict[str, JsonValue] = {
        "descriptions": _descriptions(submission.prompt, submission.safety),
        "image_urls": [submission.source_url],
    }
    if submission.name:
        body["character_name"] = submission.name
    return body


def _task(model: str, character: dict[str, JsonValue], callback_url: str | None) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = {"model": model, "input": character}
    return {**body, "callBackUrl": callback_url} if callback_url else body


def _descriptions(prompt: str, safety: str) -> str:
    described = prompt or AS_SHOWN
    return f"{described}\n\n{SAFETY_HEADING}\n{safety}" if safety else described


def empty_character() -> dict[str, JsonValue]:
    """A body that asks for nothing, as `empty_task`; assumed to be judged and refused in the same order."""
    return {}


def empty_task(model: str) -> dict[str, JsonValue]:
    """A body that asks `model` for nothing: judged after key, rate and model, and refused before the charge.

    Not documented; two other projects try it in their builds, and it was seen to be answered like this.
    """
    return {"model": model, "input": {}}


def upload_fields(upload_path: str, file_name: str | None) -> dict[str, str]:
    """The form fields beside the file (kie: File Upload API); the three methods share them.

    `upload_path` is always sent: one page calls it optional, the endpoint does not. A file of the same name
    is overwritten, so a name is random or is left to the provider.
    """
    fields = {"uploadPath": upload_path.strip("/")}
    return {**fields, "fileName": file_name} if file_name else fields
