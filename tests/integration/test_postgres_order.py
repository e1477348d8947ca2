"""Every verb takes its rows in one order: else two could wait for each other.

PostgreSQL ends one of two that do, after a second, with an error.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest

from bot.fault import Fault
from bot.model import Attempt, AttemptState, Circuit, Job, MessageRef
from bot.notices import NoticeKind
from bot.ports import Delivered
from storage.announcements import SqlAnnouncementStore
from storage.circuits import SqlCircuitStore
from storage.database import Database
from storage.dialects import QUEUE_LOCK
from storage.instances import SqlInstanceStore
from storage.jobs import SqlJobStore
from tests.builders import NOON, PROVIDER, a_clip, a_job, an_attempt
from tests.postgres.server import PostgresServer

SECONDS_LIMIT = 20
LEASE_SECONDS = 60.0
CARD = MessageRef(7, 8)
QUEUED = 3
ORDER = ("circuits", "attempts", "jobs", "announcements")
HOLDS = {table: f"SELECT 1 FROM {table} FOR UPDATE" for table in ORDER}  # noqa: S608 - our own names
TURN = "UPDATE attempts SET turn = 1 WHERE attempt_id = $1"
THE_QUEUE = "SELECT attempt_id FROM attempts WHERE state = 'queued'"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


class Stored:
    """One leased job with a leased notice, and a circuit."""

    def __init__(self, database: Database) -> None:
        self.jobs = SqlJobStore(database, "we")
        self.announcements = SqlAnnouncementStore(database, "we")
        self.instances = SqlInstanceStore(database, "we")
        self.circuits = SqlCircuitStore(database)
        self.job: Job = a_job()
        self.attempt: Attempt = an_attempt(self.job)

    async def store(self) -> None:
        await self.circuits.open(Circuit(PROVIDER, Fault.MAINTENANCE, NOON, NOON), NOON)
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

    async def bring_forward(self) -> None:
        await self.instances.bring_forward(NOON - timedelta(days=1), timedelta(hours=1))

    async def open_circuit(self) -> None:
        await self.circuits.open(Circuit(PROVIDER, Fault.NO_CREDIT, NOON, NOON), NOON)

    async def close_circuit(self) -> None:
        await self.circuits.close(PROVIDER, NOON)


VERBS: tuple[Callable[[Stored], Awaitable[None]], ...] = (
    Stored.acknowledge,
    Stored.save,
    Stored.forget,
    Stored.mark_delivered,
    Stored.open_attempt,
    Stored.release,
    Stored.bring_forward,
    Stored.open_circuit,
    Stored.close_circuit,
)


OVER_THE_QUEUE = (Stored.open_circuit, Stored.close_circuit, Stored.release, Stored.bring_forward)


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


@pytest.mark.parametrize("first", range(QUEUED))
@pytest.mark.parametrize("verb", OVER_THE_QUEUE, ids=lambda verb: verb.__name__)
async def test_who_gives_turns_meets_nobody_who_changes_the_whole_queue(
    stored: Stored, url: str, verb: Callable[[Stored], Awaitable[None]], first: int
) -> None:
    for _ in range(QUEUED):
        job = a_job()
        queued = an_attempt(job, state=AttemptState.QUEUED, fault=Fault.NO_CREDIT)
        await stored.jobs.accept(job, queued, daily_cap=9)
    if verb is Stored.close_circuit:
        await stored.open_circuit()
    if verb is not Stored.bring_forward:  # which leaves alone what is leased
        await stored.jobs.claim([AttemptState.QUEUED], NOON, LEASE_SECONDS, 9)
    other = await asyncpg.connect(url)
    attempt_ids = [row["attempt_id"] for row in await other.fetch(THE_QUEUE)]
    async with other.transaction():
        await other.execute("SELECT pg_advisory_xact_lock($1)", QUEUE_LOCK)
        await other.execute(TURN, attempt_ids.pop(first))
        coming = asyncio.ensure_future(verb(stored))
        await until_it_waits(coming, url)
        for attempt_id in attempt_ids:
            await other.execute(TURN, attempt_id)
    await other.close()

    await asyncio.wait_for(coming, SECONDS_LIMIT)
