"""Two bots on one PostgreSQL: they share the work, and double nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.clock import SystemClock
from bot.jobs import heartbeat
from bot.jobs.polling import BUDGET_PER_SECOND
from bot.jobs.runner import FOLLOW_WIDTH, SUBMIT_WIDTH
from bot.model import AttemptState
from bot.notices import NoticeKind
from bot.ports import Made, Submission
from bot.stores import Rate
from storage.database import Database
from storage.schema import announcements, attempts, submissions
from tests.builders import PROVIDER, a_job, a_snowflake, an_attempt
from tests.contract.stores import PLENTY, Stores, a_waiting_attempt, stores_over
from tests.fakes.clips import MemoryClipStore
from tests.fakes.clock import FixedClock
from tests.fakes.provider import FakeProvider, Verb
from tests.integration.two_processes import Process
from tests.postgres.server import PostgresServer
from tests.unit.engine_rig import a_card

JOBS = 60
RATE = Rate(15, 1.0)
SECONDS_LIMIT = 100
CLOCK = SystemClock()


class BusyProvider(FakeProvider):
    """Says when as many submissions as asked for are under way."""

    def __init__(self, wanted: int) -> None:
        super().__init__(PROVIDER, looks_to_success=0)
        self.all_asked = asyncio.Event()
        self._wanted = wanted

    async def submit(self, submission: Submission) -> str | Made:
        self._wanted -= 1
        if self._wanted == 0:
            self.all_asked.set()
        return await super().submit(submission)


class Two:
    """Both processes, their database, and what they have in common."""

    def __init__(self, first: Database, second: Database) -> None:
        self.database = first
        self.provider = BusyProvider(wanted=SUBMIT_WIDTH)
        clips = MemoryClipStore()
        self.processes = [
            Process(stores, self.provider, clips, RATE)
            for stores in (stores_over(first, "first"), stores_over(second, "second"))
        ]

    @property
    def stores(self) -> Stores:
        return self.processes[0].stores

    def told(self, kind: NoticeKind) -> list[str]:
        """The jobs of which something was told, by whichever process."""
        told = [pair for process in self.processes for pair in process.announcer.told]
        return [announcement.job_id for announcement, _ in told if announcement.kind is kind]

    async def until_told(self, kind: NoticeKind, times: int) -> None:
        async with asyncio.timeout(SECONDS_LIMIT):
            rung = [process.bell.subscribe() for process in self.processes]
            while len(self.told(kind)) < times:
                waits = [asyncio.create_task(event.wait()) for event in rung]
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED, timeout=0.2)
                for wait, event in zip(waits, rung, strict=True):
                    wait.cancel()
                    event.clear()

    async def accept(self) -> str:
        job = a_job(card=a_card(), created_at=CLOCK.now(), owner_id=a_snowflake())
        await self.stores.jobs.accept(job, an_attempt(job), daily_cap=PLENTY)
        return job.job_id


@pytest.fixture
async def two(postgres: PostgresServer) -> AsyncIterator[Two]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(postgres.database())
        opened = [await Database.open(url) for _ in range(2)]
        for database in opened:
            stack.push_async_callback(database.close)
        made = Two(*opened)
        for process in made.processes:
            stack.push_async_callback(process.runner.stop)
        yield made


@pytest.mark.seconds(120)  # a second and a half of work each, on a machine that may be busy with other tests
async def test_sixty_jobs_are_shared_and_nothing_happens_twice(two: Two) -> None:
    job_ids = sorted([await two.accept() for _ in range(JOBS)])

    for process in two.processes:
        process.runner.start()
    await two.until_told(NoticeKind.RESULT, JOBS)
    for process in two.processes:
        await process.runner.stop()

    callbacks = Counter(submission.callback_url for submission in two.provider.submissions)
    assert len(callbacks) == JOBS
    assert set(callbacks.values()) == {1}
    assert sorted(two.told(NoticeKind.RESULT)) == job_ids
    assert sorted(two.told(NoticeKind.THREAD)) == job_ids
    assert two.told(NoticeKind.FAILURE) == []
    assert all(process.judge.judged for process in two.processes), "each has done some of the work"
    assert all(process.announcer.told for process in two.processes)
    async with two.database.read() as connection:
        assert set(await connection.scalars(select(attempts.c.state))) == {AttemptState.SUCCEEDED.value}
        assert set(await connection.scalars(select(announcements.c.leased_until))) == {None}
        times = sorted(await connection.scalars(select(submissions.c.submitted_at)))
    assert len(times) == JOBS
    for first, beyond in zip(times, times[RATE.count :], strict=False):
        assert beyond - first >= timedelta(seconds=RATE.window_seconds), "the rate holds in every window"


async def test_what_one_leaves_behind_that_dies_while_it_submits_is_told_as_unknown_and_never_sent(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.02)
    victim, survivor = two.processes
    way = two.provider.hold(Verb.SUBMIT)
    await victim.heartbeat.beat()
    job_ids = sorted([await two.accept() for _ in range(SUBMIT_WIDTH)])
    victim.runner.start()
    await asyncio.wait_for(two.provider.all_asked.wait(), SECONDS_LIMIT)
    await kill(victim)
    way.set()

    async with survivor.heartbeat.beating():
        survivor.runner.start()
        await two.until_told(NoticeKind.FAILURE, SUBMIT_WIDTH)

    assert sorted(two.told(NoticeKind.FAILURE)) == job_ids
    assert two.provider.submissions == []


async def test_two_that_know_of_each_other_look_no_more_often_than_one_alone(
    two: Two,
) -> None:
    clock = FixedClock()
    first, second = (
        Process(process.stores, two.provider, MemoryClipStore(), RATE, clock) for process in two.processes
    )
    for number in range(3 * BUDGET_PER_SECOND):
        await a_waiting_attempt(two.stores, f"task {number}")
    for process in (first, second, first):
        await process.heartbeat.beat()

    looks = 0
    for _ in range(BUDGET_PER_SECOND):
        looks += await looks_of(first) + await looks_of(second)
        clock.advance(2 / BUDGET_PER_SECOND)
    assert looks == 2 * BUDGET_PER_SECOND, "in two seconds"

    for _ in range(heartbeat.SILENT_BEATS):
        await first.heartbeat.beat()
    for _ in range(BUDGET_PER_SECOND):
        looks += await looks_of(first)
        clock.advance(1 / BUDGET_PER_SECOND)
    assert looks == 3 * BUDGET_PER_SECOND, "and one second later, alone"


async def looks_of(process: Process) -> int:
    """How many looks its lane takes now, and once more at once."""
    (lane,) = [lane for lane in process.runner._lanes if lane.name == "follow"]
    return len([*await lane._work.claim(FOLLOW_WIDTH), *await lane._work.claim(FOLLOW_WIDTH)])


async def kill(process: Process) -> None:
    """Ends a process in the middle of everything, as far as that can be done without ending ours."""
    tasks = [*process.runner._loops, *(task for lane in process.runner._lanes for task in lane._running)]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
