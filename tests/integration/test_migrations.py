"""Bringing a database up to date, or refusing it."""

import asyncio
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Table, create_engine, insert, inspect
from sqlalchemy.ext.asyncio import AsyncConnection

import storage.bulk_tables
import storage.upgrade
from bot.model import AttemptState, Place, PlaceKind
from storage.characters import SqlCharacterStore
from storage.database import Database, sqlite_url
from storage.errors import DatabaseUnusable, SchemaTooNew
from storage.jobs import SqlJobStore
from storage.rows import attempt_row, character_row, job_row
from storage.schema import attempts, characters, jobs, metadata
from tests.builders import NOON, OWNER_ID, PROVIDER, a_character, a_job, an_attempt

HEAD = "0020_operator_removals"
FAILING_STEP = """
import sqlalchemy as sa
from alembic import op

revision = "0099_fails"
down_revision = "HEAD"

def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer()))
    op.add_column("jobs", sa.Column("half", sa.Text()))
    op.execute("UPDATE jobs SET prompt = 'half'")
    op.execute("INSERT INTO no_such_table VALUES (1)")
""".replace("HEAD", HEAD)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dramatis.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(sqlite_url(path))
    try:
        yield opened
    finally:
        await opened.close()


def definitions(path: Path) -> dict[str, list[str]]:
    """What SQLite says each table and index is, its parts in a fixed order: a later column stands last."""
    with closing(sqlite3.connect(path)) as shell:
        rows = shell.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: parts_of(" ".join(sql.split())) for name, sql in rows}


def parts_of(sql: str) -> list[str]:
    head, _, rest = sql.partition("(")
    body, _, tail = rest.rpartition(")")
    commas_outside_of_parentheses = r",(?![^()]*\))"
    return sorted(part.strip() for part in (head, tail, *re.split(commas_outside_of_parentheses, body)))


def bytes_of(path: Path) -> bytes:
    return path.read_bytes()


