"""The bodies the provider sends, byte for byte as its clients meet them; pure."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox.kie.clock import epoch_milliseconds
from sandbox.kie.outcomes import ResultShape
from sandbox.kie.tasks import FAIL, SUCCESS, Task

CHARACTER_ID_AS_NUMBER = 4711

_CALLBACK_SUCCESS = (200, "Playground task completed successfully.")
_CALLBACK_FAILURE = (501, "Playground task failed.")


def accepted(task_id: str) -> dict[str, Any]:
    """CreateTask, taken on. `recordId` is undocumented and equal to `taskId` in recordings."""
    return ok({"taskId": task_id, "recordId": task_id})


def ok(payload: object) -> dict[str, Any]:
    return {"code": 200, "msg": "success", "data": payload}


def refusal(code: int, message: str) -> dict[str, Any]:
    return {"code": code, "msg": message, "data": None}


def upload_refusal(code: int, message: str) -> dict[str, Any]:
    return {"success": False, "code": code, "msg": message}


def omni_character(character_id: object, name: str | None, image_url: str) -> dict[str, Any]:
    """A character made at once. `imageUrl` is the provider's own copy of the picture."""
    copy = f"{image_url.rpartition('/')[0]}/cached-{image_url.rpartition('/')[2]}"
    return ok({"characterId": character_id, "characterName": name or "", "imageUrl": copy})


def balance(credits_left: Decimal) -> dict[str, Any]:
    """Documented as an integer, fractional in practice."""
    return ok(credit_number(credits_left))


def credit_number(credits_left: Decimal) -> int | float:
    return int(credits_left) if credits_left == credits_left.to_integral_value() else float(credits_left)


def stored(
    *, name: str, path: str, url: str, size_bytes: int, mime_type: str, at: datetime
) -> dict[str, Any]:
    """An upload, kept. The second `success` inside `data` is how it is on the wire."""
    return {
        "success": True,
        "code": 200,
        "msg": "File uploaded successfully",
        "data": {
            "success": True,
            "fileName": name,
            "filePath": path,
            "downloadUrl": url,
            "fileSize": size_bytes,
            "mimeType": mime_type,
            "uploadedAt": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        },
    }


def record(task: Task, now: datetime) -> dict[str, Any]:
    """The `data` of recordInfo.

    As on the wire: `resultJson` is "" until success, `failCode` is null, `costTime` counts whole seconds.
    """
    fields: dict[str, Any] = {
        "taskId": task.task_id,
        "model": task.request.body["model"],
        "state": task.state_at(now),
        "param": parameters_echo(task),
        "resultJson": "",
        "failCode": None,
        "failMsg": None,
        "costTime": None,
        "completeTime": None,
        "createTime": epoch_milliseconds(task.accepted_at),
    }
    if task.end:
        fields |= {
            "resultJson": task.end.result_json,
            "failCode": task.end.fail_code,
            "failMsg": task.end.fail_message,
            "costTime": int((task.end.at - task.accepted_at).total_seconds()),
            "completeTime": epoch_milliseconds(task.end.at),
        }
        if task.outcome.credits_field:
            fields[task.outcome.credits_field] = credit_number(task.charged_credits)
    return fields | dict(task.outcome.fields)


def parameters_echo(task: Task) -> str:
    """`param`: the request as JSON text, its `input` encoded a second time."""
    body = dict(task.request.body)
    return _dumps(body | {"input": _dumps(body["input"])})


def callback(task: Task, now: datetime) -> dict[str, Any]:
    """The end of a task as it is called back: the recordInfo payload in an envelope of its own."""
    code, message = _CALLBACK_FAILURE if task.end and task.end.state == FAIL else _CALLBACK_SUCCESS
    fields = record(task, now)
    if fields["state"] != SUCCESS:
        fields["resultJson"] = None
    return {"code": code, "msg": message, "data": fields}


def result_json(shape: ResultShape, character_id: str) -> object:
    """What `resultJson` holds after success, in the ordered shape."""
    return _RESULTS[shape](character_id)


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


_RESULTS: dict[ResultShape, Callable[[str], object]] = {
    ResultShape.PLAIN: lambda text: _dumps({"character_id": text}),
    ResultShape.CAMEL_CASE: lambda text: _dumps({"characterId": text}),
    ResultShape.ID_LIST_TEXT: lambda text: _dumps({"character_id_list": text}),
    ResultShape.ID_LIST_ARRAY: lambda text: _dumps({"character_id_list": [text]}),
    ResultShape.NESTED: lambda text: _dumps({"resultObject": {"character_id": text}}),
    ResultShape.DOUBLE_ENCODED: lambda text: _dumps(_dumps({"character_id": text})),
    ResultShape.LIST: lambda text: _dumps([{"character_id": text}]),
    ResultShape.OBJECT: lambda text: {"character_id": text},
    ResultShape.NUMBER_ID: lambda _: _dumps({"character_id": CHARACTER_ID_AS_NUMBER}),
    ResultShape.MISSING_ID: lambda _: _dumps({"resultUrls": []}),
    ResultShape.NOT_JSON: lambda text: f"character_id={text}",
    ResultShape.EMPTY_TEXT: lambda _: "",
    ResultShape.NULL: lambda _: None,
}
