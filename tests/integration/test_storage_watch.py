"""A database file that is deleted, replaced, damaged, filled up or locked under us: loud, and never empty."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.errors import RecordsUnavailable
from bot.model import AttemptState
from storage.database import Database, sqlite_url
from storage.errors import DatabaseGone, DatabaseUnusable
from storage.jobs import SqlJobStore
from storage.watch import note_of
from tests.builders import NOON, a_job, an_attempt
from tests.integration.test_storage_file import damage

OPEN = [AttemptState.RECEIVED]
CAP = 99


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "dramatis.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(sqlite_url(path))
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
def store(database: Database) -> SqlJobStore:
    return SqlJobStore(database)


async def accept(store: SqlJobStore, count: int = 1) -> None:
    for _ in range(count):
        job = a_job()
        await store.accept(job, an_attempt(job), daily_cap=CAP)


def replace_with_an_empty_one(path: Path) -> None:
    path.unlink()
    path.touch()


def replace_with_a_copy(path: Path) -> None:
    """As `cp backup.db dramatis.db.new && mv dramatis.db.new dramatis.db` does."""
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


def move(path: Path, target: Path) -> None:
    path.rename(target)


def content_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def leave(path: Path, content: bytes | None) -> None:
    """The file is gone, or holds this."""
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)


def lose_the_log(path: Path) -> None:
    path.with_name("dramatis.db-wal").unlink()


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "deleted": (Path.unlink, "the file is gone"),
    "replaced by an empty one": (replace_with_an_empty_one, "the file is another one"),
    "replaced by a copy": (replace_with_a_copy, "the file is another one"),
    "without its log": (lose_the_log, "the write-ahead log is gone"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_was_taken_away_under_us_is_noticed_before_the_next_word(
    database: Database, store: SqlJobStore, path: Path, change: str
) -> None:
    await accept(store)
    spoil, finding = CHANGES[change]
    spoil(path)

    with capture_logs() as logs:
        with pytest.raises(RecordsUnavailable, match=finding):
            await accept(store)
        with pytest.raises(RecordsUnavailable, match=finding):
            await store.next_due(OPEN)
        assert not await database.answers()

    assert [(one["event"], one["log_level"], one["finding"]) for one in logs] == [
        ("database_unusable", "critical", finding)
    ]


async def test_a_file_that_was_put_back_is_trusted_after_a_start_only(
    database: Database, store: SqlJobStore, path: Path
) -> None:
    await accept(store)
    move(path, path.with_name("aside"))
    with pytest.raises(RecordsUnavailable):
        await accept(store)

    move(path.with_name("aside"), path)

    with pytest.raises(RecordsUnavailable, match="gone"):
        await accept(store)
    await database.close()
    again = await Database.open(sqlite_url(path))
    await accept(SqlJobStore(again))
    await again.close()


async def test_after_the_first_sign_of_damage_nothing_is_written_any_more(
    database: Database, store: SqlJobStore, path: Path
) -> None:
    await accept(store, 40)
    await database.close()
    damage(path, "attempts")
    await database.answers()

    with capture_logs() as logs, pytest.raises(RecordsUnavailable, match="malformed"):
        await store.next_due(OPEN)
    with pytest.raises(RecordsUnavailable, match="malformed"):
        await accept(store)

    assert [one["event"] for one in logs] == ["database_unusable"]
    assert not await database.answers()


@pytest.mark.parametrize("leftover", [None, b""], ids=["nothing", "an empty file"])
async def test_a_database_that_is_gone_is_not_begun_anew(path: Path, leftover: bytes | None) -> None:
    await (await Database.open(sqlite_url(path))).close()
    leave(path, leftover)

    with pytest.raises(DatabaseGone) as refusal:
        await Database.open(sqlite_url(path))

    assert (refusal.value.path, refusal.value.note) == (str(path), str(note_of(path)))
    assert content_of(path) == leftover
    note_of(path).unlink()
    await (await Database.open(sqlite_url(path))).close()


async def test_a_start_that_never_came_to_an_end_may_be_made_again(path: Path) -> None:
    leave(path, b"")

    await (await Database.open(sqlite_url(path))).close()

    assert note_of(path).exists()


async def test_a_database_from_before_the_note_gets_one(path: Path) -> None:
    await (await Database.open(sqlite_url(path))).close()
    note_of(path).unlink()

    await (await Database.open(sqlite_url(path))).close()

    assert note_of(path).exists()


async def test_a_full_disk_refuses_what_is_new_keeps_what_is_old_and_is_got_over(
    database: Database, store: SqlJobStore
) -> None:
    await accept(store)
    async with database.write() as connection:
        pages = await connection.scalar(text("PRAGMA page_count"))
        await connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    with pytest.raises(RecordsUnavailable, match="full"):
        await accept(store, 40)

    assert await store.next_due(OPEN) == NOON
    async with database.write() as connection:
        await connection.execute(text("PRAGMA max_page_count = 1000000"))
    await accept(store, 40)


async def test_a_disk_that_takes_nothing_makes_us_not_ready(database: Database, store: SqlJobStore) -> None:
    async with database.write() as connection:
        await connection.execute(text("PRAGMA query_only = ON"))

    assert not await database.answers()
    with pytest.raises(RecordsUnavailable, match="readonly"):
        await accept(store)
    assert await store.next_due(OPEN) is None


async def test_another_programs_lock_is_no_damage(database: Database, store: SqlJobStore, path: Path) -> None:
    async with database.write() as connection:
        await connection.execute(text("PRAGMA busy_timeout = 20"))
    with closing(sqlite3.connect(path, isolation_level=None)) as shell:
        shell.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RecordsUnavailable, match="locked"):
            await accept(store)
        assert not await database.answers()

    await accept(store)
    assert await database.answers()


async def test_a_damaged_database_is_still_refused_at_the_start(path: Path) -> None:
    database = await Database.open(sqlite_url(path))
    await accept(SqlJobStore(database), 40)
    await database.close()
    damage(path, "jobs")

    with pytest.raises(DatabaseUnusable):
        await Database.open(sqlite_url(path))