def revisions(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as shell:
        return [revision for (revision,) in shell.execute("SELECT version_num FROM alembic_version")]


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_the_migrations_lead_to_the_tables_that_the_statements_expect(database: Database) -> None:
    async with database.write() as connection:
        assert await connection.run_sync(differences) == []


def test_the_migrations_build_exactly_what_the_schema_says(tmp_path: Path) -> None:
    """Partial indexes and names of constraints as well, which Alembic's comparison passes over."""
    engine = create_engine(f"sqlite:///{tmp_path / 'direct.db'}")
    metadata.create_all(engine)
    engine.dispose()

    async def migrate() -> None:
        await (await Database.open(sqlite_url(tmp_path / "migrated.db"))).close()

    asyncio.run(migrate())

    migrated = definitions(tmp_path / "migrated.db")
    del migrated["alembic_version"]
    assert migrated == definitions(tmp_path / "direct.db")


def test_every_constraint_has_a_name() -> None:
    names = [constraint.name for table in metadata.tables.values() for constraint in table.constraints]
    names += [index.name for table in metadata.tables.values() for index in table.indexes]

    assert all(names)
    assert max(len(str(name)) for name in names) <= 63, "PostgreSQL cuts longer names off"


async def test_opening_again_changes_nothing(path: Path) -> None:
    database = await Database.open(sqlite_url(path))
    job = a_job()
    await SqlJobStore(database).accept(job, an_attempt(job), daily_cap=9)
    await database.close()
    before = definitions(path)

    database = await Database.open(sqlite_url(path))

    assert await SqlJobStore(database).job(job.job_id) == job
    await database.close()
    assert (definitions(path), revisions(path)) == (before, [HEAD])


async def test_two_that_open_a_new_database_at_once_both_find_it_ready(path: Path) -> None:
    first, second = await asyncio.gather(Database.open(sqlite_url(path)), Database.open(sqlite_url(path)))

    job = a_job()
    await SqlJobStore(first).accept(job, an_attempt(job), daily_cap=9)
    assert await SqlJobStore(second).job(job.job_id) == job
    await first.close()
    await second.close()
    assert revisions(path) == [HEAD]


async def test_a_database_of_a_newer_release_is_refused_and_left_alone(path: Path) -> None:
    await (await Database.open(sqlite_url(path))).close()
    with closing(sqlite3.connect(path)) as shell, shell:
        shell.execute("UPDATE alembic_version SET version_num = '0099_from_the_future'")
    before = bytes_of(path)

    with pytest.raises(SchemaTooNew) as caught:
        await Database.open(sqlite_url(path))

    assert (caught.value.found, caught.value.known) == ("0099_from_the_future", HEAD)
    assert bytes_of(path) == before


async def test_a_step_that_fails_leaves_the_database_as_it_was(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Database.open(sqlite_url(path))
    job = a_job()
    await SqlJobStore(database).accept(job, an_attempt(job), daily_cap=9)
    await database.close()
    before = definitions(path)
    shutil.copytree(storage.upgrade.MIGRATIONS, tmp_path / "100% migrations")
    (tmp_path / "100% migrations" / "versions" / "0099_fails.py").write_text(FAILING_STEP)

    with monkeypatch.context() as patch:
        patch.setattr(storage.upgrade, "MIGRATIONS", tmp_path / "100% migrations")
        with pytest.raises(DatabaseUnusable, match="no_such_table"):
            await Database.open(sqlite_url(path))

    assert (definitions(path), revisions(path)) == (before, [HEAD])
    database = await Database.open(sqlite_url(path))
    assert await SqlJobStore(database).job(job.job_id) == job
    await database.close()


async def test_a_first_migration_that_fails_leaves_no_tables(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(storage.upgrade.MIGRATIONS, tmp_path / "migrations")
    (tmp_path / "migrations" / "versions" / "0099_fails.py").write_text(FAILING_STEP)

    with monkeypatch.context() as patch:
        patch.setattr(storage.upgrade, "MIGRATIONS", tmp_path / "migrations")
        with pytest.raises(DatabaseUnusable, match="no_such_table"):
            await Database.open(sqlite_url(path))

    assert definitions(path) == {}


async def in_those_days(connection: AsyncConnection, table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The part of the row for which the table has columns already."""
    columns = await connection.run_sync(lambda sync: inspect(sync).get_columns(table.name))
    known = {column["name"] for column in columns}
    return {name: value for name, value in row.items() if name in known}


async def test_what_waited_in_an_older_database_gets_its_turn(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = shutil.ignore_patterns("000[4-9]*", "00[1-9][0-9]*")
    shutil.copytree(storage.upgrade.MIGRATIONS, tmp_path / "older", ignore=later)
    private = Place(None, 5, PlaceKind.DM)
    waiting = [a_job(), a_job(), a_job(place=private)]
    with monkeypatch.context() as patch:
        patch.setattr(storage.upgrade, "MIGRATIONS", tmp_path / "older")
        older = await Database.open(sqlite_url(path))
    async with older.write() as connection:
        for job in waiting:
            attempt = an_attempt(job, state=AttemptState.QUEUED)
            old_job = await in_those_days(connection, jobs, job_row(job))
            await connection.execute(insert(jobs).values(old_job))
            old_attempt = await in_those_days(connection, attempts, attempt_row(attempt))
            await connection.execute(insert(attempts).values(old_attempt | {"leased_until": NOON}))
    await older.close()

    database = await Database.open(sqlite_url(path))
    claimed = await SqlJobStore(database).claim_turns(PROVIDER, NOON, 60.0, 3)
    await database.close()

    assert {attempt.job_id for attempt in claimed[:2]} == {waiting[0].job_id, waiting[2].job_id}
    assert claimed[2].job_id == waiting[1].job_id


async def test_names_that_an_older_database_has_twice_are_told_apart(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = shutil.ignore_patterns("00[1-9][0-9]*")
    shutil.copytree(storage.upgrade.MIGRATIONS, tmp_path / "older", ignore=later)
    first, second, newest = (a_character(name=name, created_at=NOON) for name in ("Fen", "fen 2", "FEN"))
    others = a_character(name="Fen", owner_id=5)
    with monkeypatch.context() as patch:
        patch.setattr(storage.upgrade, "MIGRATIONS", tmp_path / "older")
        older = await Database.open(sqlite_url(path))
    async with older.write() as connection:
        for character in (first, second, newest, others):
            row = await in_those_days(connection, characters, character_row(character))
            await connection.execute(insert(characters).values(row))
    await older.close()

    database = await Database.open(sqlite_url(path))
    found = await SqlCharacterStore(database).of_owner(OWNER_ID, 9)
    theirs = await SqlCharacterStore(database).find(5, "fen")
    await database.close()

    assert {one.character_id: one.name for one in found} == {
        first.character_id: "Fen 3",
        second.character_id: "fen 2",
        newest.character_id: "FEN",
    }
    assert theirs == others


async def test_somebody_elses_database_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as shell, shell:
        shell.execute("CREATE TABLE jobs (title TEXT)")

    with pytest.raises(DatabaseUnusable, match="jobs already exists"):
        await Database.open(sqlite_url(path))

    assert list(definitions(path)) == ["jobs"]
