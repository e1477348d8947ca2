"""How long the last tasks ran, which is what the moments of looking are learned from."""

from datetime import timedelta

import pytest

from bot.model import AttemptState
from bot.stores import TaskTimes
from tests.builders import NOON, PROVIDER
from tests.contract.stores import Stores, a_failed_attempt, a_queued_attempt, a_waiting_attempt

S = AttemptState


async def an_ended_task(
    stores: Stores, task_id: str, minute: int, state: S, provider: str = PROVIDER
) -> None:
    """Ended at that minute after noon, having run for ten times as many seconds."""
    attempt = await a_waiting_attempt(stores, task_id, provider=provider)
    ended_at = NOON + timedelta(minutes=minute)
    ended = attempt.move(state, ended_at=ended_at, task_seconds=10.5 * minute)
    await stores.jobs.save(ended, now=ended_at)


async def test_where_nothing_ran_there_are_no_times(stores: Stores) -> None:
    await a_queued_attempt(stores)

    assert await stores.jobs.task_times(PROVIDER, 200) == TaskTimes((), 0)


@pytest.mark.parametrize(("limit", "times"), [(200, (31.5, 21.0, 10.5)), (2, (31.5, 21.0)), (0, ())])
async def test_the_latest_ends_come_first_whether_they_were_good_or_bad(
    stores: Stores, limit: int, times: tuple[float, ...]
) -> None:
    await an_ended_task(stores, "b", 2, S.FAILED)
    await an_ended_task(stores, "c", 3, S.SUCCEEDED)
    await an_ended_task(stores, "a", 1, S.SUCCEEDED)

    assert (await stores.jobs.task_times(PROVIDER, limit)).seconds == times


async def test_only_tasks_that_ended_have_a_time(stores: Stores) -> None:
    await a_failed_attempt(stores)
    waiting = await a_waiting_attempt(stores, "a")
    await a_waiting_attempt(stores, "b")
    await stores.jobs.save(waiting.move(S.EXPIRED, ended_at=NOON), now=NOON)

    assert await stores.jobs.task_times(PROVIDER, 200) == TaskTimes((), 1)


async def test_providers_are_kept_apart(stores: Stores) -> None:
    await an_ended_task(stores, "a", 1, S.SUCCEEDED)
    await an_ended_task(stores, "b", 2, S.SUCCEEDED, provider="another")
    await a_waiting_attempt(stores, "c", provider="another")

    assert await stores.jobs.task_times(PROVIDER, 200) == TaskTimes((10.5,), 0)
    assert await stores.jobs.task_times("another", 200) == TaskTimes((21.0,), 1)
