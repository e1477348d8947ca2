"""Reads what was accepted: task ids, addresses, balances, and how a task stands."""

import json
import re

from bot.errors import Unanswered
from bot.fault import Fault
from bot.ports import Absent, Broke, Made, Running, TaskReport
from bot.providers.kie.wire.faults import ACCOUNT_WORDS, FAIL_CODE_FAULTS, TASK_WORDS, fault_in
from bot.providers.kie.wire.quoting import quote, sanitize
from bot.providers.kie.wire.strict_json import JsonValue, UnreadableJson, load_json

TASK_ID_PATTERN = re.compile(r"[!-~]{1,200}")
"""Opaque and printable: 32 hex digits when seen, `task_<model>_<time>` in the documents."""
CHARACTER_ID_PATTERN = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
"""What can stand in a code block, in a file and in a request without being anything else."""
ADDRESS_PATTERN = re.compile(r"https?://[^\s\"'<>\\^`{|}\x00-\x1f\x7f-\U0010ffff]{1,2000}")
ID_FIELDS = ("character_id", "characterId")
ENCODINGS_LIMIT = 3
"""How often the result may be JSON within JSON; twice has been met."""
CREDITS_LIMIT = 1e9
MOMENT_LIMIT = 10**14
"""Milliseconds since 1970, up to the year 5138."""
PERCENT_LIMIT = 100
WORD_LIMIT_CHARS = 40
SUCCEEDED, FAILED = "success", "fail"
"""The two states that end a task (kie: Get Task Detail); every other word means that it goes on."""


def task_id(content: JsonValue) -> str:
    """The id of the task that was just created.

    Raises:
        Unanswered: there is none that could be asked for again.
    """
    found = content.get("taskId") if isinstance(content, dict) else None
    if isinstance(found, str) and TASK_ID_PATTERN.fullmatch(found):
        return found
    raise Unanswered(Fault.NONSENSE, code="200", text="no readable taskId")


def download_url(content: JsonValue) -> str:
    """The public address of an uploaded file; the only field of that answer that always exists.

    Raises:
        Unanswered: there is no such address.
    """
    found = content.get("downloadUrl") if isinstance(content, dict) else None
    if isinstance(found, str) and ADDRESS_PATTERN.fullmatch(found):
        return found
    raise Unanswered(Fault.NONSENSE, code="200", text="no readable downloadUrl")


def fetched_url(content: JsonValue, size_bytes: int) -> str:
    """The address of a file that the provider has fetched itself, if it says that it got all of it.

    `fileSize` is in every answer that was seen; somebody else's page in place of the clip has another one.

    Raises:
        Unanswered: there is no such address, or it leads to something else.
    """
    found = content.get("fileSize") if isinstance(content, dict) else None
    if isinstance(found, bool) or found != size_bytes:
        raise Unanswered(Fault.NONSENSE, code="200", text="something else was fetched")
    return download_url(content)


def balance(content: JsonValue) -> float:
    """The account's credits: documented as an integer, fractional in practice.

    Raises:
        Unanswered: it is no such number.
    """
    found = _number(content)
    if found is None:
        raise Unanswered(Fault.NONSENSE, code="200", text="no readable balance")
    return found


def task_report(content: JsonValue, asked_task_id: str) -> TaskReport:
    """How the task with `asked_task_id` stands (kie: Get Task Detail).

    Raises:
        Unanswered: this is no record, or the record of another task.
    """
    if content is None:
        return Absent()
    if not isinstance(content, dict) or content.get("taskId") != asked_task_id:
        raise Unanswered(Fault.NONSENSE, code="200", text="not the record asked for")
    state = content.get("state")
    if not isinstance(state, str):
        raise Unanswered(Fault.NONSENSE, code="200", text="a record without state")
    if state == SUCCEEDED:
        return _result(content)
    if state == FAILED:
        return _failure(content)
    return Running(sanitize(state)[:WORD_LIMIT_CHARS], _percent(content.get("progress")))


def _result(record: dict[str, JsonValue]) -> Made | Broke:
    spent = _credits_spent(record)
    raw = record.get("resultJson")
    if found := _one_id(_decoded(raw)):
        return Made(found, spent, _task_seconds(record))
    text = quote(raw if isinstance(raw, str | None) else json.dumps(raw))
    seconds = _task_seconds(record)
    return Broke(Fault.UNREADABLE_RESULT, text=text, credits_spent=spent, task_seconds=seconds)


def made_character(content: JsonValue) -> Made:
    """The character that was just made; Gemini Omni answers with it.

    Raises:
        Unanswered: there is no readable id; something was made, and perhaps charged.
    """
    if found := _one_id(content):
        return Made(found, _credits_spent(content) if isinstance(content, dict) else None)
    raise Unanswered(Fault.NONSENSE, code="200", text=quote(f"no readable id in {json.dumps(content)}"))


def _one_id(result: JsonValue) -> str | None:
    """The id, wherever it was ever seen to stand; None where there is none, or not just one."""
    ids = _distinct(_character_ids(result))
    if len(ids) == 1 and isinstance(ids[0], str) and CHARACTER_ID_PATTERN.fullmatch(ids[0]):
        return ids[0]
    return None


def _decoded(value: JsonValue) -> JsonValue:
    """The value without the layers of JSON text around it; text that is not JSON stays text."""
    for _ in range(ENCODINGS_LIMIT):
        if not isinstance(value, str):
            break
        try:
            value = load_json(value)
        except UnreadableJson:
            break
    return value


def _character_ids(result: JsonValue) -> list[JsonValue]:
    """What stands where an id was ever seen or documented, empty values left out."""
    if not isinstance(result, dict):
        return []
    places = [result, _decoded(result.get("resultObject"))]
    found = [place.get(name) for place in places if isinstance(place, dict) for name in ID_FIELDS]
    listed = result.get("character_id_list")
    found.append(listed[0] if isinstance(listed, list) and len(listed) == 1 else listed)
    return [value for value in found if value not in (None, "", [])]


def _distinct(values: list[JsonValue]) -> list[JsonValue]:
    found: list[JsonValue] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _failure(record: dict[str, JsonValue]) -> Broke:
    code = _word(record.get("failCode"))
    message = _word(record.get("failMsg"))
    words = sanitize(message)
    known = fault_in(ACCOUNT_WORDS, words) or fault_in(TASK_WORDS, words)
    fault = known or FAIL_CODE_FAULTS.get(code, Fault.UNEXPLAINED)
    spent, seconds = _credits_spent(record), _task_seconds(record)
    return Broke(fault, code=quote(code), text=quote(message), credits_spent=spent, task_seconds=seconds)


def _word(value: JsonValue) -> str:
    """Strings as they are, integers as digits (`failCode` is a numeric string, or null, or empty)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _credits_spent(record: dict[str, JsonValue]) -> float | None:
    """`creditsConsumed` since August 2026, `consumeCredits` before; None when the provider does not say."""
    for name in ("creditsConsumed", "consumeCredits"):
        spent = _number(record.get(name))
        if spent is not None and spent >= 0:
            return spent
    return None


def _task_seconds(record: dict[str, JsonValue]) -> float | None:
    """From creation to end, both in epoch milliseconds (kie: Get Task Detail); None when it cannot be so."""
    created, completed = _moment(record.get("createTime")), _moment(record.get("completeTime"))
    if created is None or completed is None or completed <= created:
        return None
    return (completed - created) / 1000


def _moment(value: JsonValue) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < MOMENT_LIMIT else None


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= CREDITS_LIMIT else None


def _percent(value: JsonValue) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= PERCENT_LIMIT else None
