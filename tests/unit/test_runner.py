"""The lanes together: a job runs by itself, a closed queue stands still, a stop leaves nothing half done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

import pytest

from bot.errors import Refused
from bot.fault import Fault
from bot.jobs import lanes
from bot.jobs.budget import Budget
from bot.jobs.polling import BUDGET_PER_SECOND
from bot.jobs.runner import LEASE_SECONDS
from bot.jobs.submit_queue import PAIR, AtRate, evenly
from bot.model import Attempt, AttemptState, Circuit, Place, PlaceKind
from bot.notices import NoticeKind
from bot.ports import Made, Running, Submission
from bot.stores import Rate
from tests.builders import NOON, PROVIDER, an_order
from tests.fakes.jobs import READY_AT_MOST
from tests.fakes.provider import FakeProvider, Verb
from tests.unit.engine_rig import RATE, Rig, a_card, until

S = AttemptState
LIMIT_SECONDS = 20.0
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


class BusyProvider(FakeProvider):
    """Says when it is being asked to submit, or whether it would take a submission."""

    def __init__(self) -> None:
        super().__init__(PROVIDER)
        self.asked = asyncio.Event()

    async def submit(self, submission: Submission) -> str | Made:
        self.asked.set()
        return await super().submit(submission)

    async def probe(self) -> None:
        self.asked.set()
        await super().probe()


@asynccontextmanager
async def running(rig: Rig) -> AsyncIterator[None]:
    rig.runner.start()
    try:
        yield
    finally:
        await asyncio.wait_for(rig.runner.stop(), LIMIT_SECONDS)


def looked(rig: Rig, times: int) -> bool:
    return len(rig.provider.looks) == times


async def test_a_job_runs_by_itself_from_the_acknowledgement_to_the_announcement() -> None:
    rig = Rig(provider=FakeProvider(PROVIDER, looks_to_success=0))
    async with running(rig):
        attempt = (await rig.desk.accept(an_order())).attempt
        await rig.desk.acknowledge(attempt.job_id, a_card())
        await until(rig, lambda: rig.stored(attempt).state is S.WAITING)
        rig.clock.advance(4)
        rig.bell.ring()
        await until(rig, lambda: NoticeKind.RESULT in rig.announcer.kinds)

    assert rig.stored(attempt).state is S.SUCCEEDED
    assert rig.pending(attempt) == []


async def test_a_small_server_is_submitted_next_to_a_large_one() -> None:
    rig = Rig()
    for _ in range(10):
        await rig.queued(place=Place(1, 5, PlaceKind.TEXT))
    small = await rig.queued(place=Place(2, 5, PlaceKind.TEXT))

    async with running(rig):
        await until(rig, lambda: len(rig.provider.submissions) == RATE.count)

    assert rig.world.attempt_turns[small.attempt_id] == 2


async def test_recovery_voids_the_leases_of_the_process_before() -> None:
    rig = Rig()
    await rig.queued()
    attempt = await rig.submitting()
    rig.world.announce(attempt.job_id, 1, [NoticeKind.CARD], NOON)
    await rig.jobs.claim(list(S), NOON, LEASE_SECONDS, 10)
    await rig.announcements.claim(NOON, LEASE_SECONDS, 10)

    await rig.heartbeat.recover()

    assert not rig.world.attempt_leases
    assert not rig.world.announcement_leases
    async with running(rig):
        await until(rig, lambda: rig.stored(attempt).state is S.UNKNOWN)


async def test_a_stop_lets_the_submission_in_hand_store_its_task() -> None:
    provider = BusyProvider()
    answer = provider.hold(Verb.SUBMIT)
    rig = Rig(provider=provider)
    attempt = await rig.handed_over()
    rig.runner.start()
    await asyncio.wait_for(provider.asked.wait(), LIMIT_SECONDS)

    stopping = asyncio.create_task(rig.runner.stop())
    await asyncio.wait(rig.runner._loops)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not stopping.done()
    answer.set()
    await asyncio.wait_for(stopping, LIMIT_SECONDS)

    assert (rig.stored(attempt).state, rig.stored(attempt).task_id) == (S.WAITING, "task_0001")


async def test_after_a_stop_nothing_is_claimed_any_more() -> None:
    rig = Rig()
    async with running(rig):
        pass

    attempt = await rig.queued()
    rig.bell.ring()

    assert rig.stored(attempt).state is S.QUEUED
    assert all(loop.done() for loop in rig.runner._loops)


async def test_a_submission_cut_off_by_a_stop_is_found_by_the_next_start_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "STOP_SECONDS", 0.001)
    provider = BusyProvider()
    provider.hold(Verb.SUBMIT)
    rig = Rig(provider=provider)
    attempt = await rig.handed_over()
    async with running(rig):
        await asyncio.wait_for(provider.asked.wait(), LIMIT_SECONDS)
    assert rig.stored(attempt).state is S.SUBMITTING

    reborn = Rig(world=rig.world, clock=rig.clock)
    await reborn.heartbeat.recover()
    async with running(reborn):
        await until(reborn, lambda: rig.stored(attempt).state is S.UNKNOWN)

    assert reborn.provider.submissions == []


async def test_the_end_of_a_lane_is_noticed_with_its_error() -> None:
    rig = Rig()
    rig.runner.start()
    rig.runner._loops[0].cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(rig.runner.join(), LIMIT_SECONDS)

    await rig.runner.stop()


async def test_while_the_circuit_is_open_nothing_is_taken_from_the_queue() -> None:
    rig = Rig()
    attempts = [await rig.queued(), await rig.handed_over()]
    await rig.circuits.open(Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON + AN_HOUR), NOON)

    async with running(rig):
        other = await rig.received()
        rig.bell.ring()
        await until(rig, lambda: rig.stored(other).state is S.QUEUED)

    assert [rig.stored(attempt).state for attempt in attempts] == [S.QUEUED, S.HANDED_OVER]
    assert rig.provider.probes == 0


async def test_a_probe_that_is_refused_again_costs_no_upload_and_no_submission() -> None:
    provider = BusyProvider()
    rig = Rig(provider=provider)
    attempts = [await rig.queued() for _ in range(5)]
    await rig.circuits.open(Circuit(PROVIDER, Fault.MODEL_OFF, NOON - AN_HOUR, NOON), NOON)
    rig.provider.fail(Verb.PROBE, Refused(Fault.MODEL_OFF), times=9)

    async with running(rig):
        await asyncio.wait_for(provider.asked.wait(), LIMIT_SECONDS)

    assert rig.world.circuits[PROVIDER].probe_at == NOON + AN_HOUR / 2
    assert rig.provider.probes == 1
    assert (rig.provider.hand_overs, rig.provider.submissions) == ([], [])
    assert {rig.stored(attempt).state for attempt in attempts} == {S.QUEUED}


async def test_a_probe_that_is_answered_well_lets_everybody_go() -> None:
    rig = Rig()
    attempts = [await rig.queued() for _ in range(2)]
    await rig.circuits.open(Circuit(PROVIDER, Fault.MODEL_OFF, NOON - AN_HOUR, NOON), NOON)

    async with running(rig):
        await until(rig, lambda: all(rig.stored(attempt).state is S.WAITING for attempt in attempts))

    assert rig.world.circuits == {}
    assert rig.provider.probes == 1


async def test_tasks_that_are_all_due_at_once_are_looked_at_within_the_budget() -> None:
    rig = Rig()
    for number in range(2 * BUDGET_PER_SECOND):
        await rig.waiting(task_id=f"task_{number}")
        rig.provider.tasks[f"task_{number}"] = Running("waiting")

    async with running(rig):
        for looks in range(1, 2 * BUDGET_PER_SECOND + 1):
            await until(rig, partial(looked, rig, looks))
            rig.bell.ring()
            for _ in range(50):
                await asyncio.sleep(0)
            assert len(rig.provider.looks) == looks
            rig.clock.advance(1 / BUDGET_PER_SECOND)
            rig.bell.ring()

    assert len(set(rig.provider.looks)) == 2 * BUDGET_PER_SECOND


def handed_over_at(rig: Rig, rate: Rate) -> AtRate:
    """What waits for the rate."""

    async def claim(limit: int) -> list[Attempt]:
        return await rig.jobs.claim_handed_over(PROVIDER, rig.clock.now(), LEASE_SECONDS, limit)

    async def next_place() -> datetime | None:
        return await rig.jobs.next_submission_at(now=rig.clock.now(), rate=rate)

    async def next_due() -> datetime | None:
        return await rig.jobs.next_handed_over(PROVIDER)

    return AtRate(claim, next_due, next_place, Budget(evenly(rate), rig.clock, lambda: 1), asyncio.Lock())


async def test_behind_a_provider_that_takes_nothing_the_queue_is_told_after_a_day() -> None:
    rig = Rig()
    queued, handed_over = await rig.queued(), await rig.handed_over()
    off = Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON + 3 * A_DAY)
    await rig.circuits.open(off, NOON)
    async with running(rig):
        rig.clock.set(NOON + A_DAY)
        rig.bell.ring()
        young = await rig.queued()
        assert rig.stored(queued).state is S.QUEUED, "a day to the second"
        rig.clock.advance(1)
        rig.bell.ring()
        await until(rig, lambda: rig.stored(queued).state is rig.stored(handed_over).state is S.EXPIRED)

    assert rig.stored(young).state is S.QUEUED
    assert rig.stored(queued).fault is Fault.WAITED_TOO_LONG
    assert rig.provider.hand_overs == []
    assert rig.provider.submissions == []


async def test_while_the_rate_is_used_up_nobody_is_sent_to_be_turned_away() -> None:
    rig, one_an_hour = Rig(), Rate(1, AN_HOUR.total_seconds())
    await rig.submitting()
    waiting = await rig.handed_over()
    queue = handed_over_at(rig, one_an_hour)

    assert list(await queue.claim(3)) == []
    assert await queue.next_due() == NOON + AN_HOUR
    rig.clock.advance(AN_HOUR.total_seconds())
    assert [attempt.attempt_id for attempt in await queue.claim(3)] == [waiting.attempt_id]


async def test_submissions_go_out_in_pairs_so_that_late_ones_do_not_meet_the_next() -> None:
    rig, rate = Rig(), Rate(18, 10.0)
    for _ in range(40):
        await rig.handed_over()
    queue, sent = handed_over_at(rig, rate), []
    until_at = NOON + timedelta(seconds=10)
    while rig.clock.now() < until_at:
        for attempt in await queue.claim(4):
            assert await rig.jobs.begin_submission(attempt, now=rig.clock.now(), rate=rate)
            sent.append(rig.clock.now())
        rig.clock.set(await queue.next_due() or until_at)

    assert len(sent) == rate.count, "and none of the rate is wasted"
    assert max(sum(at <= other < at + timedelta(seconds=1) for other in sent) for at in sent) == PAIR


async def test_while_the_rate_is_used_up_a_few_clips_are_handed_over_ahead() -> None:
    rig = Rig()
    for _ in range(RATE.count + 9):
        await rig.queued()

    async with running(rig):
        await until(rig, lambda: len(rig.provider.hand_overs) == RATE.count + READY_AT_MOST)
        for _ in range(50):
            await asyncio.sleep(0)

    assert len(rig.provider.submissions) == RATE.count
    assert len(rig.provider.hand_overs) == RATE.count + READY_AT_MOST
