"""What random histories are played on: stores of one make, and all their rows at a glance."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Table, delete, select, text
from sqlalchemy.engine import RowMapping

import storage.sqlite
from bot.model import Attempt, Character, Circuit, Job
from bot.notices import Announcement
from storage.database import Database, sqlite_url
from storage.moderation_tables import reviews
from storage.rows import announcement_of, attempt_of, character_of, circuit_of, job_of
from storage.schema import announcements, attempts, characters, circuits, jobs, metadata
from storage.sqlite import PRAGMAS
from tests.contract.stores import Stores, opened, stores_in, stores_over
from tests.fakes.world import World
from tests.postgres.server import PostgresServer


@dataclass(frozen=True, slots=True)
class Census:
    """Every row there is; `leases` counts the attempts and announcements that somebody holds.

    `approved` are the ids of the attempts that a moderator has let pass.
    """

    jobs: dict[str, Job]
    attempts: dict[str, Attempt]
    announcements: dict[int, Announcement]
    characters: list[Character]
    circuits: dict[str, Circuit]
    leases: int
    approved: frozenset[str]

    def attempts_of(self, job_id: str) -> list[Attempt]:
        """A job's attempts, first to last."""
        own = [attempt for attempt in self.attempts.values() if attempt.job_id == job_id]
        return sorted(own, key=lambda attempt: attempt.number)

    def announcements_of(self, job_id: str) -> list[Announcement]:
        return [notice for notice in self.announcements.values() if notice.job_id == job_id]


@dataclass(frozen=True, slots=True)
class Plot:
    """Empty stores, and a way to count what has come to be in them."""

    stores: Stores
    census: Callable[[], Awaitable[Census]]


NewPlot = Callable[[], Coroutine[Any, Any, Plot]]
"""Empties the ground and gives it out anew: each history begins with nothing."""
Ground = Callable[[], AbstractAsyncContextManager[NewPlot]]


@asynccontextmanager
async def in_memory() -> AsyncIterator[NewPlot]:
    async def new_plot() -> Plot:
        world = World()
        stores = stores_in(world)

        async def census() -> Census:
            return Census(
                jobs=dict(world.jobs),
                attempts=dict(world.attempts),
                announcements=dict(world.announcements),
                characters=list(world.characters.values()),
                circuits=dict(world.circuits),
                leases=len(world.attempt_leases) + len(world.announcement_leases),
                approved=frozenset(one for one, review in world.reviews.items() if review.approved),
            )

        return Plot(stores, census)

    yield new_plot


def in_sqlite(folder: Path) -> Ground:
    """A file there, opened once and emptied for each history."""

    @asynccontextmanager
    async def ground() -> AsyncIterator[NewPlot]:
        # Processes die here, machines do not: nothing has to wait for the disc.
        with patch.object(storage.sqlite, "PRAGMAS", (*PRAGMAS, "synchronous = OFF")):
            async with opened(sqlite_url(folder / "dramatis.db")) as database:
                yield lambda: new_plot_in(database)

    return ground


def in_postgresql(server: PostgresServer) -> Ground:
    """A database of its own on the server, opened once and emptied for each history."""

    @asynccontextmanager
    async def ground() -> AsyncIterator[NewPlot]:
        async with server.database() as url, opened(url) as database:
            yield lambda: new_plot_in(database)

    return ground


async def new_plot_in(database: Database) -> Plot:
    async with database.write() as connection:
        if connection.dialect.name == "postgresql":
            # Not by DELETE: nothing tidies up here, and the dead rows of a thousand histories slow all down.
            names = ", ".join(metadata.tables)
            await connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        else:
            for table in reversed(metadata.sorted_tables):
                await connection.execute(delete(table))
    return Plot(stores_over(database), lambda: census_in(database))


async def census_in(database: Database) -> Census:
    async with database.read() as connection:

        async def rows(table: Table) -> list[RowMapping]:
            return list((await connection.execute(select(table))).mappings())

        attempt_rows, notice_rows = await rows(attempts), await rows(announcements)
        return Census(
            jobs={job.job_id: job for job in map(job_of, await rows(jobs))},
            attempts={attempt.attempt_id: attempt for attempt in map(attempt_of, attempt_rows)},
            announcements={notice.announcement_id: notice for notice in map(announcement_of, notice_rows)},
            characters=[character_of(row) for row in await rows(characters)],
            circuits={circuit.provider: circuit for circuit in map(circuit_of, await rows(circuits))},
            leases=sum(row["leased_until"] is not None for row in (*attempt_rows, *notice_rows)),
            approved=frozenset(row["attempt_id"] for row in await rows(reviews) if row["approved"]),
        )
