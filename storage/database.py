"""The database: opening it, one writer at a time on SQLite, and closing it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Self

import asyncpg
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolUsedUp
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import RecordsUnavailable
from storage.copies import keep_before_upgrade
from storage.dialects import MIGRATION_LOCK, take_turn
from storage.errors import DatabaseAway, DatabaseUnusable
from storage.mounts import refuse_network_mount
from storage.sqlite import AUTOCOMMIT, Threads, sqlite_engine
from storage.upgrade import check_revision, upgrade
from storage.watch import FileWatch, check_presence, note_of

POSTGRESQL_CONNECTIONS = 8
"""More than the lanes use at once; a server of the usual 100 connections serves ten such processes."""
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 45.0
"""Past the statement's own limit, so it only ends waiting for a server that is out of reach."""
STATEMENT_TIMEOUT_MS = 30_000
IDLE_TRANSACTION_TIMEOUT_MS = 60_000
"""PostgreSQL ends a transaction that somebody forgot; its locks would stop every other process."""

SERVER_SETTINGS = {
    "application_name": "dramatis",
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": str(IDLE_TRANSACTION_TIMEOUT_MS),
}
NO_CONNECTION = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What connecting raises before there is a connection whose errors SQLAlchemy would translate."""
AWAY = (OSError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
"""What a server that is down, starting or full makes of a connection; all else it has decided."""
OUR_FAULT = (IntegrityError, ProgrammingError, DataError, NotSupportedError)
"""What would be refused again, however well the database is."""
NOT_NOW = (DBAPIError, PoolUsedUp, *NO_CONNECTION)

SQLITE = "sqlite:///"
NO_FILES = ("", ":memory:")
"""What SQLite keeps in memory, where the reading connections would not find it."""


def sqlite_url(path: Path) -> str:
    """The address of a database file."""
    return f"{SQLITE}{path}"


class Database:
    """A database at the schema of this release.

    On SQLite there is one writing connection behind a lock: two coroutines on one connection would share a
    transaction, and two writing connections would refuse each other. Reading has connections of its own.
    """

    def __init__(
        self,
        writer: AsyncEngine,
        reader: AsyncEngine,
        turn: AbstractAsyncContextManager[Any],
        threads: Threads | None = None,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._turn = turn
        self._threads = threads
        self._watch: FileWatch | None = None

    @classmethod
    async def open(cls, url: str) -> Self:
        """The database at `sqlite:///path` or `postgresql://...`, created and migrated as needed.

        Raises:
            DatabaseUnusable: it is damaged, not a database, out of reach, or of an unknown kind.
            DatabaseGone: it is a file that was there before.
            SchemaTooNew: a newer release has written it.
        """
        return await cls._opened(url, prepare)

    @classmethod
    async def attach(cls, url: str) -> Self:
        """The database as it is, beside a bot that may be at work on it: nothing is created or migrated.

        Raises:
            DatabaseUnusable: there is none, or it cannot be read.
            SchemaTooNew, SchemaTooOld: another release is at work on it.
        """
        return await cls._opened(url, recognise)

    @classmethod
    def untouched(cls, url: str) -> Self:
        """The database before anybody has looked at it; it is there once something is asked of it.

        Raises:
            DatabaseUnusable: no kind of database that we know has such an address.
        """
        place = place_of(url)
        if place.get_backend_name() == "sqlite":
            threads = Threads()
            writer = sqlite_engine(place, threads, writes=True)
            reader = sqlite_engine(place, threads, writes=False)
            return cls(writer, reader, asyncio.Lock(), threads)
        engine = postgresql_engine(place)
        return cls(engine, engine.execution_options(isolation_level=AUTOCOMMIT), nullcontext())

    @classmethod
    async def _opened(cls, url: str, begin: Callable[["Database", URL], Awaitable[None]]) -> Self:
        database, place = cls.untouched(url), place_of(url)
        try:
            await begin(database, place)
            database.watch_file(place)
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def is_shared(self) -> bool:
        """Whether other processes may be at work on it: a SQLite file belongs to one."""
        return self._writer.dialect.name != "sqlite"

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end of the block, or undone when it raises.

        Raises:
            RecordsUnavailable: the database did not do its work.
        """
        with trouble():
            async with self._turn:
                self._check_file()
                async with self._writer.begin() as connection:
                    yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """For reading; nothing can be written through it on SQLite.

        Each statement is a transaction of its own: most reads are one, and a transaction around it costs as
        much again.

        Raises:
            RecordsUnavailable: the database did not do its work.
        """
        self._check_file()
        with trouble():
            async with self._reader.connect() as connection:
                yield connection

    async def answers(self) -> bool:
        """Whether the database can be read and written just now."""
        try:
            async with self.write() as connection:
                # Changes nothing, and yet takes a lock and a place on the disk.
                await connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        except RecordsUnavailable:
            return False
        return True

    def watch_file(self, place: URL) -> None:
        """From here on a SQLite file has to stay what it is."""
        if place.get_backend_name() == "sqlite":
            self._watch = FileWatch(Path(str(place.database)), (self._writer, self._reader))

    def _check_file(self) -> None:
        if self._watch is not None:
            self._watch.check()

    async def close(self) -> None:
        """Closes every connection, after a write in hand; the last one empties SQLite's write-ahead log."""
        async with self._turn:
            await self._reader.dispose()
            await self._writer.dispose()
            if self._threads is not None:
                await self._threads.ended()


