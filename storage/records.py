"""Looking jobs up in the database, whosever they are."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Attempt, AttemptState
from bot.records import JobRecord, Wanted
from storage.database import Database
from storage.rows import attempt_of, job_of
from storage.schema import attempts, jobs
from storage.stories import LATEST_NUMBER, part

JOB_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
REFERENCE = re.compile(r"([0-9A-HJKMNP-TV-Z]{4})-?([0-9A-HJKMNP-TV-Z]{4})")
"""The end of a job id; neither holds anything that means something in LIKE."""

UNKNOWN = AttemptState.UNKNOWN.value
UNKNOWN_FIRST = case((attempts.c.state == UNKNOWN, 0), else_=1)

any_attempt = attempts.alias("any_attempt")


class SqlJobRecords:
    """Jobs with all their attempts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, wanted: Wanted) -> int:
        """How many jobs are wanted."""
        counting = select(func.count()).select_from(LATEST).where(*conditions(wanted))
        async with self._database.read() as connection:
            return await connection.scalar(counting) or 0

    async def find(self, wanted: Wanted, *, limit: int, offset: int = 0) -> list[JobRecord]:
        """Wanted jobs: those that stand at an unknown outcome first, then by latest attempt, newest first."""
        async with self._database.read() as connection:
            return await records(connection, found(wanted).limit(limit).offset(offset))

    async def record(self, job_id: str) -> JobRecord | None:
        async with self._database.read() as connection:
            listed = await records(connection, select(jobs).where(jobs.c.job_id == job_id))
        return listed[0] if listed else None

    async def called(self, reference: str) -> list[str]:
        """The ids of the jobs with this id or this reference (`Job.reference`), in any case, oldest first."""
        name = reference.strip().upper()
        if JOB_ID.fullmatch(name):
            is_called = jobs.c.job_id == name
        elif short := REFERENCE.fullmatch(name):
            is_called = jobs.c.job_id.like(f"%{short[1]}{short[2]}")
        else:
            return []
        async with self._database.read() as connection:
            listed = await connection.scalars(select(jobs.c.job_id).where(is_called).order_by(jobs.c.job_id))
            return list(listed)

    async def attempt_of_task(self, provider: str, task_id: str) -> Attempt | None:
        """The attempt that has this task at the provider."""
        statement = select(attempts).where(attempts.c.provider == provider, attempts.c.task_id == task_id)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).mappings().first()
        return None if row is None else attempt_of(row)


LATEST = jobs.join(attempts, (attempts.c.job_id == jobs.c.job_id) & (attempts.c.number == LATEST_NUMBER))
"""Every job with its latest attempt."""


def found(wanted: Wanted) -> Select[Any]:
    """The wanted jobs, in the order in which they are shown."""
    return (
        select(jobs)
        .select_from(LATEST)
        .where(*conditions(wanted))
        .order_by(UNKNOWN_FIRST, attempts.c.created_at.desc(), jobs.c.job_id.desc())
    )


def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What a job and its latest attempt have to be."""
    wishes: list[ColumnElement[bool]] = []
    if wanted.guild_id is not None:
        wishes.append(jobs.c.guild_id == wanted.guild_id)
    if wanted.owner_id is not None:
        wishes.append(jobs.c.owner_id == wanted.owner_id)
    if wanted.since is not None:
        wishes.append(attempts.c.created_at >= wanted.since)
    if wanted.states is not None:
        wishes.append(in_states(wanted.states))
    return wishes


def in_states(states: frozenset[AttemptState]) -> ColumnElement[bool]:
    stands = attempts.c.state.in_(sorted(states))
    if AttemptState.UNKNOWN not in states:
        return stands
    once = exists().where(any_attempt.c.job_id == jobs.c.job_id, any_attempt.c.state == UNKNOWN)
    return stands | once.correlate(jobs)


async def records(connection: AsyncConnection, wanted_jobs: Select[Any]) -> list[JobRecord]:
    """The jobs of a statement, in its order, each with all its attempts."""
    rows = (await connection.execute(wanted_jobs)).mappings().all()
    listed = [job_of(part(row, jobs)) for row in rows]
    tried = await attempts_of(connection, [job.job_id for job in listed])
    return [JobRecord(job, tuple(tried[job.job_id])) for job in listed]


async def attempts_of(connection: AsyncConnection, job_ids: Sequence[str]) -> dict[str, list[Attempt]]:
    """The attempts of each of the jobs, first to last."""
    statement = select(attempts).where(attempts.c.job_id.in_(job_ids)).order_by(attempts.c.number)
    tried: dict[str, list[Attempt]] = {job_id: [] for job_id in job_ids}
    for row in (await connection.execute(statement)).mappings():
        attempt = attempt_of(row)
        tried[attempt.job_id].append(attempt)
    return tried
