"""A lane: when it claims and how much, what wakes it, what it survives, and how it ends."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.jobs import lanes
from bot.jobs.lanes import Bell, Lane, LaneWork
from bot.model import AttemptState
from bot.notices import NoticeState
from tests.fakes.clock import FixedClock

FOR_EVER_SECONDS = 3600.0
LIMIT_SECONDS = 20.0
WIDTH = 2


class Work:
    """Work that a test hands out; a step lasts until its item is let go."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.items: deque[str] = deque()
        self.claims: asyncio.Queue[int] = asyncio.Queue()
        self.looks: asyncio.Queue[None] = asyncio.Queue()
        self.look_errors: deque[Exception] = deque()
        self.claim_errors: deque[Exception] = deque()
        self.claim_gate: asyncio.Event | None = None
        self.started: asyncio.Queue[str] = asyncio.Queue()
        self.ended: list[str] = []
        self.due_at: datetime | None = None
        self.bell = Bell()
        self._gates: dict[str, asyncio.Event] = {}
        self._steps = 0
        self.most_steps = 0
        work = LaneWork("test", WIDTH, self.claim, self.step, self.next_due)
        self.lane = Lane(work, self.clock, self.bell.subscribe())

    async def claim(self, limit: int) -> Sequence[str]:
        self.claims.put_nowait(limit)
        if self.claim_gate is not None:
            await self.claim_gate.wait()
        if self.claim_errors:
            raise self.claim_errors.popleft()
        return [self.items.popleft() for _ in range(min(limit, len(self.items)))]

    async def step(self, item: str) -> None:
        self._steps += 1
        self.most_steps = max(self.most_steps, self._steps)
        self.started.put_nowait(item)
        try:
            await self.gate(item).wait()
            if item.startswith("broken"):
                raise ZeroDivisionError
            self.ended.append(item)
        finally:
            self._steps -= 1

    async def next_due(self) -> datetime | None:
        self.looks.put_nowait(None)
        if self.look_errors:
            raise self.look_errors.popleft()
        return self.clock.now() if self.items else self.due_at

    def gate(self, item: str) -> asyncio.Event:
        return self._gates.setdefault(item, asyncio.Event())

    async def starts(self) -> str:
        """The next item whose step starts."""
        return await asyncio.wait_for(self.started.get(), LIMIT_SECONDS)

    async def asks_for(self) -> int:
        """How many items the lane claims next."""
        return await asyncio.wait_for(self.claims.get(), LIMIT_SECONDS)

    async def look(self) -> None:
        """Until the lane looks the next time."""
        await asyncio.wait_for(self.looks.get(), LIMIT_SECONDS)

    async def comes_to_rest(self) -> None:
        """Until it has claimed what nobody rang for, and then looked and found nothing."""
        await self.asks_for()
        await self.look()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """With lanes that sleep until they are woken, so that whatever happens was caused by the test."""
    monkeypatch.setattr(lanes, "IDLE_SECONDS", FOR_EVER_SECONDS)
    monkeypatch.setattr(lanes, "LAPSED_SECONDS", FOR_EVER_SECONDS)
    monkeypatch.setattr(lanes, "TROUBLE_SECONDS", 0.0)
    return Work()


@asynccontextmanager
async def running(work: Work) -> AsyncIterator[asyncio.Task[None]]:
    loop = asyncio.create_task(work.lane.run())
    try:
        yield loop
    finally:
        loop.cancel()
        for task in work.lane._running:
            task.cancel()
        await asyncio.gather(loop, *work.lane._running, return_exceptions=True)


async def test_a_lane_runs_no_more_steps_than_it_is_wide(work: Work) -> None:
    work.items.extend("abcde")

    async with running(work):
        assert [await work.starts(), await work.starts()] == ["a", "b"]
        for letting_go, starting in (("a", "c"), ("c", "d"), ("b", "e")):
            work.gate(letting_go).set()
            assert await work.starts() == starting

    assert work.most_steps == WIDTH


async def test_a_lane_asks_for_as_many_as_it_has_room_for(work: Work) -> None:
    async with running(work):
        assert await work.asks_for() == 2
        work.items.append("a")
        work.bell.ring()
        assert await work.asks_for() == 2
        assert await work.starts() == "a"
        work.items.append("b")
        work.bell.ring()
        assert await work.asks_for() == 1


async def test_a_ring_wakes_an_idle_lane(work: Work) -> None:
    async with running(work):
        await work.comes_to_rest()
        work.items.append("a")
        work.bell.ring()

        assert await work.starts() == "a"


async def test_where_nothing_is_due_a_look_is_all(work: Work) -> None:
    work.due_at = work.clock.now() + timedelta(hours=1)
    async with running(work):
        await work.comes_to_rest()
        for _ in range(3):
            work.bell.ring()
            await work.look()

        assert work.claims.empty()


async def test_what_no_look_finds_is_claimed_after_a_while(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "LAPSED_SECONDS", 0.01)
    monkeypatch.setattr(lanes, "IDLE_SECONDS", 0.001)

    async with running(work):
        for _ in range(3):
            assert await work.asks_for() == 2


async def test_only_a_full_lane_is_woken_by_the_end_of_a_step(work: Work) -> None:
    work.items.extend("abc")
    async with running(work):
        assert [await work.starts() for _ in range(2)] == ["a", "b"]
        work.gate("a").set()
        assert await work.starts() == "c"

        while not work.looks.empty():
            await work.look()
        work.gate("b").set()
        work.gate("c").set()
        await work.look()  # the end of the first of the two, which left a full lane
        for _ in range(50):
            await asyncio.sleep(0)
        assert work.looks.empty()


