"""How the database is, beside a bot that may be at work on it; nothing is created, migrated or written."""

import asyncio
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from storage.database import Database, check_file, is_written, place_of, usable
from storage.mounts import refuse_network_mount
from storage.upgrade import revision_of
from storage.watch import check_presence

LIBRARY_VERSION = sqlite3.sqlite_version_info
"""Of the SQLite that Python brings along."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A database of this release in good order; `size_bytes` with what waits in the write-ahead log."""

    engine: str
    revision: str
    size_bytes: int


async def examine(url: str) -> Examined | None:
    """What is at an address; None where the bot has not made its file yet.

    A SQLite file is read once, in search of damage; a PostgreSQL server watches over its own.

    Raises:
        DatabaseUnusable: it is damaged, out of reach, or of an unknown kind.
        DatabaseGone: it is a file that was there before.
        SchemaTooNew, SchemaTooOld: it is of another release.
    """
    place = place_of(url)
    is_file = place.get_backend_name() == "sqlite"
    if is_file and not await asyncio.to_thread(is_made, Path(str(place.database))):
        return None
    database = await Database.attach(url)
    try:
        with usable(place) as path:
            if is_file:
                await check_file(database, path)
            async with database.read() as connection:
                revision = await connection.run_sync(revision_of)
                if is_file:
                    size_bytes = await asyncio.to_thread(bytes_on_disk, Path(path))
                    return Examined(f"SQLite {sqlite3.sqlite_version}", revision, size_bytes)
                version = await connection.scalar(text("SHOW server_version"))
                size_bytes = await connection.scalar(text("SELECT pg_database_size(current_database())"))
                return Examined(f"PostgreSQL {version}", revision, size_bytes)
    finally:
        await database.close()


def is_made(path: Path) -> bool:
    """Whether the file is there.

    Raises:
        DatabaseUnusable: it must not lie there.
        DatabaseGone: it is not, and was.
    """
    refuse_network_mount(path)
    check_presence(path)
    return is_written(path)


def bytes_on_disk(path: Path) -> int:
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)
