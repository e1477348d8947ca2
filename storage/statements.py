"""What members state about their clips, in the database."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clip import KeptClip
from bot.model import Subject
from bot.moderation.statements import Statement
from storage.database import Database
from storage.dialects import insert
from storage.rows import Row
from storage.schema import jobs
from storage.statement_tables import statements

COLUMNS = tuple(field.name for field in fields(Statement))


class SqlStatementStore:
    """Statements by job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_job(self, job_id: str) -> Statement | None:
        """What was stated about the clip of a job; None where none was accepted, or it is too long ago."""
        found = await self._found(select(statements).where(statements.c.job_id == job_id))
        return found[0] if found else None

    async def counts(self, guild_id: int, user_id: int) -> Mapping[Subject, int]:
        """How often a member stated what in a server; only what they ever stated is there."""
        counted = (
            select(statements.c.subject, func.count())
            .where(statements.c.guild_id == guild_id, statements.c.user_id == user_id)
            .group_by(statements.c.subject)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(counted)).all()
        return {Subject(subject): count for subject, count in rows}

    async def of_server(
        self, guild_id: int, since: datetime | None, *, limit: int, offset: int
    ) -> list[Statement]:
        """All that was stated in a server, oldest first; `since` None is from the beginning."""
        here = select(statements).where(statements.c.guild_id == guild_id)
        if since is not None:
            here = here.where(statements.c.stated_at >= since)
        oldest_first = here.order_by(statements.c.stated_at, statements.c.job_id)
        return await self._found(oldest_first.limit(limit).offset(offset))

    async def _found(self, statement: Select[tuple[object, ...]]) -> list[Statement]:
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [statement_of(row) for row in rows]


async def keep_statement(connection: AsyncConnection, job_id: str, clip: KeptClip) -> None:
    """Keeps what the job's owner stated, with the clip that is accepted now; what is kept stays as it is."""
    stated = (jobs.c.job_id, jobs.c.guild_id, jobs.c.owner_id, jobs.c.subject)
    row = select(*stated, literal(clip.stored.sha256), jobs.c.created_at).where(jobs.c.job_id == job_id)
    adding = insert(connection, statements).from_select(COLUMNS, row)
    await connection.execute(adding.on_conflict_do_nothing(index_elements=("job_id",)))


def statement_of(row: Row) -> Statement:
    return Statement(**{name: row[name] for name in COLUMNS} | {"subject": Subject(row["subject"])})
