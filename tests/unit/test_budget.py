"""A share of a rate."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.budget import Budget
from bot.stores import Rate
from tests.builders import NOON
from tests.fakes.clock import FixedClock

RATE = Rate(5, 1.0)
A_SECOND = timedelta(seconds=1)


@given(st.lists(st.tuples(st.floats(0, 1.5), st.integers(0, 8)), max_size=60))
def test_no_second_ever_holds_more_looks_than_the_rate(asked: list[tuple[float, int]]) -> None:
    clock = FixedClock()
    budget = Budget(RATE, clock, lambda: 1)
    looks: list[datetime] = []
    for wait_seconds, wanted in asked:
        now = clock.advance(wait_seconds)
        granted = min(wanted, budget.left())
        budget.take(granted)
        looks += [now] * granted

    assert all(len([at for at in looks if start <= at < start + A_SECOND]) <= RATE.count for start in looks)


@given(
    processes=st.integers(1, 12),
    asked=st.lists(st.tuples(st.integers(0, 11), st.floats(0, 1.5), st.integers(0, 8)), max_size=60),
)
def test_processes_that_know_of_each_other_keep_to_one_rate(
    processes: int, asked: list[tuple[int, float, int]]
) -> None:
    clock = FixedClock()
    budgets = [Budget(RATE, clock, lambda: processes) for _ in range(processes)]
    looks: list[datetime] = []
    for number, wait_seconds, wanted in asked:
        budget, now = budgets[number % processes], clock.advance(wait_seconds)
        granted = min(wanted, budget.left())
        budget.take(granted)
        looks += [now] * granted

    # With more processes than looks, each has one in a window so long that this is their mean.
    span = A_SECOND * max(processes / RATE.count, 1)
    most = max(RATE.count, processes)
    assert all(len([at for at in looks if start <= at < start + span]) <= most for start in looks)


def test_a_share_grows_and_shrinks_with_the_processes_there_are() -> None:
    clock, living = FixedClock(), 1
    budget = Budget(RATE, clock, lambda: living)
    budget.take(4)

    living = 2
    assert (budget.left(), budget.free_at()) == (0, NOON + A_SECOND)
    clock.advance(1)
    assert budget.left() == 2
    budget.take(2)
    living = 1
    assert budget.left() == 3
    living = 10
    assert (budget.left(), budget.free_at()) == (0, NOON + 3 * A_SECOND)


@given(st.lists(st.floats(0, 0.4), max_size=40))
def test_whoever_waits_until_it_is_free_is_never_refused(waits: list[float]) -> None:
    clock = FixedClock()
    budget = Budget(RATE, clock, lambda: 1)
    for wait_seconds in waits:
        clock.advance(wait_seconds)
        free_at = budget.free_at()
        assert clock.now() <= free_at <= clock.now() + A_SECOND
        clock.set(free_at)
        assert budget.left() > 0
        budget.take(1)


def test_a_clock_put_back_does_not_stop_the_looks() -> None:
    clock = FixedClock()
    budget = Budget(RATE, clock, lambda: 1)
    budget.take(5)
    assert (budget.left(), budget.free_at()) == (0, NOON + A_SECOND)

    clock.advance(-3600)

    assert budget.left() == 5
