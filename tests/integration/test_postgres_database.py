"""PostgreSQL: how it is opened, migrated, refused and shared."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError

import storage.bulk_tables
import storage.database
from bot.errors import LimitReached, RecordsUnavailable
from bot.model import AttemptState
from bot.notices import NoticeKind
from storage.announcements import SqlAnnouncementStore
from storage.database import Database
from storage.dialects import OUTBOX_LOCK
from storage.errors import DatabaseUnusable, SchemaTooNew
from storage.jobs import SqlJobStore
from storage.rows import attempt_row, job_row
from storage.schema import attempts, circuits, jobs, metadata
from tests.builders import NOON, a_job, an_attempt
from tests.postgres.server import PostgresServer

EMPTY = "template0"
SECONDS_LIMIT = 20
CIRCUIT = {"provider": "a", "fault": "no_credit", "opened_at": NOON, "probe_at": NOON}


@pytest.fixture
async def url(postgres: PostgresServer) -> AsyncIterator[str]:
    """Of a database without any tables."""
    async with postgres.database(EMPTY) as made:
        yield made


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = await Database.open(url)
    try:
        yield opened
    finally:
        await opened.close()


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def index_conditions(connection: Connection) -> dict[str, str]:
    """The condition of every partial index, which Alembic's comparison passes over."""
    rows = connection.execute(text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"))
    return {name: definition.partition(" WHERE ")[2] for name, definition in rows if " WHERE " in definition}


async def revisions(database: Database) -> list[str]:
    async with database.read() as connection:
        return list(await connection.scalars(text("SELECT version_num FROM alembic_version")))


async def test_the_migrations_lead_to_the_tables_that_the_statements_expect(
    database: Database,
) -> None:
    async with database.write() as connection:
        assert await connection.run_sync(differences) == []
        migrated = await connection.run_sync(index_conditions)
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
        assert await connection.run_sync(index_conditions) == migrated != {}


async def test_many_that_open_a_new_database_at_once_all_find_it_ready(url: str) -> None:
    async with asyncio.timeout(SECONDS_LIMIT):
        opened = await asyncio.gather(*(Database.open(url) for _ in range(4)))

    for database in opened:
        job = a_job()
        await SqlJobStore(database).accept(job, an_attempt(job), daily_cap=9)
        assert len(await revisions(database)) == 1
    for database in opened:
        await database.close()


async def test_a_database_of_a_newer_release_is_refused_and_left_alone(database: Database, url: str) -> None:
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0099_from_the_future'"))

    with pytest.raises(SchemaTooNew) as caught:
        await Database.open(url)

    assert caught.value.found == "0099_from_the_future"
    assert await revisions(database) == ["0099_from_the_future"]


async def test_a_migration_that_fails_leaves_no_tables(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE circuits (nobodys text)")

    with pytest.raises(DatabaseUnusable, match="already exists"):
        await Database.open(url)

    found = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert [row["tablename"] for row in found] == ["circuits"]


@pytest.mark.parametrize(
    "wrong",
    [
        "postgresql://ada:pass-word@127.0.0.1:1/bot",
        "postgresql://ada:pass-word@/no_such_database?host={folder}&password=pass-word",
        "postgresql://ada@/postgres?host={folder}&password=pass-word",
        "postgresql://ada:pass-word@/postgres?host={folder}&sslmode=nonsense",
        "postgresql://ada:pass-word@database.invalid/bot",
    ],
)
async def test_a_server_that_cannot_be_used_is_told_without_its_password(
    wrong: str, postgres: PostgresServer
) -> None:
    with pytest.raises(DatabaseUnusable) as caught:
        await Database.open(wrong.format(folder=postgres.socket_folder))

    assert caught.value.cause
    assert "pass-word" not in repr(caught.value)


async def test_every_connection_has_its_limits(database: Database) -> None:
    async with AsyncExitStack() as stack:
        for connection in [await stack.enter_async_context(database.read()) for _ in range(8)]:
            assert await connection.scalar(text("SHOW statement_timeout")) == "30s"
            assert await connection.scalar(text("SHOW idle_in_transaction_session_timeout")) == "1min"
            assert await connection.scalar(text("SHOW transaction_isolation")) == "read committed"
            assert await connection.scalar(text("SHOW application_name")) == "dramatis"


async def test_a_statement_that_hangs_is_ended(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hurried = storage.database.SERVER_SETTINGS | {"statement_timeout": "1000"}
    monkeypatch.setattr(storage.database, "SERVER_SETTINGS", hurried)
    database = await Database.open(url)
    holder = await asyncpg.connect(url)
    try:
        async with holder.transaction():
            await holder.execute("LOCK TABLE circuits")
            with pytest.raises(RecordsUnavailable, match="statement timeout"):
                async with database.write() as connection:
                    await connection.execute(insert(circuits).values(CIRCUIT))
        assert await database.answers()
    finally:
        await holder.close()
        await database.close()


async def test_a_block_that_raises_is_undone(database: Database) -> None:
    async def broken() -> None:
        async with database.write() as connection:
            await connection.execute(insert(circuits).values(CIRCUIT))
            raise LookupError

    with pytest.raises(LookupError):
        await broken()

    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(circuits)) == 0


async def test_connections_that_the_server_has_dropped_are_replaced(
    database: Database, postgres: PostgresServer
) -> None:
    assert await database.answers()
    await postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dramatis'"
    )

    assert await database.answers()


async def test_a_database_answers_until_it_is_gone(postgres: PostgresServer) -> None:
    async with postgres.database() as url:
        database = await Database.open(url)
        assert await database.answers()

    assert not await database.answers()
    await database.close()


async def test_two_processes_keep_one_cap(database: Database, url: str) -> None:
    other = await Database.open(url)
    stores = [SqlJobStore(database), SqlJobStore(other)]
    orders = [(store, a_job()) for store in stores for _ in range(20)]

    outcomes = await asyncio.gather(
        *(store.accept(job, an_attempt(job), daily_cap=10) for store, job in orders), return_exceptions=True
    )
    await other.close()

    assert outcomes.count(None) == 10
    assert sum(isinstance(outcome, LimitReached) for outcome in outcomes) == 30


async def test_no_secret_is_shown_by_an_error(database: Database) -> None:
    job = a_job(prompt="the secret prompt")
    attempt = an_attempt(job, callback_token="5ec2e7")
    twin = an_attempt(job, number=2, callback_token="5ec2e7")

    async def break_a_rule() -> None:
        async with database.write() as connection:
            await connection.execute(insert(jobs).values(job_row(job)))
            await connection.execute(insert(attempts), [attempt_row(attempt), attempt_row(twin)])

    with pytest.raises(IntegrityError) as caught:
        await break_a_rule()

    assert "duplicate key" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "5ec2e7" not in str(caught.value)


async def test_two_claims_at_once_never_take_two_notices_of_one_job(database: Database, url: str) -> None:
    jobs_store, job = SqlJobStore(database), a_job()
    later = NOON + timedelta(seconds=1)
    await jobs_store.accept(job, an_attempt(job), daily_cap=9)
    (attempt,) = await jobs_store.claim([AttemptState.RECEIVED], NOON, 60.0, 1)
    attempt = await jobs_store.save(attempt.postpone(NOON), now=NOON, notices=[NoticeKind.RESULT])
    await jobs_store.save(attempt, now=later, notices=[NoticeKind.CARD])
    other = await asyncpg.connect(url)
    async with other.transaction():
        # What a claim of the card by another process looks like before it is committed.
        await other.execute("SELECT pg_advisory_xact_lock($1)", OUTBOX_LOCK)
        await other.execute("UPDATE announcements SET leased_until = $1 WHERE kind = 'card'", 2**62)
        claiming = asyncio.create_task(SqlAnnouncementStore(database).claim(later, 60.0, 9))
        await asyncio.wait([claiming], timeout=0.1)
    await other.close()

    assert await asyncio.wait_for(claiming, SECONDS_LIMIT) == []
