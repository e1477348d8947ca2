"""The database's file: who may read it, when it is refused, and what a crash leaves of it."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from storage.database import Database, sqlite_url
from storage.errors import DatabaseUnusable
from storage.jobs import SqlJobStore
from storage.schema import attempts, circuits, jobs
from storage.watch import note_of
from tests.builders import NOON, a_job, an_attempt

ROOT = Path(__file__).parents[2]
SECONDS_LIMIT = 20
CIRCUIT = {"provider": "a", "fault": "no_credit", "opened_at": NOON, "probe_at": NOON}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder with 100% ?#;'ä" / "dramatis.db"


async def test_a_database_answers_until_it_is_gone(path: Path) -> None:
    database = await Database.open(sqlite_url(path))
    assert await database.answers()

    await database.close()
    shutil.rmtree(path.parent)

    assert not await database.answers()
    await database.close()


async def test_only_its_owner_can_read_the_files(path: Path) -> None:
    database = await Database.open(sqlite_url(path))
    async with database.write() as connection:
        await connection.execute(insert(circuits).values(CIRCUIT))

    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    await database.close()
    suffixes = ("", "-wal", "-shm", ".created")
    assert modes == {f"dramatis.db{suffix}": 0o600 for suffix in suffixes}


async def test_closing_leaves_one_file_that_holds_everything(path: Path) -> None:
    database = await Database.open(sqlite_url(path))
    async with database.write() as connection:
        await connection.execute(insert(circuits).values(CIRCUIT))

    await database.close()

    assert sorted(file.name for file in path.parent.iterdir()) == ["dramatis.db", "dramatis.db.created"]
    assert note_of(path).read_bytes() == b""
    reopened = await Database.open(sqlite_url(path))
    async with reopened.read() as connection:
        assert await connection.scalar(select(circuits.c.provider)) == "a"
    await reopened.close()


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"shopping list\n" * 1000)

    with pytest.raises(DatabaseUnusable) as caught:
        await Database.open(sqlite_url(path))

    assert (caught.value.path, caught.value.cause) == (str(path), "file is not a database")
    assert path.read_bytes() == b"shopping list\n" * 1000


def damage(path: Path, table: str) -> bytes:
    """Overwrites a table's first page, as a failing disk may; returns what the file holds then."""
    with closing(sqlite3.connect(path)) as shell:
        (page,) = shell.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
        (page_bytes,) = shell.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * page_bytes : page * page_bytes] = b"\x0d" * page_bytes
    path.write_bytes(content)
    return bytes(content)


def bytes_of(path: Path) -> bytes:
    return path.read_bytes()


async def test_a_damaged_database_is_refused_at_the_start(path: Path) -> None:
    database = await Database.open(sqlite_url(path))
    store = SqlJobStore(database)
    for _ in range(40):
        job = a_job()
        await store.accept(job, an_attempt(job), daily_cap=99)
    await database.close()
    damaged = damage(path, "jobs")

    with pytest.raises(DatabaseUnusable) as caught:
        await Database.open(sqlite_url(path))

    assert caught.value.path == str(path)
    assert caught.value.cause
    assert bytes_of(path) == damaged


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable):
        await Database.open(sqlite_url(tmp_path))


def threads_at_work() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if "_connection_worker_thread" in one.name}


async def test_what_could_not_be_opened_leaves_no_thread_at_work(tmp_path: Path) -> None:
    at_work_before = threads_at_work()

    with pytest.raises(DatabaseUnusable):
        await Database.open(sqlite_url(tmp_path))

    assert threads_at_work() <= at_work_before


async def test_a_place_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(DatabaseUnusable):
        await Database.open(sqlite_url(tmp_path / "file" / "dramatis.db"))


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://user:pass-word@host/name"],
)
async def test_an_address_of_no_known_kind_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseUnusable) as caught:
        await Database.open(url)

    assert "pass-word" not in repr(caught.value)


ACCEPT_FOR_EVER = """
import asyncio, sys
from storage.database import Database, sqlite_url
from storage.jobs import SqlJobStore
from pathlib import Path
from tests.builders import a_job, an_attempt

async def main():
    store = SqlJobStore(await Database.open(sqlite_url(Path(sys.argv[1]))))
    while True:
        job = a_job()
        await store.accept(job, an_attempt(job), daily_cap=10**6)
        print(job.job_id, flush=True)

asyncio.run(main())
"""


async def test_a_killed_process_has_lost_nothing_that_it_acknowledged(path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ACCEPT_FOR_EVER, str(path), stdout=subprocess.PIPE, cwd=ROOT
    )
    assert child.stdout is not None
    for _ in range(50):
        assert await asyncio.wait_for(child.stdout.readline(), SECONDS_LIMIT)
    child.kill()
    output, _ = await child.communicate()

    database = await Database.open(sqlite_url(path))
    async with database.read() as connection:
        stored = set((await connection.execute(select(jobs.c.job_id))).scalars())
        whole = set((await connection.execute(select(attempts.c.job_id))).scalars())
    await database.close()
    acknowledged = {line.decode() for line in output.split() if len(line) == 26}
    assert len(stored) >= 50
    assert acknowledged <= stored == whole
