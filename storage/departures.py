"""Servers that the bot was removed from, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import FREE_STATES
from bot.operating import EVERYWHERE
from bot.privacy import NOBODY
from storage.anonymity import anonymise_jobs, forget_requesters
from storage.bulk_tables import bulks
from storage.database import Database
from storage.dialects import LIBRARY_LOCK, insert, take_turn
from storage.moderation_tables import departures, text_rules
from storage.operating import stored_departure
from storage.own_data import is_ended
from storage.report_tables import reports
from storage.schema import (
    SCHEDULED,
    attempts,
    blocks,
    characters,
    deeds,
    jobs,
    pauses,
    picks,
    quotas,
    server_settings,
    turns,
)

OWN_TABLES = (server_settings, text_rules, pauses, blocks, quotas, reports, deeds, bulks)
"""What only the server itself has use for."""
FREE = attempts.c.state.in_([state.value for state in FREE_STATES])
EXPECTED = (
    select(attempts.c.job_id)
    .join(departures, departures.c.guild_id == attempts.c.place_id)
    .where(SCHEDULED, FREE, attempts.c.created_at <= departures.c.left_at)
    .order_by(attempts.c.created_at, attempts.c.attempt_id)
)


class SqlDepartureStore:
    """A row for each server that the bot is not in any more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def left_at(self, guild_id: int) -> datetime | None:
        """Since when the bot is not in a server; None while it is, as far as anybody knows."""
        async with self._database.read() as connection:
            return await stored_departure(connection, guild_id)

    async def leave(self, guild_id: int, now: datetime) -> bool:
        """Notes that the bot is not in a server any more; False where that was known."""
        async with self._database.write() as connection:
            adding = insert(connection, departures).values(guild_id=guild_id, left_at=now)
            added = await connection.execute(adding.on_conflict_do_nothing(index_elements=("guild_id",)))
            return added.rowcount > 0

    async def come_back(self, guild_id: int) -> bool:
        """Notes that it is in the server; False where nothing else was known."""
        async with self._database.write() as connection:
            ended = await connection.execute(delete(departures).where(departures.c.guild_id == guild_id))
            return ended.rowcount > 0

    async def left(self) -> frozenset[int]:
        """The servers that it is not in any more."""
        async with self._database.read() as connection:
            return frozenset(await connection.scalars(select(departures.c.guild_id)))

    async def known(self) -> frozenset[int]:
        """The servers of which something is stored, and which it has not left as far as is known."""
        named = [jobs.c.owner_id != NOBODY, jobs.c.guild_id.is_not(None)]
        decided = [select(table.c.guild_id) for table in OWN_TABLES]
        stored = union(*decided, select(jobs.c.guild_id).where(*named)).subquery()
        gone = exists().where(departures.c.guild_id == stored.c.guild_id)
        there = select(stored.c.guild_id).where(stored.c.guild_id != EVERYWHERE, ~gone)
        async with self._database.read() as connection:
            return frozenset(await connection.scalars(there))

    async def waiting(self, limit: int) -> Sequence[str]:
        """Ids of jobs that were begun in servers before the bot left them, and still cost nothing."""
        async with self._database.read() as connection:
            return list(await connection.scalars(EXPECTED.limit(limit)))

    async def forget(self, left_before: datetime, limit: int) -> int:
        """Deletes what servers have decided that it left before then, and erases what ended there.

        The jobs of kept characters stay as they are. At most `limit` jobs at once; how many it were.
        """
        due = select(departures.c.guild_id).where(departures.c.left_at <= left_before)
        async with self._database.write() as connection:
            await take_turn(connection, LIBRARY_LOCK)
            for table in OWN_TABLES:
                await connection.execute(delete(table).where(table.c.guild_id.in_(due)))
            await connection.execute(delete(turns).where(turns.c.place_id.in_(due)))
            await connection.execute(delete(picks).where(picks.c.guild_id.in_(due)))
            await end_sharing(connection, due)
            erased = list(await connection.scalars(ended_without_character(due).limit(limit)))
            await anonymise_jobs(connection, erased)
            await forget_requesters(connection, erased)
        return len(erased)


def ended_without_character(due: Select[Any]) -> Select[Any]:
    """Jobs of these servers that still name somebody, and that nobody's character needs."""
    needed = exists().where(characters.c.job_id == jobs.c.job_id).correlate(jobs)
    here = (jobs.c.guild_id.in_(due), jobs.c.owner_id != NOBODY)
    return select(jobs.c.job_id).where(is_ended(here[0]), here[1], ~needed).order_by(jobs.c.job_id)


async def end_sharing(connection: AsyncConnection, due: Select[Any]) -> None:
    """A character is not shared any more with everybody in a server that nobody answers in."""
    shared = update(characters).where(characters.c.shared_with_guild_id.in_(due))
    await connection.execute(shared.values(shared_with_guild_id=None))
