"""Every verb takes its rows in one order, attempts, jobs, announcements: else two could wait for each other.

PostgreSQL ends one of two that do, after a second, with an error.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from bot.model import Attempt, AttemptState, Job, MessageRef
from bot.notices import NoticeKind
from bot.ports import Delivered
from storage.announcements import SqlAnnouncementStore
from storage.database import Database
from storage.instances import SqlInstanceStore
from storage.jobs import SqlJobStore
from tests.builders import NOON, a_clip, a_job, an_attempt
from tests.postgres.server import PostgresServer

SECONDS_LIMIT = 20
LEASE_SECONDS = 60.0
CARD = MessageRef(7, 8)
ORDER = ("attempts", "jobs", "announcements")
HOLDS = {table: f"SELECT 1 FROM {table} FOR UPDATE" for table in ORDER}  # noqa: S608 - our own names
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


class Stored:
    """One leased job with a leased notice."""

    def __init__(self, database: Database) -> None:
        self.jobs = SqlJobStore(database, "we")
        self.announcements = SqlAnnouncementStore(database, "we")
        self.instances = SqlInstanceStore(database, "we")
        self.job: Job = a_job()
        self.attempt: Attempt = an_attempt(self.job)

    async def store(self) -> None:
        await self.jobs.accept(self.job, self.attempt, daily_cap=9)
        (leased,) = await self.jobs.claim([AttemptState.RECEIVED], NOON, LEASE_SECONDS, 1)
        await self.jobs.save(leased.postpone(NOON), now=NOON, notices=[NoticeKind.CARD])
        (self.attempt,) = await self.jobs.claim([AttemptState.RECEIVED], NOON, LEASE_SECONDS, 1)
        (self.notice,) = await self.announcements.claim(NOON, LEASE_SECONDS, 1)

    async def acknowledge(self) -> None:
        await self.jobs.acknowledge(self.job.job_id, CARD, NOON)

    async def save(self) -> None:
        queued = self.attempt.move(AttemptState.QUEUED, due_at=NOON)
        notices = [NoticeKind.CARD, NoticeKind.THREAD]
        await self.jobs.save(queued, now=NOON, notices=notices, clip=a_clip(), forget_ticket=True)

    async def forget(self) -> None:
        await self.jobs.forget(self.job.job_id)

    async def mark_delivered(self) -> None:
        await self.announcements.mark_delivered(self.notice, Delivered(message=CARD, thread_id=9), NOON)

    async def open_attempt(self) -> None:
        await self.jobs.open_attempt(an_attempt(self.job, number=2), daily_cap=9)

    async def release(self) -> None:
        await self.instances.release()


VERBS: tuple[Callable[[Stored], Awaitable[None]], ...] = (
    Stored.acknowledge,
    Stored.save,
    Stored.forget,
    Stored.mark_delivered,
    Stored.open_attempt,
    Stored.release,
)


@pytest.fixture
async def url(postgres: PostgresServer) -> AsyncIterator[str]:
    async with postgres.database() as made:
        yield made


@pytest.fixture
async def stored(url: str) -> AsyncIterator[Stored]:
    database = await Database.open(url)
    made = Stored(database)
    await made.store()
    yield made
    await database.close()


async def until_it_waits(task: asyncio.Task[None], url: str) -> None:
    """Until a task waits for a lock that another transaction holds, or is done."""
    looking = await asyncpg.connect(url)
    async with asyncio.timeout(SECONDS_LIMIT):
        while not task.done() and not await looking.fetchval(WAITING):  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(0)
    await looking.close()


@pytest.mark.parametrize("first", ORDER[:-1])
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
async def test_nobody_who_takes_the_rows_in_this_order_meets_a_verb_coming_the_other_way(
    stored: Stored, url: str, verb: Callable[[Stored], Awaitable[None]], first: str
) -> None:
    other = await asyncpg.connect(url)
    async with other.transaction():
        await other.execute(HOLDS[first])
        coming = asyncio.ensure_future(verb(stored))
        await until_it_waits(coming, url)
        for table in ORDER[ORDER.index(first) + 1 :]:
            await other.execute(HOLDS[table])
    await other.close()

    await asyncio.wait_for(coming, SECONDS_LIMIT)