def place_of(url: str) -> URL:
    """The parsed address of a kind of database that we know.

    Raises:
        DatabaseUnusable: it is none.
    """
    if url.startswith(SQLITE) and url.removeprefix(SQLITE) not in NO_FILES:
        # Not parsed: in a folder's name a question mark, a hash or a percent sign is nothing special.
        return URL.create("sqlite", database=url.removeprefix(SQLITE))
    try:
        place = make_url(url)
    except ArgumentError as error:
        raise DatabaseUnusable("", "not an address") from error
    if place.get_backend_name() == "postgresql":
        return place
    raise DatabaseUnusable(shown(place), "neither a SQLite file nor PostgreSQL")


def shown(place: URL) -> str:
    """The address without what may be secret: the password, and options, which can hold one too."""
    return place.set(query={}).render_as_string()


async def prepare(database: Database, place: URL) -> None:
    """Creates a file where there is none, looks for damage, and brings the schema up to date.

    Raises:
        DatabaseUnusable: that is not possible.
        DatabaseGone: there was a file before.
    """
    is_file = place.get_backend_name() == "sqlite"
    with usable(place) as path:
        if is_file:
            await asyncio.to_thread(refuse_network_mount, Path(path))
            await asyncio.to_thread(create_private_file, Path(path))
            await check_file(database, path)
            await asyncio.to_thread(keep_before_upgrade, Path(path))
        async with database.write() as connection:
            await take_turn(connection, MIGRATION_LOCK)
            await connection.run_sync(upgrade)
        if is_file:
            await asyncio.to_thread(note_of(Path(path)).touch, mode=0o600)


async def recognise(database: Database, place: URL) -> None:
    """Looks whether the database is there, and of this release.

    Raises:
        DatabaseUnusable: it is not there, or cannot be read.
        SchemaTooNew, SchemaTooOld: it is of another release.
    """
    with usable(place) as path:
        if place.get_backend_name() == "sqlite" and not await asyncio.to_thread(is_written, Path(path)):
            # SQLite would make one.
            raise DatabaseUnusable(path, "nothing has been written there")
        async with database.read() as connection:
            await connection.run_sync(check_revision)


@contextmanager
def usable(place: URL) -> Iterator[str]:
    """The place's name; what the database says against being used becomes ours.

    Raises:
        DatabaseUnusable: with what it said; DatabaseAway where a server may be back in a minute.
    """
    is_file = place.get_backend_name() == "sqlite"
    path = str(place.database) if is_file else shown(place)
    try:
        yield path
    except RecordsUnavailable as error:
        is_away = not is_file and isinstance(error.__cause__, AWAY)
        raise (DatabaseAway if is_away else DatabaseUnusable)(path, error.cause) from error
    except (SQLAlchemyError, *NO_CONNECTION) as error:
        raise DatabaseUnusable(path, cause_of(error)) from error


async def check_file(database: Database, path: str) -> None:
    """Lets SQLite look for damage; it reads the file once."""
    async with database.read() as connection:
        finding = await connection.scalar(text("PRAGMA quick_check(1)"))
    if finding != "ok":
        raise DatabaseUnusable(path, " ".join(str(finding).split()))


def is_written(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


@contextmanager
def trouble() -> Iterator[None]:
    """Turns what says "not now" into our own error; what is our fault stays as it is."""
    try:
        yield
    except OUR_FAULT:
        raise
    except NOT_NOW as error:
        raise RecordsUnavailable(cause_of(error)) from error


def cause_of(error: Exception) -> str:
    """What the database itself said."""
    cause = getattr(error, "orig", None) or error
    return str(cause) or type(cause).__name__


def create_private_file(path: Path) -> None:
    """Makes the folder and an empty file that only its owner may read: it will hold tokens and prompts.

    Raises:
        DatabaseGone: there was a file before.
    """
    check_presence(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)


def postgresql_engine(place: URL) -> AsyncEngine:
    """A pool of connections to PostgreSQL, with limits on what a forgotten statement can do.

    The address is read by asyncpg, which knows what libpq knows: sslmode, several hosts, a socket's folder.
    """
    dsn = place.set(drivername="postgresql").render_as_string(hide_password=False)

    async def connect() -> Any:
        return await asyncpg.connect(
            dsn, timeout=CONNECT_SECONDS, command_timeout=ANSWER_SECONDS, server_settings=SERVER_SETTINGS
        )

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        hide_parameters=True,
        skip_autocommit_rollback=True,
        pool_size=POSTGRESQL_CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,
    )
