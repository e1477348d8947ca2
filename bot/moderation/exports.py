"""What a server's admins can take away as files: rows, and the files that are made of them. Pure."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.deeds import Deed
from bot.model import Character, reference_of
from bot.moderation.statements import Statement
from bot.records import JobRecord

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a cell instead of showing it (OWASP: CSV Injection)."""

Row = Mapping[str, str | int | float | None]


class What(StrEnum):
    """What is exported."""

    JOBS = "jobs"
    CHARACTERS = "characters"
    AUDIT = "audit"
    STATEMENTS = "statements"


class Format(StrEnum):
    """How it is written: also the ending of the file."""

    CSV = "csv"
    JSON_LINES = "jsonl"


@dataclass(frozen=True, slots=True)
class MadeHere:
    """A character made in a server; of one that is its owner's alone, no name and no id are shown."""

    character: Character
    is_private: bool


class ExportStore(Protocol):
    """What is exported, oldest first; `since` None is from the beginning."""

    async def characters(
        self, guild_id: int, since: datetime | None, *, limit: int, offset: int
    ) -> list[MadeHere]:
        """The characters made in the server."""
        ...

    async def deeds(self, guild_id: int, since: datetime | None, *, limit: int, offset: int) -> list[Deed]:
        """The audit log of the server."""
        ...


def job_row(record: JobRecord) -> Row:
    """A job as it stands, without clip."""
    job, latest = record.job, record.latest
    return {
        "job": job.job_id,
        "reference": job.reference,
        "owner": str(job.order.owner_id),
        "channel": str(job.order.place.channel_id),
        "visibility": job.order.visibility.value,
        "subject": job.order.subject.value,
        "name": job.order.name,
        "prompt": job.order.prompt,
        "safety": job.order.safety,
        "created": _time(job.created_at),
        "attempts": len(record.attempts),
        "state": latest.state.value,
        "fault": latest.fault.value if latest.fault else None,
        "provider": latest.provider,
        "task": latest.task_id,
        "credits": sum(one.credits_spent or 0 for one in record.attempts),
        "ended": _time(latest.ended_at),
    }


def character_row(made: MadeHere) -> Row:
    """A character, without what its owner kept to themselves."""
    found = made.character
    return {
        "character": found.character_id,
        "job": found.job_id,
        "owner": str(found.owner_id),
        "name": None if made.is_private else found.name,
        "provider": found.provider,
        "provider_character_id": None if made.is_private else found.provider_character_id,
        "created": _time(found.created_at),
        "may_stop_working": _time(found.may_stop_working_at),
    }


def deed_row(deed: Deed) -> Row:
    """A line of the audit log."""
    return {
        "at": _time(deed.at),
        "actor": str(deed.actor_id),
        "action": deed.action,
        "subject": deed.subject,
        "before": deed.before,
        "after": deed.after,
    }


def statement_row(statement: Statement) -> Row:
    """What a member stated about a clip."""
    return {
        "at": _time(statement.stated_at),
        "member": str(statement.user_id),
        "subject": statement.subject.value,
        "clip_sha256": statement.clip_sha256,
        "job": statement.job_id,
        "reference": reference_of(statement.job_id),
    }


class Pages:
    """Rows written one after the other, a new file begun before one would be larger than `limit_bytes`."""

    def __init__(self, form: Format, limit_bytes: int) -> None:
        self._form = form
        self._limit_bytes = limit_bytes
        self._page = bytearray()

    def add(self, row: Row) -> bytes | None:
        """Writes a row; the file that is full with what was written before, if it is."""
        line = self._line(row.values()) if self._form is Format.CSV else _json_line(row)
        head = b"" if self._form is Format.JSON_LINES else self._line(row)
        if self._page and len(self._page) + len(line) > self._limit_bytes:
            full, self._page = bytes(self._page), bytearray(head + line)
            return full
        self._page += line if self._page else head + line
        return None

    def last(self) -> bytes:
        """What is left; empty where nothing was written."""
        return bytes(self._page)

    @staticmethod
    def _line(cells: Iterable[object]) -> bytes:
        written = io.StringIO()
        csv.writer(written).writerow([_cell(cell) for cell in cells])
        return written.getvalue().encode(errors="replace")


def _json_line(row: Row) -> bytes:
    return json.dumps(dict(row), ensure_ascii=False).encode(errors="replace") + b"\n"


def _cell(value: object) -> str:
    """A text that a spreadsheet shows and does not compute."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULAS) else text


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
