"""Breaks off what is being written in a real database, at whichever of its statements it is told to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.util import await_only

from storage.database import Database, sqlite_url
from storage.schema import metadata
from tests.contract.stores import Stores, opened, stores_over
from tests.postgres.server import PostgresServer

ENDED_SECONDS = 10
"""How long PostgreSQL is waited for until a connection it was told to end has ended."""

Verb = Callable[[], Awaitable[object]]
Deed = Callable[[Connection], None]
Contents = dict[str, list[tuple[Any, ...]]]


class Struck(Exception):
    """Stands for any error between two statements."""


@dataclass(frozen=True, slots=True)
class Blow:
    """What happens in the middle, what the verb answers with, and whether it can meet the commit as well.

    A commit that is cancelled under way may have come through: that says nothing about halves.
    """

    deed: Deed
    errors: tuple[type[BaseException], ...]
    at_commit: bool = True


@dataclass(frozen=True, slots=True)
class Target:
    """A database of one make, stores over it, and what strikes there."""

    stores: Stores
    database: Database
    blow: Blow

    async def strike(self, moment: int, verb: Verb) -> bool:
        """Does the verb, broken off at its n-th moment from 0; False when it has ended before that."""
        moments = 0

        def pass_by(connection: Connection) -> None:
            nonlocal moments
            moments += 1
            if moments == moment + 1:
                self.blow.deed(connection)

        with watched(self.database, pass_by, at_commit=self.blow.at_commit):
            try:
                await verb()
            except self.blow.errors:
                recovered()
                assert moments == moment + 1, "it broke off by itself"
                return True
        assert moments <= moment, "it went on as if nothing had happened"
        return False


@contextmanager
def watched(database: Database, pass_by: Deed, *, at_commit: bool = True) -> Iterator[None]:
    """Calls `pass_by` before each statement that is written within the block, and before each commit."""

    def before_statement(connection: Connection, *_statement: object) -> None:
        pass_by(connection)

    engine = database._writer.sync_engine
    event.listen(engine, "before_cursor_execute", before_statement)
    if at_commit:
        event.listen(engine, "commit", pass_by)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", before_statement)
        if at_commit:
            event.remove(engine, "commit", pass_by)


async def contents(database: Database) -> Contents:
    """Every row of every table, with its leases."""
    async with database.read() as connection:
        return {
            table.name: sorted(map(tuple, await connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def recovered() -> None:
    """A task that goes on after its cancellation, as a test has to."""
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()


def raise_error(_connection: Connection) -> None:
    raise Struck


def cancel_step(_connection: Connection) -> None:
    """What a stop does to a step that has not finished in time."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


ERROR = Blow(raise_error, (Struck,))
CANCELLATION = Blow(cancel_step, (asyncio.CancelledError,), at_commit=False)


def lost_connection(server: PostgresServer) -> Blow:
    def end_connection(connection: Connection) -> None:
        """The server ends it, as it does when it is shut down."""
        session: Any = connection.connection.driver_connection
        ending = f"SELECT pg_terminate_backend({session.get_server_pid()}, {ENDED_SECONDS * 1000})"
        await_only(server.execute(ending))

    return Blow(end_connection, (SQLAlchemyError, OSError))


@asynccontextmanager
async def sqlite_target(request: pytest.FixtureRequest, blow: Blow) -> AsyncIterator[Target]:
    folder: Path = request.getfixturevalue("tmp_path")
    async with opened(sqlite_url(folder / "dramatis.db")) as database:
        yield Target(stores_over(database), database, blow)


@asynccontextmanager
async def postgres_target(request: pytest.FixtureRequest, blow: Blow | None) -> AsyncIterator[Target]:
    server: PostgresServer = request.getfixturevalue("postgres")
    async with server.database() as url, opened(url) as database:
        yield Target(stores_over(database), database, blow or lost_connection(server))
