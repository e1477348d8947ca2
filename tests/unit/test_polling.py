"""When a task is looked at again."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.jobs import learned, polling
from bot.jobs.learned import Pace

SUBMITTED = datetime(2026, 11, 23, 12, tzinfo=UTC)
MIDDLE = 0.5
"""The chance that adds no jitter."""


def gap(polls: int, age: timedelta, schedule: tuple[float, ...] | Pace | None = None) -> float:
    now = SUBMITTED + age
    due_at = polling.next_look(schedule, polls, SUBMITTED, now, MIDDLE)
    assert due_at is not None
    return (due_at - now).total_seconds()


def test_young_tasks_are_looked_at_at_growing_distances() -> None:
    gaps = [gap(polls, timedelta(seconds=polls)) for polls in range(10)]

    assert gaps == [4, 4, 6, 8, 10, 15, 20, 30, 30, 30]


@pytest.mark.parametrize(
    ("age", "seconds"),
    [
        (timedelta(minutes=14, seconds=59), 30),
        (timedelta(minutes=15), 120),
        (timedelta(minutes=59), 120),
        (timedelta(minutes=60), 1800),
        (timedelta(hours=23, minutes=59), 1800),
    ],
)
def test_old_tasks_are_looked_at_seldom(age: timedelta, seconds: float) -> None:
    assert gap(50, age) == seconds


@pytest.mark.parametrize("minutes", [20, 70])
def test_a_learned_pace_is_kept_as_long_as_tasks_are_known_to_take(minutes: int) -> None:
    curve = learned.curve_of([60.0 * (30 + minute) for minute in range(60)])
    assert curve is not None
    pace = learned.pace_of(curve, price=5.0)

    assert gap(1, timedelta(minutes=minutes), pace) == pace.wait_seconds(minutes * 60.0)
    assert gap(1, timedelta(minutes=minutes), pace) not in (120, 1800)
    assert gap(1, timedelta(minutes=90), pace) == 1800


def test_after_a_day_nobody_looks_any_more() -> None:
    now = SUBMITTED + timedelta(hours=24)

    assert polling.next_look(None, 99, SUBMITTED, now, MIDDLE) is None


def test_the_operators_schedule_replaces_ours_and_repeats_its_last_step() -> None:
    gaps = [gap(polls, timedelta(hours=2), schedule=(1.0, 7.0)) for polls in range(3)]

    assert gaps == [1, 7, 7]


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 3.2), (1.0, 4.8)])
def test_jitter_spreads_looks_by_a_fifth_either_way(chance: float, seconds: float) -> None:
    due_at = polling.next_look(None, 0, SUBMITTED, SUBMITTED, chance)

    assert due_at == SUBMITTED + timedelta(seconds=seconds)


def test_people_are_told_once_that_a_task_is_slow() -> None:
    before, after = SUBMITTED + timedelta(minutes=14), SUBMITTED + timedelta(minutes=16)

    assert polling.turns_slow(SUBMITTED, before, after)
    assert not polling.turns_slow(SUBMITTED, after, after + timedelta(minutes=2))


def test_a_new_task_may_be_missing_as_often_as_it_likes() -> None:
    now = SUBMITTED + timedelta(seconds=59)

    assert polling.after_miss(12, SUBMITTED, now) == now + timedelta(seconds=4)


def test_an_older_task_is_lost_after_three_further_misses() -> None:
    now = SUBMITTED + timedelta(seconds=61)

    assert polling.after_miss(3, SUBMITTED, now) == now + timedelta(seconds=30)
    assert polling.after_miss(4, SUBMITTED, now) is None