async def test_rings_in_quick_succession_are_one_look(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "GATHER_SECONDS", 0.1)
    async with running(work):
        await work.comes_to_rest()
        for _ in range(50):
            work.bell.ring()
            await asyncio.sleep(0)

        await work.look()
        for _ in range(50):
            await asyncio.sleep(0)
        assert work.looks.empty()


async def test_a_ring_during_a_claim_is_not_lost(work: Work) -> None:
    work.claim_gate = asyncio.Event()

    async with running(work):
        await work.asks_for()
        work.items.append("a")
        work.bell.ring()
        work.claim_gate.set()

        assert await work.starts() == "a"


async def test_work_that_nobody_rang_for_is_found_in_the_end(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "IDLE_SECONDS", 0.001)

    async with running(work):
        await work.comes_to_rest()
        work.items.append("a")

        assert await work.starts() == "a"


async def test_a_lane_sleeps_until_something_comes_due(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "SHORTEST_SLEEP_SECONDS", 0.0)
    work.due_at = work.clock.now() + timedelta(milliseconds=5)

    async with running(work):
        await work.comes_to_rest()
        work.items.append("a")

        assert await work.starts() == "a"


async def test_what_is_due_and_cannot_be_claimed_makes_no_lane_spin(work: Work) -> None:
    work.due_at = work.clock.now() - timedelta(hours=1)
    loop_time = asyncio.get_running_loop().time

    async with running(work):
        began = loop_time()
        for _ in range(3):
            await work.asks_for()

    assert loop_time() - began >= 2 * lanes.SHORTEST_SLEEP_SECONDS * 0.9


async def test_a_look_that_fails_is_made_again(work: Work) -> None:
    work.look_errors.append(OSError("database is locked"))

    async with running(work):
        await work.comes_to_rest()
        await work.look()


async def test_a_claim_that_fails_is_made_again(work: Work) -> None:
    work.claim_errors.extend([OSError("database is locked"), TimeoutError()])
    work.items.append("a")

    async with running(work):
        assert await work.starts() == "a"


async def test_a_step_that_breaks_breaks_nothing_else(work: Work) -> None:
    work.items.extend(["broken", "a", "b"])
    for item in work.items:
        work.gate(item).set()

    with capture_logs() as logged:
        async with running(work):
            assert [await work.starts() for _ in range(3)] == ["broken", "a", "b"]
            work.items.append("c")
            work.bell.ring()
            assert await work.starts() == "c"

    assert [entry["event"] for entry in logged] == ["lane_step_failed"]


async def test_a_stopped_lane_finishes_the_steps_in_hand_and_claims_nothing_more(work: Work) -> None:
    work.items.extend("abc")

    async with running(work) as loop:
        assert [await work.starts(), await work.starts()] == ["a", "b"]
        work.lane.stop()
        await asyncio.wait_for(loop, LIMIT_SECONDS)
        finish = asyncio.create_task(work.lane.finish())
        work.gate("b").set()
        work.gate("a").set()
        await asyncio.wait_for(finish, LIMIT_SECONDS)

    assert sorted(work.ended) == ["a", "b"]
    assert list(work.items) == ["c"]


async def test_what_a_claim_brings_while_the_lane_is_stopped_is_worked_off(work: Work) -> None:
    work.claim_gate = asyncio.Event()
    work.items.append("a")

    async with running(work) as loop:
        await work.asks_for()
        work.lane.stop()
        work.claim_gate.set()
        await asyncio.wait_for(loop, LIMIT_SECONDS)
        assert await work.starts() == "a"


async def test_a_step_that_does_not_come_to_an_end_is_cut_short(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "STOP_SECONDS", 0.001)
    work.items.append("a")

    async with running(work):
        await work.starts()
        work.lane.stop()
        await asyncio.wait_for(work.lane.finish(), LIMIT_SECONDS)

    assert work.ended == []
    assert work.lane._running == set()


def a_bell_rung_for(*states: AttemptState | NoticeState) -> list[bool]:
    """Whether it is heard by somebody who waits for WAITING, for two other states, and for everything."""
    bell = Bell()
    waiting = bell.subscribe(AttemptState.WAITING)
    others = bell.subscribe(AttemptState.QUEUED, NoticeState.PENDING)
    everything = bell.subscribe()
    bell.ring(*states)
    bell.ring(*states)
    return [event.is_set() for event in (waiting, others, everything)]


def test_a_bell_wakes_those_who_work_on_what_has_changed() -> None:
    assert a_bell_rung_for(AttemptState.WAITING) == [True, False, True]
    assert a_bell_rung_for(AttemptState.SUCCEEDED, NoticeState.PENDING) == [False, True, True]
    assert a_bell_rung_for(AttemptState.SUCCEEDED) == [False, False, True]
    assert a_bell_rung_for() == [True, True, True]


async def test_a_lane_that_is_cancelled_at_the_moment_it_is_rung_for_ends(work: Work) -> None:
    loop = asyncio.create_task(work.lane.run())
    await work.comes_to_rest()
    await asyncio.sleep(0)  # now it sleeps

    work.bell.ring()
    loop.cancel()

    done, _ = await asyncio.wait([loop], timeout=LIMIT_SECONDS)
    assert done == {loop}
