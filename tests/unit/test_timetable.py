"""When tasks are looked at: the operator's list, else what was learned, else a plain list."""

from datetime import datetime, timedelta

import pytest

from bot.jobs.timetable import Timetable
from bot.stores import TaskTimes
from tests.builders import NOON, PROVIDER
from tests.fakes.clock import FixedClock
from tests.fakes.jobs import MemoryJobStore
from tests.fakes.world import World

A_MINUTE = 60.0


class TaughtJobStore(MemoryJobStore):
    """Tasks all took about `seconds`, and `waiting` run; `reads` counts who asked."""

    def __init__(self, seconds: float = 100.0, count: int = 200) -> None:
        super().__init__(World())
        self.times = TaskTimes(tuple(seconds + spread / 10 for spread in range(count)), 1)
        self.reads = 0
        self.broken = False

    async def task_times(self, provider: str, limit: int) -> TaskTimes:
        self.reads += 1
        if self.broken:
            raise OSError("database is locked")
        assert (provider, limit) == (PROVIDER, 200)
        return self.times


def timetable(
    jobs: MemoryJobStore,
    clock: FixedClock,
    *,
    schedule: tuple[float, ...] | None = None,
    callbacks: bool = False,
    chance: float = 0.5,
) -> Timetable:
    return Timetable(jobs=jobs, clock=clock, schedule=schedule, callbacks=callbacks, chance=lambda: chance)


async def looks(table: Timetable, clock: FixedClock, until_seconds: float = 200) -> int:
    """How often a task submitted now is looked at within the time."""
    submitted_at = clock.now()
    count = 0
    due_at: datetime | None = submitted_at
    while due_at is not None and due_at < submitted_at + timedelta(seconds=until_seconds):
        clock.set(due_at)
        due_at = await table.next_look(PROVIDER, count, submitted_at)
        count += 1
    clock.set(submitted_at)
    return count


async def test_with_30_completions_the_first_look_comes_when_tasks_begin_to_end() -> None:
    clock = FixedClock()

    due_at = await timetable(TaughtJobStore(count=30), clock).next_look(PROVIDER, 0, NOON)

    assert due_at is not None
    assert 90 <= (due_at - NOON).total_seconds() <= 102


async def test_until_then_the_plain_list_holds() -> None:
    clock = FixedClock()

    assert await timetable(TaughtJobStore(count=29), clock).next_look(PROVIDER, 0, NOON) == NOON + timedelta(
        seconds=4
    )


async def test_the_operators_list_replaces_what_was_learned() -> None:
    jobs, clock = TaughtJobStore(), FixedClock()
    table = timetable(jobs, clock, schedule=(7.0,))

    assert await table.next_look(PROVIDER, 0, NOON) == NOON + timedelta(seconds=7)
    assert jobs.reads == 0


async def test_the_past_is_read_once_a_minute() -> None:
    jobs, clock = TaughtJobStore(), FixedClock()
    table = timetable(jobs, clock)

    for _ in range(3):
        await table.next_look(PROVIDER, 0, NOON)
    assert jobs.reads == 1
    clock.advance(A_MINUTE)
    await table.next_look(PROVIDER, 0, NOON)

    assert jobs.reads == 2


async def test_a_clock_put_back_does_not_keep_an_old_past() -> None:
    jobs, clock = TaughtJobStore(), FixedClock()
    table = timetable(jobs, clock)
    await table.next_look(PROVIDER, 0, NOON)

    clock.advance(-3600)
    await table.next_look(PROVIDER, 0, NOON)

    assert jobs.reads == 2


@pytest.mark.parametrize("known_before", [True, False])
async def test_a_past_that_cannot_be_read_stops_nothing(known_before: bool) -> None:
    jobs, clock = TaughtJobStore(), FixedClock()
    table = timetable(jobs, clock)
    if known_before:
        await table.next_look(PROVIDER, 0, NOON)
    jobs.broken = True
    now = clock.advance(A_MINUTE)

    due_at = await table.next_look(PROVIDER, 0, now)

    assert due_at is not None
    assert ((due_at - now).total_seconds() > 50) is known_before


async def test_with_callbacks_there_are_fewer_looks() -> None:
    clock = FixedClock()
    without = await looks(timetable(TaughtJobStore(), clock), clock)
    with_callbacks = await looks(timetable(TaughtJobStore(), clock, callbacks=True), clock)

    assert with_callbacks < without


async def test_where_the_budget_spaces_the_looks_callbacks_space_them_no_further() -> None:
    clock, many = FixedClock(), TaughtJobStore()
    many.times = TaskTimes(many.times.seconds, 260)

    with_callbacks = await looks(timetable(many, clock, callbacks=True), clock)

    assert with_callbacks == await looks(timetable(many, clock), clock)


async def test_with_more_tasks_waiting_there_are_fewer_looks() -> None:
    clock, few, many = FixedClock(), TaughtJobStore(), TaughtJobStore()
    many.times = TaskTimes(many.times.seconds, 260)

    assert await looks(timetable(many, clock), clock) < await looks(timetable(few, clock), clock)


async def test_what_is_learned_gives_way_to_the_slow_phase_and_ends_after_a_day() -> None:
    clock = FixedClock()
    table = timetable(TaughtJobStore(), clock)
    slow, slower = NOON + timedelta(minutes=15), NOON + timedelta(minutes=60)
    for now, seconds in ((slow, 120), (slower, 1800)):
        clock.set(now)
        assert await table.next_look(PROVIDER, 9, NOON) == now + timedelta(seconds=seconds)

    clock.set(NOON + timedelta(hours=24))
    assert await table.next_look(PROVIDER, 9, NOON) is None


async def test_learned_looks_are_spread_by_chance_as_well() -> None:
    clock = FixedClock()
    waits = []
    for chance in (0.0, 0.5, 1.0):
        due_at = await timetable(TaughtJobStore(), clock, chance=chance).next_look(PROVIDER, 0, NOON)
        assert due_at is not None
        waits.append((due_at - NOON).total_seconds())

    assert waits == pytest.approx([0.8 * waits[1], waits[1], 1.2 * waits[1]])
