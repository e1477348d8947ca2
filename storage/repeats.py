"""Orders that were given before, found in the transaction that would store them again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Job
from bot.orders.repeats import GOES_ON, REPEATED_WITHIN
from bot.refusals.entries import AlreadyOrdered
from storage.dialects import CAP_LOCK, take_turn
from storage.rows import job_row
from storage.schema import attempts, jobs

SAME = (
    "owner_id",
    "guild_id",
    "subject",
    "prompt",
    "safety",
    "name",
    "visibility",
    "attachment_filename",
    "attachment_size_bytes",
    "source_task_id",
    "source_start_seconds",
    "source_end_seconds",
)
"""What makes two orders the same: `bot.orders.repeats.is_repeated`, by columns."""


async def check_repeated(connection: AsyncConnection, job: Job) -> None:
    """Makes sure that a new job is not one that was ordered just before.

    Raises:
        AlreadyOrdered: it is.
    """
    await take_turn(connection, CAP_LOCK)
    row = (await connection.execute(same_order(job, job.created_at - REPEATED_WITHIN))).mappings().first()
    if row is not None:
        raise AlreadyOrdered(row["job_id"], created_at=row["created_at"])


def same_order(job: Job, since: datetime) -> Select[Any]:
    """The latest job of the same order that goes on, or has done its work, or may have."""
    own = job_row(job)
    goes_on = exists().where(
        attempts.c.job_id == jobs.c.job_id, attempts.c.state.in_([state.value for state in GOES_ON])
    )
    return (
        select(jobs.c.job_id, jobs.c.created_at)
        .where(*(jobs.c[name] == own[name] for name in SAME))
        .where(jobs.c.job_id != job.job_id, jobs.c.created_at > since, goes_on)
        .order_by(jobs.c.created_at.desc())
        .limit(1)
    )
