"""Connections to a SQLite file: how they are set up, and the threads that they work in."""

import asyncio
import sqlite3
from threading import Thread
from typing import Any
from weakref import WeakSet

import aiosqlite
from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for another process, such as an operator's shell, to let go."""
SWITCH_SECONDS = 0.05
"""Far longer than another process takes to switch the journal of a new file."""
JOURNAL_LIMIT_BYTES = 64 * 1024 * 1024
"""What the write-ahead log is cut back to after a checkpoint."""
READERS = 2
"""Enough that a slow list does not hold up a lookup; each costs a thread and a page cache."""
AUTOCOMMIT = "AUTOCOMMIT"
END_SECONDS = 10.0
"""Past the busy timeout: a thread that still works after it waits for something that does not come."""

PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    f"journal_size_limit = {JOURNAL_LIMIT_BYTES}",
)


class Threads:
    """The threads of a database's connections, one each, so that closing it can wait for their end.

    aiosqlite waits for the end of a connection that is closed. Of one that could not be opened, or whose
    opening was cancelled, it only asks for it; the thread then answers an event loop that may be closed.
    """

    def __init__(self) -> None:
        self._threads: WeakSet[Thread] = WeakSet()

    def connect(self, *place: Any, **options: Any) -> aiosqlite.Connection:
        """A connection that is not open yet; the arguments are those of `sqlite3.connect`."""
        connection = aiosqlite.connect(*place, **options)
        thread = connection._thread  # noqa: SLF001  # it has no public name; SQLAlchemy does the same
        # Where a process ends without closing, nobody waits for it: what was committed is on the disk.
        thread.daemon = True
        self._threads.add(thread)
        return connection

    async def ended(self) -> None:
        """Returns when none of them works any more, or after `END_SECONDS`; connections are closed before."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + END_SECONDS
        for thread in [one for one in self._threads if one.is_alive()]:
            await asyncio.to_thread(thread.join, max(0.0, deadline - loop.time()))


def sqlite_engine(place: URL, threads: Threads, *, writes: bool) -> AsyncEngine:
    """Connections to a SQLite file: the one that writes, or a few that only read."""
    engine = create_async_engine(
        place.set(drivername="sqlite+aiosqlite"),
        # Python's own habit of beginning transactions is off; ours begin below.
        connect_args={"isolation_level": None, "async_creator_fn": threads.connect},
        isolation_level=None if writes else AUTOCOMMIT,
        skip_autocommit_rollback=not writes,
        hide_parameters=True,
        pool_size=1 if writes else READERS,
        max_overflow=0,
    )
    pragmas = PRAGMAS if writes else (*PRAGMAS, "query_only = ON")

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        try:
            for pragma in pragmas:
                set_pragma(cursor, pragma)
        finally:
            cursor.close()

    def begin_transaction(connection: Connection) -> None:
        # Read first and write later fails as "locked" when another process wrote in between.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine.sync_engine, "invalidate")
    def end_transaction(connection: Any, _record: object, _error: object) -> None:
        # A task was cancelled in the middle, and the connection will be closed. That alone lets nothing go:
        # a statement that was not read to its end keeps every lock until Python collects it.
        connection.rollback()

    if writes:
        event.listen(engine.sync_engine, "begin", begin_transaction)
    return engine


def set_pragma(cursor: Any, pragma: str) -> None:
    """Sets it, also where two open a new file at the same moment.

    Both then switch its journal, and SQLite refuses one of them at once, however patient it was told to be.
    """
    try:
        cursor.execute(f"PRAGMA {pragma}")
    except sqlite3.OperationalError:
        await_only(asyncio.sleep(SWITCH_SECONDS))
        cursor.execute(f"PRAGMA {pragma}")
