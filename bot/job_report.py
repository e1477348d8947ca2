"""Jobs as the command line tells of them: a table for people, lines of JSON for scripts, sentences. Pure.

Neither holds a word of a member: prompts and names are nobody's business in a terminal's scrollback.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from bot.errors import JobConflict, NotFound
from bot.jobs.settling import Settled
from bot.model import Attempt, AttemptState
from bot.ports import Broke, Made
from bot.records import JobRecord
from bot.refusals.settlements import (
    AttemptNotNamed,
    JobErased,
    NothingUnknown,
    ReferenceAmbiguous,
    SettlementRefused,
    TaskTaken,
    TaskUnchecked,
    TaskUnknown,
)

COLUMNS = ("job", "attempt", "state", "asked", "ordered", "server", "member", "fault", "task", "credits")
"""Times in UTC; an order is found at the provider by when it was placed."""
NOTHING = ""
TIME = "%Y-%m-%d %H:%M:%S"
DIRECT = "direct message"
UNKNOWN_NOTE = (
    "unknown: nobody knows whether the provider took the order; it may have been charged. Once its task is "
    "found at the provider: python -m bot jobs settle JOB --task TASK_ID"
)


def table_of(records: Iterable[JobRecord]) -> Table:
    """One row per attempt, the latest of a job first."""
    table = Table()
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for record in records:
        for attempt in reversed(record.attempts):
            # As text: what a provider calls a task may look like markup.
            table.add_row(*(Text(cell) for cell in _row(record, attempt)))
    return table


def lines_of(records: Iterable[JobRecord]) -> Iterator[str]:
    """One JSON object per job, its attempts in it, first to last; times in UTC."""
    for record in records:
        yield json.dumps(_job(record), ensure_ascii=False)


def has_unknown(records: Sequence[JobRecord]) -> bool:
    """Whether the note about unknown attempts belongs under the table."""
    return any(record.unknown for record in records)


def settlement(settled: Settled) -> str:
    """What a settled attempt is now."""
    match settled.report:
        case Made():
            standing = "has succeeded"
        case Broke():
            standing = "has failed"
        case _:
            standing = "still runs"
    attempt = settled.attempt
    return (
        f"Attempt {attempt.number} of {settled.record.job.reference} is task {attempt.task_id}, which "
        f"{standing} at the provider. The bot goes on with it and tells what comes of it."
    )


def not_settled(refusal: NotFound | JobConflict | SettlementRefused) -> str:
    """Why an attempt was not given a task, and what to do about it."""
    return _REFUSALS[type(refusal)](refusal)


def _nothing_unknown(refusal: NothingUnknown) -> str:
    stands = ", ".join(f"attempt {number} is {state.value}" for number, state in refusal.states.items())
    return f"There is no unknown attempt to settle: {stands}."


def _attempt_not_named(refusal: AttemptNotNamed) -> str:
    numbers = " and ".join(map(str, refusal.numbers))
    return f"Attempts {numbers} are unknown. Say with --attempt which of them the task belongs to."


def _task_unchecked(refusal: TaskUnchecked) -> str:
    return (
        f"{refusal.provider} could not be asked about that task ({refusal.cause}). Nothing was changed; "
        "try again in a while."
    )


_REFUSALS: dict[type[Exception], Callable[[Any], str]] = {
    NotFound: lambda _: "No job is called so. Give its reference, such as 7F3A-21QX, or its whole id.",
    ReferenceAmbiguous: lambda refusal: (
        f"Several jobs have this reference; give the id of one: {', '.join(refusal.job_ids)}"
    ),
    NothingUnknown: _nothing_unknown,
    AttemptNotNamed: _attempt_not_named,
    TaskTaken: lambda refusal: (
        f"That task belongs to attempt {refusal.number} of job {refusal.job_id} already. Nothing was changed."
    ),
    JobErased: lambda _: (
        "Whoever had ordered this has had it deleted, and there is nobody to give the character to. "
        "Nothing was changed."
    ),
    TaskUnknown: lambda refusal: f"{refusal.provider} knows no such task. Nothing was changed.",
    TaskUnchecked: _task_unchecked,
    JobConflict: lambda _: (
        "The job changed at this very moment, perhaps by a late callback. Look at it again."
    ),
}


def _row(record: JobRecord, attempt: Attempt) -> tuple[str, ...]:
    order = record.job.order
    credits_spent = attempt.credits_spent
    return (
        record.job.reference,
        str(attempt.number),
        attempt.state.value,
        f"{attempt.created_at:{TIME}}",
        NOTHING if attempt.submitted_at is None else f"{attempt.submitted_at:{TIME}}",
        DIRECT if order.place.guild_id is None else str(order.place.guild_id),
        str(order.owner_id),
        # The state says it already.
        NOTHING if attempt.fault is None or attempt.state is AttemptState.UNKNOWN else attempt.fault.value,
        attempt.task_id or NOTHING,
        NOTHING if credits_spent is None else f"{credits_spent:g}",
    )


def _job(record: JobRecord) -> dict[str, Any]:
    job, order = record.job, record.job.order
    return {
        "job": job.job_id,
        "reference": job.reference,
        "state": record.latest.state.value,
        "asked_at": _moment(job.created_at),
        "server_id": _snowflake(order.place.guild_id),
        "channel_id": _snowflake(order.place.channel_id),
        "member_id": _snowflake(order.owner_id),
        "visibility": order.visibility.value,
        "attempts": [_attempt(attempt) for attempt in record.attempts],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "state": attempt.state.value,
        "provider": attempt.provider,
        "asked_by_id": _snowflake(attempt.requested_by),
        "asked_at": _moment(attempt.created_at),
        "ordered_at": _moment(attempt.submitted_at),
        "ended_at": _moment(attempt.ended_at),
        "fault": attempt.fault and attempt.fault.value,
        "provider_code": attempt.provider_code,
        "provider_text": attempt.provider_text,
        "task_id": attempt.task_id,
        "credits": attempt.credits_spent,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _snowflake(discord_id: int | None) -> str | None:
    """As text, like Discord's own: many readers of JSON keep 53 bits of a number."""
    return None if discord_id is None else str(discord_id)
