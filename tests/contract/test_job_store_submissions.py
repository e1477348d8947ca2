"""The account-wide rate, counted where the SUBMITTING mark is set."""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import JobConflict
from bot.model import Attempt, AttemptState
from bot.stores import Rate
from tests.builders import NOON
from tests.contract.stores import (
    LEASE_SECONDS,
    PLENTY,
    Stores,
    a_claimed,
    a_handed_over_attempt,
    attempt_of,
)

ONE_PER_TEN_SECONDS = Rate(1, 10.0)
WINDOW = timedelta(seconds=10)
MICROSECOND = timedelta(microseconds=1)


async def test_a_submission_is_marked_before_it_is_made(stores: Stores) -> None:
    attempt = await a_claimed(stores, await a_handed_over_attempt(stores))

    marked = await stores.jobs.begin_submission(attempt, now=NOON, rate=ONE_PER_TEN_SECONDS)

    assert marked is not None
    assert (marked.state, marked.submitted_at) == (AttemptState.SUBMITTING, NOON)
    assert marked == await attempt_of(stores, attempt)
    assert await stores.jobs.claim([AttemptState.SUBMITTING], NOON, LEASE_SECONDS, PLENTY) == []
    await stores.jobs.save(marked.move(AttemptState.WAITING, task_id="t"), now=NOON)


async def test_a_mark_whose_process_died_is_found_when_its_lease_ends(stores: Stores) -> None:
    attempt = await a_claimed(stores, await a_handed_over_attempt(stores))
    marked = await stores.jobs.begin_submission(attempt, now=NOON, rate=ONE_PER_TEN_SECONDS)
    assert marked is not None
    after = NOON + timedelta(seconds=LEASE_SECONDS)

    (found,) = await stores.jobs.claim([AttemptState.SUBMITTING], after, LEASE_SECONDS, PLENTY)

    assert (found.attempt_id, found.submitted_at) == (attempt.attempt_id, NOON)


async def test_a_used_up_rate_leaves_the_attempt_as_it_was(stores: Stores) -> None:
    first = await a_handed_over_attempt(stores)
    second = await a_handed_over_attempt(stores)
    await stores.jobs.begin_submission(first, now=NOON, rate=ONE_PER_TEN_SECONDS)

    assert await stores.jobs.begin_submission(second, now=NOON, rate=ONE_PER_TEN_SECONDS) is None

    assert await attempt_of(stores, second) == second


async def test_the_window_ends_exactly_when_it_is_over(stores: Stores) -> None:
    first = await a_handed_over_attempt(stores)
    second = await a_handed_over_attempt(stores)
    await stores.jobs.begin_submission(first, now=NOON, rate=ONE_PER_TEN_SECONDS)
    just_before = NOON + WINDOW - MICROSECOND

    assert await stores.jobs.begin_submission(second, now=just_before, rate=ONE_PER_TEN_SECONDS) is None
    assert await stores.jobs.begin_submission(second, now=NOON + WINDOW, rate=ONE_PER_TEN_SECONDS) is not None


async def test_a_stale_copy_is_a_conflict_and_uses_nothing_up(stores: Stores) -> None:
    stale = await a_handed_over_attempt(stores)
    current = await a_claimed(stores, stale)

    with pytest.raises(JobConflict):
        await stores.jobs.begin_submission(stale, now=NOON, rate=ONE_PER_TEN_SECONDS)

    assert await stores.jobs.begin_submission(current, now=NOON, rate=ONE_PER_TEN_SECONDS) is not None


async def test_a_stale_copy_is_a_conflict_also_when_the_rate_is_used_up(stores: Stores) -> None:
    stale = await a_handed_over_attempt(stores)
    await a_claimed(stores, stale)

    with pytest.raises(JobConflict):
        await stores.jobs.begin_submission(stale, now=NOON, rate=Rate(0, 10.0))


async def test_attempts_that_have_ended_still_count(stores: Stores) -> None:
    first = await a_handed_over_attempt(stores)
    second = await a_handed_over_attempt(stores)
    marked = await stores.jobs.begin_submission(first, now=NOON, rate=ONE_PER_TEN_SECONDS)
    assert marked is not None
    await stores.jobs.save(marked.move(AttemptState.FAILED), now=NOON)

    assert await stores.jobs.begin_submission(second, now=NOON, rate=ONE_PER_TEN_SECONDS) is None


async def test_the_next_place_is_free_when_the_oldest_that_counts_has_left_the_window(stores: Stores) -> None:
    rate = Rate(2, 10.0)
    for second in (0, 1, 11):
        assert await stores.jobs.next_submission_at(now=NOON + timedelta(seconds=second), rate=rate) is None
        now = NOON + timedelta(seconds=second)
        attempt = await a_handed_over_attempt(stores)
        assert await stores.jobs.begin_submission(attempt, now=now, rate=rate) is not None
    late = await a_handed_over_attempt(stores)
    await stores.jobs.begin_submission(late, now=NOON + timedelta(seconds=12), rate=rate)

    now = NOON + timedelta(seconds=13)
    assert await stores.jobs.next_submission_at(now=now, rate=rate) == NOON + timedelta(seconds=21)


async def test_an_attempt_that_goes_out_twice_counts_twice(stores: Stores) -> None:
    rate = Rate(2, 10.0)
    first = await a_handed_over_attempt(stores)
    for second in (0, 1):
        now = NOON + timedelta(seconds=second)
        marked = await stores.jobs.begin_submission(first, now=now, rate=rate)
        assert marked is not None
        first = await stores.jobs.save(marked.move(AttemptState.HANDED_OVER), now=now)
    other = await a_handed_over_attempt(stores)

    assert await stores.jobs.begin_submission(other, now=NOON + WINDOW / 2, rate=rate) is None


async def test_a_clock_put_back_does_not_stop_submissions(stores: Stores) -> None:
    tomorrow = NOON + timedelta(days=1)
    await stores.jobs.begin_submission(
        await a_handed_over_attempt(stores), now=tomorrow, rate=ONE_PER_TEN_SECONDS
    )
    attempt = await a_handed_over_attempt(stores)

    assert await stores.jobs.begin_submission(attempt, now=NOON, rate=ONE_PER_TEN_SECONDS) is not None


async def test_a_clock_that_is_slightly_ahead_counts(stores: Stores) -> None:
    ahead = NOON + WINDOW / 2
    await stores.jobs.begin_submission(
        await a_handed_over_attempt(stores), now=ahead, rate=ONE_PER_TEN_SECONDS
    )
    attempt = await a_handed_over_attempt(stores)

    assert await stores.jobs.begin_submission(attempt, now=NOON, rate=ONE_PER_TEN_SECONDS) is None


async def test_parallel_submissions_never_exceed_the_rate_in_any_window(stores: Stores) -> None:
    rate = Rate(10, 10.0)
    waiting = [await a_handed_over_attempt(stores) for _ in range(40)]
    submitted = []
    now = NOON
    while waiting:
        outcomes = await asyncio.gather(
            *(
                stores.jobs.begin_submission(attempt, now=now + position * MICROSECOND, rate=rate)
                for position, attempt in enumerate(waiting)
            )
        )
        marked = [outcome for outcome in outcomes if isinstance(outcome, Attempt)]
        submitted += [attempt.submitted_at for attempt in marked if attempt.submitted_at]
        done = {attempt.attempt_id for attempt in marked}
        waiting = [attempt for attempt in waiting if attempt.attempt_id not in done]
        now += timedelta(seconds=3.7)

    assert len(submitted) == 40
    fullest = max(sum(start <= at < start + WINDOW for at in submitted) for start in submitted)
    assert fullest == 10
