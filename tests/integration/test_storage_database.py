"""The SQLite file: how it is opened, shared, locked, damaged and closed."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

import storage.database
from bot.errors import LimitReached
from storage.database import Database, sqlite_url
from storage.errors import DatabaseUnusable
from storage.jobs import SqlJobStore
from storage.rows import attempt_row, job_row
from storage.schema import attempts, circuits, jobs
from tests.builders import NOON, a_job, an_attempt

ROOT = Path(__file__).parents[2]
SECONDS_LIMIT = 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder with 100% ?#;'ä" / "dramatis.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(sqlite_url(path))
    try:
        yield opened
    finally:
        await opened.close()


def a_circuit(provider: str) -> dict[str, object]:
    return {"provider": provider, "fault": "no_credit", "opened_at": NOON, "probe_at": NOON}


async def circuit_count(database: Database) -> int:
    async with database.read() as connection:
        return await connection.scalar(select(func.count()).select_from(circuits)) or 0


async def pragma(connection: AsyncConnection, name: str) -> object:
    return await connection.scalar(text(f"PRAGMA {name}"))


async def test_every_connection_is_careful(database: Database) -> None:
    async with database.write() as writer, database.read() as one, database.read() as other:
        for connection in (writer, one, other):
            assert await pragma(connection, "journal_mode") == "wal"
            assert await pragma(connection, "synchronous") == 2, "FULL"
            assert await pragma(connection, "foreign_keys") == 1
            assert await pragma(connection, "trusted_schema") == 0
            assert await pragma(connection, "cell_size_check") == 1
            assert await pragma(connection, "busy_timeout") == 5_000
            assert await pragma(connection, "journal_size_limit") == 64 * 1024 * 1024


async def test_nothing_can_be_written_while_reading(database: Database) -> None:
    async with database.read() as connection:
        with pytest.raises(OperationalError, match="readonly"):
            await connection.execute(insert(circuits).values(a_circuit("a")))


async def test_a_block_that_raises_is_undone(database: Database) -> None:
    async def broken() -> None:
        async with database.write() as connection:
            await connection.execute(insert(circuits).values(a_circuit("a")))
            raise LookupError

    with pytest.raises(LookupError):
        await broken()

    assert await circuit_count(database) == 0
    async with database.write() as connection:
        await connection.execute(insert(circuits).values(a_circuit("b")))
    assert await circuit_count(database) == 1


async def test_an_unfinished_write_does_not_hold_up_reading_and_is_not_seen(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(circuits).values(a_circuit("a")))

        assert await asyncio.wait_for(circuit_count(database), SECONDS_LIMIT) == 0

    assert await circuit_count(database) == 1


async def test_a_reader_sees_one_moment(database: Database) -> None:
    counting = select(func.count()).select_from(circuits)
    async with database.read() as reader:
        assert await reader.scalar(counting) == 0
        async with database.write() as connection:
            await connection.execute(insert(circuits).values(a_circuit("a")))

        assert await reader.scalar(counting) == 0


async def test_writers_take_turns_and_see_each_others_work(database: Database) -> None:
    async def write_down_how_many_there_are() -> None:
        async with database.write() as connection:
            seen = await connection.scalar(select(func.count()).select_from(circuits))
            await asyncio.sleep(0)
            await connection.execute(insert(circuits).values(a_circuit(f"circuit {seen}")))

    await asyncio.gather(*(write_down_how_many_there_are() for _ in range(30)))

    assert await circuit_count(database) == 30


@pytest.mark.parametrize("fatal_step", range(4))
async def test_a_writer_cancelled_at_any_step_leaves_nothing_half_written_and_a_free_turn(
    database: Database, fatal_step: int
) -> None:
    def step(number: int) -> None:
        task = asyncio.current_task()
        if number == fatal_step and task is not None:
            task.cancel()

    async def write_a_pair() -> None:
        step(0)
        async with database.write() as connection:
            step(1)
            await connection.execute(insert(circuits).values(a_circuit("left")))
            step(2)
            await connection.execute(insert(circuits).values(a_circuit("right")))
            step(3)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(write_a_pair())

    # A commit on its way cannot be called back, so the last step may have written both.
    count = await circuit_count(database)
    assert count in ((0, 2) if fatal_step == 3 else (0,))
    async with asyncio.timeout(SECONDS_LIMIT), database.write() as connection:
        await connection.execute(insert(circuits).values(a_circuit("next")))
    assert await circuit_count(database) == count + 1


async def test_a_writer_cancelled_while_it_waits_for_its_turn_holds_nobody_up(database: Database) -> None:
    async def write(name: str) -> None:
        async with database.write() as connection:
            await connection.execute(insert(circuits).values(a_circuit(name)))

    async with database.write():
        waiting = [asyncio.create_task(write(str(number))) for number in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
    await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), SECONDS_LIMIT)

    assert await circuit_count(database) == 2


async def test_two_processes_on_one_file_keep_one_cap(database: Database, path: Path) -> None:
    other = await Database.open(sqlite_url(path))
    stores = [SqlJobStore(database), SqlJobStore(other)]
    orders = [(store, a_job()) for store in stores for _ in range(20)]

    outcomes = await asyncio.gather(
        *(store.accept(job, an_attempt(job), daily_cap=10) for store, job in orders), return_exceptions=True
    )
    await other.close()

    assert outcomes.count(None) == 10
    assert sum(isinstance(outcome, LimitReached) for outcome in outcomes) == 30


@contextmanager
def a_foreign_lock(path: Path) -> Iterator[sqlite3.Connection]:
    """What an operator's shell does that begins a transaction and is left open."""
    with closing(sqlite3.connect(path, isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")
        yield shell


async def test_a_short_foreign_lock_is_waited_for(database: Database, path: Path) -> None:
    async def write() -> None:
        async with database.write() as connection:
            await connection.execute(insert(circuits).values(a_circuit("a")))

    with a_foreign_lock(path) as shell:
        writing = asyncio.create_task(write())
        await asyncio.wait([writing], timeout=0.1)
        assert not writing.done()
        assert await circuit_count(database) == 0, "reading goes on meanwhile"
        shell.rollback()
        await asyncio.wait_for(writing, SECONDS_LIMIT)

    assert await circuit_count(database) == 1


async def test_a_long_foreign_lock_fails_the_write_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = tuple(line for line in storage.database.PRAGMAS if "busy" not in line)
    monkeypatch.setattr(storage.database, "PRAGMAS", (*impatient, "busy_timeout = 20"))
    database = await Database.open(sqlite_url(path))
    store, job = SqlJobStore(database), a_job()
    try:
        with a_foreign_lock(path), pytest.raises(OperationalError, match="locked"):
            await store.accept(job, an_attempt(job), daily_cap=9)

        await store.accept(job, an_attempt(job), daily_cap=9)
        assert await store.job(job.job_id) == job
    finally:
        await database.close()


async def test_a_database_answers_until_it_is_gone(path: Path) -> None:
    database = await Database.open(sqlite_url(path))
    assert await database.answers()

    await database.close()
    shutil.rmtree(path.parent)

    assert not await database.answers()
    await database.close()


def test_no_secret_is_shown_by_an_error(path: Path) -> None:
    async def break_a_rule() -> str:
        database = await Database.open(sqlite_url(path))
        job = a_job(prompt="the secret prompt")
        attempt = an_attempt(job, callback_token="5ec2e7")
        try:
            async with database.write() as connection:
                await connection.execute(insert(jobs).values(job_row(job)))
                await connection.execute(insert(attempts).values(attempt_row(attempt)))
                await connection.execute(insert(jobs).values(job_row(job)))
        except IntegrityError as error:
            return str(error)
        finally:
            await database.close()
        return ""

    shown = asyncio.run(break_a_rule())

    assert "UNIQUE constraint failed" in shown
    assert "secret" not in shown
    assert "5ec2e7" not in shown


async def test_only_its_owner_can_read_the_files(database: Database, path: Path) -> None:
    async with database.write() as connection:
        await connection.execute(insert(circuits).values(a_circuit("a")))

    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert modes == {"dramatis.db": 0o600, "dramatis.db-wal": 0o600, "dramatis.db-shm": 0o600}


async def test_closing_leaves_one_file_that_holds_everything(path: Path) -> None:
    database = await Database.open(sqlite_url(path))
    async with database.write() as connection:
        await connection.execute(insert(circuits).values(a_circuit("a")))

    await database.close()

    assert [file.name for file in path.parent.iterdir()] == ["dramatis.db"]
    reopened = await Database.open(sqlite_url(path))
    assert await circuit_count(reopened) == 1
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
