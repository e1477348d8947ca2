"""Claiming what is due, and leases."""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import JobConflict
from bot.model import AttemptState
from tests.builders import NOON, a_job, an_attempt
from tests.contract.stores import (
    LEASE_SECONDS,
    PLENTY,
    Stores,
    a_claimed,
    a_handed_over_attempt,
    a_queued_attempt,
    an_accepted_job,
    attempt_of,
)

RECEIVED = [AttemptState.RECEIVED]
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=LEASE_SECONDS)


async def test_what_is_due_is_claimed_oldest_first_up_to_the_limit(stores: Stores) -> None:
    late = (await an_accepted_job(stores, due_at=NOON))[1]
    early = (await an_accepted_job(stores, due_at=NOON - SECOND))[1]
    tied = (await an_accepted_job(stores, due_at=NOON))[1]
    await an_accepted_job(stores, due_at=NOON + timedelta(microseconds=1))

    first_two = await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, 2)
    rest = await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, PLENTY)

    assert [attempt.attempt_id for attempt in first_two] == [early.attempt_id, late.attempt_id]
    assert [attempt.attempt_id for attempt in rest] == [tied.attempt_id]


async def test_the_oldest_goes_first_whatever_its_state(stores: Stores) -> None:
    states = [AttemptState.QUEUED, AttemptState.RECEIVED, AttemptState.WAITING, AttemptState.HANDED_OVER]
    for age, state in enumerate(states):
        job = a_job()
        attempt = an_attempt(job, state=state, due_at=NOON - age * SECOND)
        await stores.jobs.accept(job, attempt, daily_cap=PLENTY)

    claimed = [(await stores.jobs.claim(states, NOON, LEASE_SECONDS, 1))[0].state for _ in states]

    assert claimed == states[::-1]


async def test_only_the_asked_states_are_claimed(stores: Stores) -> None:
    _, received = await an_accepted_job(stores)
    queued = await a_queued_attempt(stores)

    claimed = await stores.jobs.claim(
        [AttemptState.QUEUED, AttemptState.WAITING], NOON, LEASE_SECONDS, PLENTY
    )

    assert [attempt.attempt_id for attempt in claimed] == [queued.attempt_id]
    assert await attempt_of(stores, received) == received


async def test_asking_for_no_state_claims_nothing(stores: Stores) -> None:
    await an_accepted_job(stores)

    assert await stores.jobs.claim([], NOON, LEASE_SECONDS, PLENTY) == []
    assert await stores.jobs.next_due([]) is None


@pytest.mark.parametrize("state", [AttemptState.UNKNOWN, AttemptState.EXPIRED])
async def test_states_outside_the_run_can_be_claimed_when_asked_for(
    stores: Stores, state: AttemptState
) -> None:
    job = a_job()
    await stores.jobs.accept(job, an_attempt(job, state=state), daily_cap=PLENTY)

    (claimed,) = await stores.jobs.claim([state], NOON, LEASE_SECONDS, PLENTY)

    assert claimed.state is state


async def test_a_claimed_attempt_is_the_stored_one_under_its_new_revision(stores: Stores) -> None:
    _, attempt = await an_accepted_job(stores)

    (claimed,) = await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, PLENTY)

    assert claimed.revision > attempt.revision
    assert claimed == await attempt_of(stores, attempt)


async def test_a_leased_attempt_is_nobody_elses_until_the_lease_ends(stores: Stores) -> None:
    _, attempt = await an_accepted_job(stores)
    first = await a_claimed(stores, attempt)
    before = NOON + LEASE - timedelta(microseconds=1)

    assert await stores.jobs.claim(RECEIVED, before, LEASE_SECONDS, PLENTY) == []

    (second,) = await stores.jobs.claim(RECEIVED, NOON + LEASE, LEASE_SECONDS, PLENTY)
    with pytest.raises(JobConflict):
        await stores.jobs.save(first.move(AttemptState.QUEUED), now=NOON)
    await stores.jobs.save(second.move(AttemptState.QUEUED), now=NOON)


async def test_saving_gives_the_lease_back(stores: Stores) -> None:
    _, attempt = await an_accepted_job(stores)
    claimed = await a_claimed(stores, attempt)

    await stores.jobs.save(claimed.postpone(NOON), now=NOON)

    assert len(await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, PLENTY)) == 1


async def test_parallel_claims_share_the_work_without_overlap(stores: Stores) -> None:
    for _ in range(30):
        await an_accepted_job(stores)

    batches = await asyncio.gather(*(stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, 4) for _ in range(10)))

    claimed = [attempt.attempt_id for batch in batches for attempt in batch]
    assert len(claimed) == len(set(claimed)) == 30


async def test_next_due_is_the_earliest_unleased_attempt_in_the_asked_states(stores: Stores) -> None:
    assert await stores.jobs.next_due(RECEIVED) is None
    await an_accepted_job(stores, due_at=NOON + 3 * SECOND)
    await an_accepted_job(stores, due_at=NOON)
    await a_queued_attempt(stores, due_at=NOON - SECOND)
    assert await stores.jobs.next_due(RECEIVED) == NOON

    await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, 1)

    assert await stores.jobs.next_due(RECEIVED) == NOON + 3 * SECOND
    assert await stores.jobs.next_due([*RECEIVED, AttemptState.QUEUED]) == NOON - SECOND


async def test_what_has_waited_in_the_queue_since_before_is_claimed_due_or_not(stores: Stores) -> None:
    old = await a_queued_attempt(stores, created_at=NOON - 3 * SECOND, due_at=NOON + SECOND)
    older = await a_handed_over_attempt(stores, created_at=NOON - 4 * SECOND)
    leased = await a_queued_attempt(stores, created_at=NOON - 4 * SECOND)
    await a_claimed(stores, leased)
    await a_queued_attempt(stores, created_at=NOON - 2 * SECOND)
    await an_accepted_job(stores, created_at=NOON - 3 * SECOND)
    moment = NOON - 2 * SECOND

    first = await stores.jobs.claim_queued_before(moment, NOON, LEASE_SECONDS, 1)
    rest = await stores.jobs.claim_queued_before(moment, NOON, LEASE_SECONDS, PLENTY)

    assert [attempt.attempt_id for attempt in first] == [older.attempt_id]
    assert [attempt.attempt_id for attempt in rest] == [old.attempt_id]
    assert await stores.jobs.claim_queued_before(moment, NOON, LEASE_SECONDS, PLENTY) == []
