"""Dumps of a PostgreSQL database, by the server's own tools."""

import asyncio
import os
import shutil
from pathlib import Path

from sqlalchemy import URL, TextClause, text

from storage.copies import HOLD_BACK, PRIVATE
from storage.database import Database, place_of, shown, usable
from storage.errors import BackupUnusable, DatabaseInTheWay, DatabaseUnusable, ToolMissing
from storage.upgrade import newest, refuse_newer

DUMP = "pg_dump"
RESTORE = "pg_restore"
PASSWORD = "password"  # noqa: S105 - the name of an option
REVISION = text("SELECT version_num FROM alembic_version")
OURS = text("SELECT to_regclass('alembic_version') IS NOT NULL")


async def dump(url: str, target: Path) -> str:
    """Writes a dump of a database that may be in use; its revision.

    Raises:
        ToolMissing: there is no pg_dump on this machine.
        DatabaseUnusable: it is out of reach, or pg_dump says no.
    """
    place = place_of(url)
    revision = str(await asked(url, REVISION))
    await asyncio.to_thread(target.touch, PRIVATE)
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
    said = await run(DUMP, place, *options)
    if said is not None:
        raise DatabaseUnusable(shown(place), said)
    return revision


async def outdated_revision(url: str) -> str | None:
    """The revision of a database that the next start would migrate; None for a current or an empty one.

    Raises:
        SchemaTooNew: a newer release has written it.
        DatabaseUnusable: it is out of reach.
    """
    if not await asked(url, OURS):
        return None
    revision = await asked(url, REVISION)
    if revision is None or revision == newest():
        return None
    refuse_newer(str(revision))
    return str(revision)


async def refuse_replacing(url: str) -> None:
    """Lets pass a database without tables of ours.

    Raises:
        DatabaseInTheWay: it has some.
        DatabaseUnusable: it is out of reach.
    """
    if await asked(url, OURS):
        raise DatabaseInTheWay(shown(place_of(url)))


async def load(url: str, source: Path, *, moved: bool) -> int:
    """Loads a dump into a database that nobody uses, all or nothing; how many orders are held back.

    Raises:
        ToolMissing: there is no pg_restore on this machine.
        DatabaseUnusable: it is out of reach.
        BackupUnusable: pg_restore says no.
    """
    place = place_of(url)
    options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction")
    said = await run(RESTORE, place, *options, "--exit-on-error", str(source))
    if said is not None:
        raise BackupUnusable(str(source), said)
    return 0 if moved else await hold_back(url)


async def hold_back(url: str) -> int:
    database = Database.untouched(url)
    try:
        with usable(place_of(url)):
            async with database.write() as connection:
                return (await connection.execute(text(HOLD_BACK))).rowcount
    finally:
        await database.close()


async def asked(url: str, question: TextClause) -> object:
    """The one value that a question has."""
    database = Database.untouched(url)
    try:
        with usable(place_of(url)):
            async with database.read() as connection:
                return await connection.scalar(question)
    finally:
        await database.close()


async def run(tool: str, place: URL, *options: str) -> str | None:
    """Runs a tool on a database; what it said where it failed.

    The password goes by the environment: arguments can be read by everybody on the machine.

    Raises:
        ToolMissing: it is not on this machine.
    """
    path = shutil.which(tool)
    if path is None:
        raise ToolMissing(tool)
    password = place.password or place.query.get(PASSWORD)
    address = place.set(password=None).difference_update_query([PASSWORD])
    process = await asyncio.create_subprocess_exec(
        path,
        f"--dbname={address.render_as_string()}",
        "--no-password",
        *options,
        env={**os.environ, **({"PGPASSWORD": str(password)} if password else {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode == 0:
        return None
    words = " ".join(said.decode(errors="replace").split())
    return words or f"exit code {process.returncode}"
