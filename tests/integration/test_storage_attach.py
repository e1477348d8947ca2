"""Attaching to a database that a bot may be at work on: it is read as it is, and left as it is."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import Database, sqlite_url
from storage.errors import DatabaseUnusable, SchemaTooNew, SchemaTooOld
from storage.jobs import SqlJobStore
from storage.records import SqlJobRecords
from tests.builders import a_job, an_attempt
from tests.postgres.server import PostgresServer

HEAD_MOVED = "UPDATE alembic_version SET version_num = ?"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dramatis.db"


async def written(url: str) -> str:
    """The id of the one job in a new database."""
    database = await Database.open(url)
    job = a_job()
    await SqlJobStore(database).accept(job, an_attempt(job), daily_cap=9)
    await database.close()
    return job.job_id


async def test_what_a_running_bot_writes_is_read_beside_it(path: Path) -> None:
    running = await Database.open(sqlite_url(path))
    attached = await Database.attach(sqlite_url(path))
    job = a_job()

    await SqlJobStore(running).accept(job, an_attempt(job), daily_cap=9)

    assert await SqlJobRecords(attached).record(job.job_id) is not None
    await attached.close()
    await SqlJobStore(running).forget(job.job_id)
    await running.close()


async def test_a_database_on_a_server_is_read_as_well(postgres: PostgresServer) -> None:
    async with postgres.database() as url:
        job_id = await written(url)
        attached = await Database.attach(url)

        assert await SqlJobRecords(attached).record(job_id) is not None
        await attached.close()


async def test_no_file_is_made_where_there_is_none(path: Path) -> None:
    with pytest.raises(DatabaseUnusable) as refusal:
        await Database.attach(sqlite_url(path))

    assert str(path) in str(refusal.value)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database at all, but longer than a header is" * 20])
def test_what_is_no_database_of_ours_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises((DatabaseUnusable, SchemaTooOld)):
        asyncio.run(Database.attach(sqlite_url(path)))

    assert path.read_bytes() == content


@pytest.mark.parametrize(("revision", "refusal"), [("0003_task_times", SchemaTooOld), ("0999", SchemaTooNew)])
async def test_a_database_of_another_release_is_refused_and_not_migrated(
    path: Path, revision: str, refusal: type[Exception]
) -> None:
    await written(sqlite_url(path))
    with closing(sqlite3.connect(path)) as shell, shell:
        shell.execute(HEAD_MOVED, (revision,))

    with pytest.raises(refusal, match=revision):
        await Database.attach(sqlite_url(path))

    with closing(sqlite3.connect(path)) as shell:
        assert shell.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision,)]
