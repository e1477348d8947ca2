"""When to look at a task again. Pure: ages and counts in, seconds out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.jobs.learned import Pace

DEFAULT_SCHEDULE = (4.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0)
"""Seconds between looks while the task is young and nothing is learned yet; the last repeats."""
BUDGET_PER_SECOND = 5
"""Look-ups of the whole account: the provider documents a 429 for them and names no number."""
SLOW_AFTER = timedelta(minutes=15)
SLOWER_AFTER = timedelta(minutes=60)
SLOW_SECONDS = 120.0
SLOWER_SECONDS = 1800.0
GIVE_UP_AFTER = timedelta(hours=24)
"""Then the attempt expires: a task of 13 minutes that did succeed is on record, one of a day is not."""
AHEAD = timedelta(days=1)
"""Longer than any look is overdue; where the budget leaves looks waiting, the one due longest goes first."""
JITTER = 0.2
"""Looks are spread by up to a fifth either way, so that a restart does not line them up."""
YOUNG_TASK = timedelta(seconds=60)
"""A task that the provider does not find yet may just be new."""
MISS_SECONDS = 30.0
MISSES_ALLOWED = 3


def next_look(
    schedule: Sequence[float] | Pace | None, polls: int, submitted_at: datetime, now: datetime, chance: float
) -> datetime | None:
    """When to look next after `polls` looks; None when the task has been followed long enough.

    `schedule` is what was learned, or the operator's own list of seconds, which replaces the slow phases too;
    None means neither. The slow phases are for tasks that take longer than all that is known. `chance` is a
    number from 0 to 1 that spreads the looks.
    """
    age = now - submitted_at
    if age >= GIVE_UP_AFTER:
        return None
    if isinstance(schedule, Pace):
        seconds = schedule.wait_seconds(age.total_seconds())
        if age.total_seconds() >= schedule.longest_seconds:
            seconds = max(seconds, _slow_seconds(age))
    elif schedule is None and age >= SLOW_AFTER:
        seconds = _slow_seconds(age)
    else:
        steps = schedule or DEFAULT_SCHEDULE
        seconds = steps[min(polls, len(steps) - 1)]
    return now + timedelta(seconds=seconds * (1 + JITTER * (2 * chance - 1)))


def _slow_seconds(age: timedelta) -> float:
    """How far apart looks are at least at a task that outlasts all that is known; 0 while it is young."""
    if age >= SLOWER_AFTER:
        return SLOWER_SECONDS
    return SLOW_SECONDS if age >= SLOW_AFTER else 0.0


def before_all(now: datetime) -> datetime:
    """When a look is due that the provider has called for: before all that are merely overdue."""
    return now - AHEAD


def not_past_slow(due_at: datetime, submitted_at: datetime, now: datetime) -> datetime:
    """`due_at`, or the moment before it at which the task turns slow, so that a look falls on that."""
    slow_at = submitted_at + SLOW_AFTER
    return slow_at if now < slow_at < due_at else due_at


def turns_slow(submitted_at: datetime, due_at: datetime, now: datetime) -> bool:
    """Whether this look, due at `due_at`, is the first since the age at which people are told of slowness."""
    return due_at - submitted_at <= SLOW_AFTER <= now - submitted_at


def after_miss(misses: int, submitted_at: datetime, now: datetime) -> datetime | None:
    """When to look again after the provider did not find the task `misses` times; None when it is lost."""
    young = now - submitted_at < YOUNG_TASK
    if not young and misses > MISSES_ALLOWED:
        return None
    return now + timedelta(seconds=DEFAULT_SCHEDULE[0] if young else MISS_SECONDS)
