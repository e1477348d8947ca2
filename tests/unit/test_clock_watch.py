"""A clock that is put back makes nothing wait, and one that is put forward is told of."""

import asyncio
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.jobs import clock_watch
from bot.jobs.clock_watch import LONGEST_WAIT, ClockWatch
from bot.model import Attempt, AttemptState
from tests.builders import NOON
from tests.fakes.instances import MemoryInstanceStore
from tests.fakes.world import World
from tests.unit.engine_rig import Rig

DAY, HOUR = 86_400.0, 3_600.0
LIMIT_SECONDS = 20.0
S = AttemptState


class SpoiltInstanceStore(MemoryInstanceStore):
    """Fails once if it is told to, and says when it was asked."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.broken = False
        self.asked = asyncio.Event()

    async def bring_forward(self, now: datetime, longest: timedelta) -> int:
        self.asked.set()
        if self.broken:
            self.broken = False
            raise ConnectionError
        return await super().bring_forward(now, longest)


class Watched:
    """A machine with a task that is due in an hour, its clock, and one that nobody can set."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.steady_seconds = 500.0
        self.store = SpoiltInstanceStore(self.rig.world)
        self.watch = ClockWatch(self.store, self.rig.clock, self.rig.bell.ring, lambda: self.steady_seconds)

    async def waiting(self) -> Attempt:
        return await self.rig.waiting(due_at=NOON + timedelta(hours=1))

    async def pass_time(self, seconds: float, *, shown_seconds: float) -> list[str]:
        """Time passes, and the clock shows something of its own; what was told then."""
        self.steady_seconds += seconds
        self.rig.clock.advance(shown_seconds)
        self.rig.rung.clear()
        with capture_logs() as logs:
            await self.watch.look()
        return [one["event"] for one in logs]


async def test_a_clock_put_back_makes_everything_due() -> None:
    watched = Watched()
    attempt = await watched.waiting()

    told = await watched.pass_time(5.0, shown_seconds=5.0 - DAY)

    assert told == ["clock_put_back", "brought_forward"]
    assert watched.rig.wait_seconds(attempt) == 0
    assert watched.rig.rung.is_set()
    assert await watched.pass_time(5.0, shown_seconds=5.0) == []


async def test_a_clock_that_goes_right_moves_nothing() -> None:
    watched = Watched()
    attempt = await watched.waiting()

    for seconds in (5.0, 5.0, 3 * HOUR):
        assert await watched.pass_time(seconds, shown_seconds=seconds) == []

    assert watched.rig.stored(attempt) == attempt


@pytest.mark.parametrize("shown_seconds", [-20.0, 30.0])
async def test_setting_a_clock_right_is_no_jump(shown_seconds: float) -> None:
    watched = Watched()
    attempt = await watched.waiting()

    assert await watched.pass_time(5.0, shown_seconds=shown_seconds) == []
    assert watched.rig.stored(attempt) == attempt


async def test_a_clock_put_forward_is_told_of_and_wakes_the_lanes() -> None:
    watched = Watched()
    attempt = await watched.waiting()

    assert await watched.pass_time(5.0, shown_seconds=HOUR) == ["clock_put_forward"]

    assert watched.rig.rung.is_set()
    assert watched.rig.stored(attempt) == attempt


async def test_a_jump_whose_mending_failed_is_mended_later() -> None:
    watched = Watched()
    attempt = await watched.waiting()
    watched.store.broken = True
    with pytest.raises(ConnectionError):
        await watched.pass_time(5.0, shown_seconds=5.0 - DAY)

    assert "clock_put_back" in await watched.pass_time(5.0, shown_seconds=5.0)
    assert watched.rig.wait_seconds(attempt) == 0


async def test_at_the_start_only_what_no_right_clock_would_have_set_is_moved() -> None:
    watched = Watched()
    kept = await watched.rig.waiting(due_at=NOON + LONGEST_WAIT)
    moved = await watched.rig.waiting(task_id="task_0002", due_at=NOON + LONGEST_WAIT + timedelta(seconds=1))

    async with watched.watch.watching():
        pass

    assert watched.rig.stored(kept) == kept
    assert watched.rig.wait_seconds(moved) == 0


async def test_it_goes_on_looking_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_watch, "LOOK_SECONDS", 0.0)
    watched = Watched()
    attempt = await watched.waiting()
    with capture_logs() as logs:
        async with watched.watch.watching(), asyncio.timeout(LIMIT_SECONDS):
            watched.store.broken = True
            watched.store.asked.clear()
            watched.rig.clock.advance(-DAY)
            await watched.store.asked.wait()
            watched.store.asked.clear()
            await watched.store.asked.wait()

    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["clock_unwatched"]
    assert watched.rig.wait_seconds(attempt) == 0
