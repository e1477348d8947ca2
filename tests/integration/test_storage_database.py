"""The SQLite file: how it is opened, shared, locked, damaged and closed."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util import greenlet_spawn

import storage.sqlite
from bot.errors import LimitReached, RecordsUnavailable
from storage.database import Database, sqlite_url
from storage.jobs import SqlJobStore
from storage.rows import attempt_row, job_row
from storage.schema import attempts, circuits, jobs
from storage.sqlite import set_pragma
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


async def test_a_reader_holds_on_to_no_moment_so_that_the_log_can_be_cut_back(database: Database) -> None:
    counting = select(func.count()).select_from(circuits)
    async with database.read() as reader:
        assert await reader.scalar(counting) == 0
        async with database.write() as connection:
            await connection.execute(insert(circuits).values(a_circuit("a")))

        assert await reader.scalar(counting) == 1
        async with database.read() as other:
            busy, *_ = (await other.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))).one()
        assert busy == 0


async def test_writers_take_turns_and_see_each_others_work(database: Database) -> None:
    async def write_down_how_many_there_are() -> None:
        async with database.write() as connection:
            seen = await connection.scalar(select(func.count()).select_from(circuits))
            await asyncio.sleep(0)
            await connection.execute(insert(circuits).values(a_circuit(f"circuit {seen}")))

    await asyncio.gather(*(write_down_how_many_there_are() for _ in range(30)))

    assert await circuit_count(database) == 30


MOMENTS = [
    datetime.min.replace(tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    NOON,
    NOON + timedelta(microseconds=1),
    datetime.max.replace(tzinfo=UTC),
]


async def test_times_are_exact_and_in_order(database: Database) -> None:
    rows = [a_circuit(str(position)) | {"probe_at": moment} for position, moment in enumerate(MOMENTS)]
    async with database.write() as connection:
        await connection.execute(insert(circuits), rows[::-1])

    async with database.read() as connection:
        found = await connection.scalars(select(circuits.c.probe_at).order_by(circuits.c.probe_at))
        assert list(found) == MOMENTS


async def test_a_time_of_another_zone_is_the_same_moment(database: Database) -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    async with database.write() as connection:
        await connection.execute(insert(circuits).values(a_circuit("a") | {"probe_at": tokyo}))

    async with database.read() as connection:
        found = await connection.scalar(select(circuits.c.probe_at))
    assert found == NOON
    assert found.tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    async with database.write() as connection:
        with pytest.raises(StatementError, match="ValueError"):
            await connection.execute(
                insert(circuits).values(a_circuit("a") | {"probe_at": NOON.replace(tzinfo=None)})
            )


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
    impatient = tuple(line for line in storage.sqlite.PRAGMAS if "busy" not in line)
    monkeypatch.setattr(storage.sqlite, "PRAGMAS", (*impatient, "busy_timeout = 20"))
    database = await Database.open(sqlite_url(path))
    store, job = SqlJobStore(database), a_job()
    try:
        with a_foreign_lock(path), pytest.raises(RecordsUnavailable, match="locked"):
            await store.accept(job, an_attempt(job), daily_cap=9)

        await store.accept(job, an_attempt(job), daily_cap=9)
        assert await store.job(job.job_id) == job
    finally:
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


class BusyOnce:
    """A cursor that refuses its first statement, as SQLite does where two switch a new file's journal."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def execute(self, statement: str) -> None:
        self.asked.append(statement)
        if len(self.asked) == 1:
            raise sqlite3.OperationalError("database is locked")


async def test_a_journal_that_two_switch_at_once_is_switched_a_moment_later() -> None:
    cursor = BusyOnce()

    await greenlet_spawn(set_pragma, cursor, "journal_mode = WAL")

    assert cursor.asked == ["PRAGMA journal_mode = WAL"] * 2
