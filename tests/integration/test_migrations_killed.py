"""Killed in the middle of a migration, the database is as it was, and the next start finishes the work."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

import storage.upgrade
from storage.database import Database, sqlite_url
from storage.jobs import SqlJobStore
from tests.builders import a_job, an_attempt
from tests.integration.test_migrations import HEAD
from tests.postgres.server import PostgresServer

ROOT = Path(__file__).parents[2]
HALFWAY = """
import sys
import sqlalchemy as sa
from alembic import op

revision = "0099_stays"
down_revision = "HEAD"

def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer()))
    op.add_column("jobs", sa.Column("half", sa.Text()))
    op.execute("UPDATE jobs SET prompt = 'half'")
    print("halfway", flush=True)
    sys.stdin.read()
""".replace("HEAD", HEAD)


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Of a database that this release has never seen."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "dramatis.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    async with server.database("template0") as made:
        yield made


def kill_halfway(url: str, folder: Path) -> None:
    """Let a process migrate as far as the middle of one more step than there is, and kill it there."""
    migrations = folder / "migrations"
    shutil.copytree(storage.upgrade.MIGRATIONS, migrations)
    (migrations / "versions" / "0099_stays.py").write_text(HALFWAY, "utf-8")
    command = [sys.executable, "-m", "tests.integration.migrating", url, str(migrations)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own module
        assert process.stdout is not None
        assert process.stdout.readline() == b"halfway\n"
        process.kill()


def found(connection: Connection) -> tuple[set[str], set[str], tuple[str, ...]]:
    """The tables, the columns of the jobs, and the revision."""
    looked = inspect(connection)
    columns = {column["name"] for column in looked.get_columns("jobs")}
    return set(looked.get_table_names()), columns, MigrationContext.configure(connection).get_current_heads()


async def test_killed_while_it_migrates_nothing_of_it_is_there_and_the_next_start_works(
    url: str, tmp_path: Path
) -> None:
    database = await Database.open(url)
    job = a_job()
    await SqlJobStore(database).accept(job, an_attempt(job), daily_cap=9)
    await database.close()

    kill_halfway(url, tmp_path)

    database = await Database.open(url)
    async with database.read() as connection:
        tables, columns, revision = await connection.run_sync(found)
    assert await SqlJobStore(database).job(job.job_id) == job
    assert "half" not in tables | columns
    assert revision == (HEAD,)
    await database.close()


async def test_killed_while_it_makes_a_new_database_the_next_start_makes_it(url: str, tmp_path: Path) -> None:
    kill_halfway(url, tmp_path)

    database = await Database.open(url)
    job = a_job()
    await SqlJobStore(database).accept(job, an_attempt(job), daily_cap=9)
    assert await SqlJobStore(database).job(job.job_id) == job
    await database.close()
