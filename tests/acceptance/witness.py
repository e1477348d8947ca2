"""What a bot remembers, read from its database while it runs, and time that passes for it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage.dialects import QUEUE_LOCK, take_turn
from tests.acceptance.history import MICROSECONDS, Books, Row

SQLITE, POSTGRESQL = "sqlite", "postgresql"
DRIVERS = {SQLITE: "sqlite+aiosqlite", POSTGRESQL: "postgresql+asyncpg"}
TABLES = ("jobs", "attempts", "announcements", "characters")
OF_SERVER = (
    {"jobs": "SELECT * FROM jobs WHERE guild_id = :guild_id"}
    | {
        table: f"SELECT {table}.* FROM {table} JOIN jobs USING (job_id) WHERE jobs.guild_id = :guild_id"  # noqa: S608 - our own names
        for table in TABLES[1:]
    }
)
SHIFTS = (
    "UPDATE circuits SET probe_at = probe_at - :by",
    "UPDATE attempts SET created_at = created_at - :by, due_at = due_at - :by WHERE ended_at IS NULL",
    "UPDATE attempts SET submitted_at = submitted_at - :by WHERE ended_at IS NULL",
    "UPDATE announcements SET due_at = due_at - :by WHERE state = 'pending'",
)
"""The whole of a waiting row is moved: how long ago something was accepted says more than when it is due."""
ROW_ORDER = ("circuits", "attempts", "jobs", "announcements")
"""In which the bot takes its rows, and so do we."""
OUTLIVED = (
    "UPDATE attempts SET leased_until = leased_until - :by WHERE leased_by = :holder",
    "UPDATE announcements SET leased_until = leased_until - :by WHERE leased_by = :holder",
)
LOCKS = {SQLITE: "DELETE FROM jobs WHERE false", POSTGRESQL: "LOCK TABLE jobs IN EXCLUSIVE MODE"}
"""What keeps everybody else from writing until the transaction ends; in SQLite any write does."""


class Reader:
    """Reads a bot's database while it runs, whichever kind it is."""

    def __init__(self, url: str, *, keeps_connections: bool = True) -> None:
        """With `keeps_connections`, what it is asked has to be asked in one event loop."""
        kind, _, rest = url.partition("://")
        self.kind = kind
        # A file is opened and closed for each look: a bot that starts finds it as if nobody else were there.
        pool = None if keeps_connections and kind == POSTGRESQL else NullPool
        self._engine: AsyncEngine = create_async_engine(f"{DRIVERS[kind]}://{rest}", poolclass=pool)
        if kind == SQLITE:
            self._take_transactions_over()

    async def rows(self, statement: str, **values: Any) -> list[Row]:
        """The rows of a SELECT."""
        async with self._one_moment() as connection:
            found = await connection.execute(text(statement), values)
            return [dict(row) for row in found.mappings()]

    async def books(self, guild_id: int) -> Books:
        """What is remembered of one server, all at one moment."""
        tables: dict[str, tuple[Row, ...]] = {}
        async with self._one_moment() as connection:
            for table, statement in OF_SERVER.items():
                found = await connection.execute(text(statement), {"guild_id": guild_id})
                tables[table] = tuple(dict(row) for row in found.mappings())
        return Books(now_microseconds(), **tables)

    async def change(self, *statements: str, **values: Any) -> None:
        """Change rows behind the bot's back, all at once; statements in the bot's order of rows.

        On PostgreSQL the other way round, or between two turns of the queue, each would wait for the other.
        """
        async with self._engine.begin() as connection:
            await take_turn(connection, QUEUE_LOCK)
            for statement in statements:
                await connection.execute(text(statement), values)

    async def let_pass(self, microseconds: int) -> None:
        """Make time pass for everything that waits."""
        await self.change(*SHIFTS, by=microseconds)

    async def outlive(self, holder: str, microseconds: int) -> None:
        """Make time pass for the leases of one process."""
        await self.change(*OUTLIVED, holder=holder, by=microseconds)

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Keep everybody else from accepting anything for as long as the block, as another program might."""
        async with self._engine.connect() as connection:
            await connection.execute(text(LOCKS[self.kind]))
            yield
            await connection.rollback()

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def _one_moment(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees the database as it was at the first statement."""
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="SERIALIZABLE")
            yield connection

    def _take_transactions_over(self) -> None:
        """Python's driver begins none for a SELECT, so two of them would see two moments."""

        @event.listens_for(self._engine.sync_engine, "connect")
        def leave_it_to_us(connection: Any, _record: object) -> None:
            connection.isolation_level = None

        @event.listens_for(self._engine.sync_engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN")


def now_microseconds() -> int:
    return int(time.time() * MICROSECONDS)
