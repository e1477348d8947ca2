"""The budget of look-ups."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.budget import LookBudget
from bot.ports import Rate
from tests.builders import NOON
from tests.fakes.clock import FixedClock

RATE = Rate(5, 1.0)
A_SECOND = timedelta(seconds=1)


@given(st.lists(st.tuples(st.floats(0, 1.5), st.integers(0, 8)), max_size=60))
def test_no_second_ever_holds_more_looks_than_the_rate(asked: list[tuple[float, int]]) -> None:
    clock = FixedClock()
    budget = LookBudget(RATE, clock)
    looks: list[datetime] = []
    for wait_seconds, wanted in asked:
        now = clock.advance(wait_seconds)
        granted = min(wanted, budget.left())
        budget.take(granted)
        looks += [now] * granted

    assert all(len([at for at in looks if start <= at < start + A_SECOND]) <= RATE.count for start in looks)


@given(st.lists(st.floats(0, 0.4), max_size=40))
def test_whoever_waits_until_it_is_free_is_never_refused(waits: list[float]) -> None:
    clock = FixedClock()
    budget = LookBudget(RATE, clock)
    for wait_seconds in waits:
        clock.advance(wait_seconds)
        free_at = budget.free_at()
        assert clock.now() <= free_at <= clock.now() + A_SECOND
        clock.set(free_at)
        assert budget.left() > 0
        budget.take(1)


def test_a_clock_put_back_does_not_stop_the_looks() -> None:
    clock = FixedClock()
    budget = LookBudget(RATE, clock)
    budget.take(5)
    assert (budget.left(), budget.free_at()) == (0, NOON + A_SECOND)

    clock.advance(-3600)

    assert budget.left() == 5
