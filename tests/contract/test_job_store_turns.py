"""Whose clip goes to the provider next."""

import asyncio
from datetime import timedelta

from bot.model import Attempt, AttemptState, HandedOver, Job, Place, PlaceKind
from bot.stores import Rate
from tests.builders import NOON, PROVIDER, a_job
from tests.contract.stores import LEASE_SECONDS, PLENTY, Stores, a_queued_attempt

A, B, C = 1300000000000000001, 1300000000000000002, 1300000000000000003
ADA, BOB, CAT = 1400000000000000001, 1400000000000000002, 1400000000000000003
READY_AT_MOST = 6
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=LEASE_SECONDS)
RATE = Rate(PLENTY, 10.0)
URL = "https://files.example/clip.mp4"


def job_in(guild_id: int | None, owner_id: int = ADA) -> Job:
    kind = PlaceKind.TEXT if guild_id else PlaceKind.DM
    return a_job(place=Place(guild_id, 5, kind), owner_id=owner_id)


async def queue(stores: Stores, guild_id: int | None, owner_id: int = ADA, times: int = 1) -> list[Attempt]:
    return [await a_queued_attempt(stores, job_in(guild_id, owner_id)) for _ in range(times)]


async def hand_over(stores: Stores, attempt: Attempt) -> Attempt:
    ready = attempt.move(AttemptState.HANDED_OVER, handed_over=HandedOver(URL, NOON))
    return await stores.jobs.save(ready, now=NOON)


async def turns(stores: Stores, limit: int = 1) -> list[Attempt]:
    return await stores.jobs.claim_turns(PROVIDER, NOON, LEASE_SECONDS, limit)


async def ready(stores: Stores, limit: int = 1) -> list[Attempt]:
    return await stores.jobs.claim_handed_over(PROVIDER, NOON, LEASE_SECONDS, limit)


async def serve(stores: Stores, times: int) -> list[Attempt]:
    """The next turns, each taken to its submission before the next one is given."""
    served = []
    for _ in range(times):
        (claimed,) = await turns(stores)
        await hand_over(stores, claimed)
        (handed_over,) = await ready(stores)
        assert await stores.jobs.begin_submission(handed_over, now=NOON, rate=RATE)
        served.append(handed_over)
    return served


async def places(stores: Stores, attempts: list[Attempt]) -> list[int | None]:
    jobs = [await stores.jobs.job(attempt.job_id) for attempt in attempts]
    return [job.order.place.guild_id for job in jobs if job]


async def owners(stores: Stores, attempts: list[Attempt]) -> list[int]:
    jobs = [await stores.jobs.job(attempt.job_id) for attempt in attempts]
    return [job.order.owner_id for job in jobs if job]


async def test_a_small_server_does_not_wait_behind_a_large_queue(stores: Stores) -> None:
    await queue(stores, A, times=30)
    assert await places(stores, await serve(stores, 3)) == [A, A, A]

    await queue(stores, B, times=5)
    await queue(stores, C)

    assert await places(stores, await serve(stores, 8)) == [B, C, A, B, A, B, A, B]


async def test_whoever_had_a_turn_longest_ago_is_next(stores: Stores) -> None:
    for guild_id in (A, B, C):
        await queue(stores, guild_id)
    await serve(stores, 3)

    for guild_id in (C, B, A):
        await queue(stores, guild_id)

    assert await places(stores, await serve(stores, 3)) == [A, B, C]


async def test_in_a_server_its_members_take_turns(stores: Stores) -> None:
    await queue(stores, A, ADA, times=5)
    await queue(stores, A, BOB, times=2)
    await queue(stores, A, CAT)

    assert await owners(stores, await serve(stores, 8)) == [ADA, BOB, CAT, ADA, BOB, ADA, ADA, ADA]


async def test_many_members_give_a_server_no_more_turns(stores: Stores) -> None:
    for owner_id in (ADA, BOB, CAT):
        await queue(stores, A, owner_id, times=2)
    await queue(stores, B, ADA, times=3)

    assert await places(stores, await serve(stores, 6)) == [A, B, A, B, A, B]


async def test_in_direct_messages_everybody_is_a_server_of_their_own(stores: Stores) -> None:
    for age, (guild_id, owner_id) in enumerate([(A, CAT), (None, BOB), *[(None, ADA)] * 3]):
        await a_queued_attempt(stores, job_in(guild_id, owner_id), due_at=NOON - age * SECOND)

    served = await serve(stores, 5)

    assert await owners(stores, served) == [ADA, BOB, CAT, ADA, ADA]


async def test_a_member_is_served_in_the_order_of_asking(stores: Stores) -> None:
    late = await a_queued_attempt(stores, job_in(A), due_at=NOON)
    early = await a_queued_attempt(stores, job_in(A), due_at=NOON - SECOND)

    assert [attempt.attempt_id for attempt in await serve(stores, 2)] == [early.attempt_id, late.attempt_id]


async def test_of_those_who_never_had_a_turn_the_first_to_come_is_first(stores: Stores) -> None:
    await a_queued_attempt(stores, job_in(A), due_at=NOON)
    await a_queued_attempt(stores, job_in(C), due_at=NOON - 2 * SECOND)
    await a_queued_attempt(stores, job_in(B), due_at=NOON - SECOND)

    assert await places(stores, await serve(stores, 3)) == [C, B, A]


async def test_what_is_handed_over_is_submitted_in_the_order_of_the_turns(stores: Stores) -> None:
    await queue(stores, A)
    await a_queued_attempt(stores, job_in(B), due_at=NOON - SECOND)
    await a_queued_attempt(stores, job_in(B), due_at=NOON - SECOND)
    given = await turns(stores, 3)
    for attempt in reversed(given):
        await hand_over(stores, attempt)

    assert await places(stores, given) == [B, A, B]
    (first,) = await ready(stores)
    assert [first.job_id, *[other.job_id for other in await ready(stores, 3)]] == [
        attempt.job_id for attempt in given
    ]


async def test_what_is_handed_over_gets_no_second_turn(stores: Stores) -> None:
    await queue(stores, A)
    (first,) = await turns(stores)
    await hand_over(stores, first)

    assert await turns(stores) == []


async def test_only_what_is_due_and_in_nobodys_hands_is_submitted(stores: Stores) -> None:
    await queue(stores, A, times=2)
    now, later = await turns(stores, 2)
    await hand_over(stores, now)
    rested = await hand_over(stores, later)
    await stores.jobs.save(rested.postpone(NOON + SECOND), now=NOON)

    assert [attempt.job_id for attempt in await ready(stores, 2)] == [now.job_id]
    assert await ready(stores, 2) == []
    (lapsed, rested) = await stores.jobs.claim_handed_over(PROVIDER, NOON + LEASE, LEASE_SECONDS, 2)
    assert [lapsed.job_id, rested.job_id] == [now.job_id, later.job_id]


async def test_parallel_claims_of_what_is_handed_over_share_nothing(stores: Stores) -> None:
    await queue(stores, A, times=READY_AT_MOST)
    for attempt in await turns(stores, READY_AT_MOST):
        await hand_over(stores, attempt)

    batches = await asyncio.gather(*(ready(stores, 2) for _ in range(READY_AT_MOST)))

    taken = [attempt.attempt_id for batch in batches for attempt in batch]
    assert len(taken) == len(set(taken)) == READY_AT_MOST


async def test_each_provider_has_a_queue_of_its_own(stores: Stores) -> None:
    elsewhere = await a_queued_attempt(stores, job_in(A), provider="another")
    await queue(stores, A, times=READY_AT_MOST)
    for attempt in await turns(stores, READY_AT_MOST + 1):
        await hand_over(stores, attempt)

    assert await stores.jobs.next_turn("another", NOON) == NOON
    assert await stores.jobs.next_handed_over("another") is None
    assert await stores.jobs.claim_handed_over("another", NOON, LEASE_SECONDS, PLENTY) == []
    (given,) = await stores.jobs.claim_turns("another", NOON, LEASE_SECONDS, PLENTY)
    await hand_over(stores, given)

    assert given.job_id == elsewhere.job_id
    assert await stores.jobs.next_handed_over("another") == NOON
    assert await stores.jobs.next_handed_over(PROVIDER) == NOON
    assert len(await ready(stores, PLENTY)) == READY_AT_MOST
    assert await stores.jobs.next_handed_over(PROVIDER) is None


async def test_a_turn_at_one_provider_counts_at_the_others(stores: Stores) -> None:
    await queue(stores, A)
    await serve(stores, 1)
    for guild_id in (A, B):
        await a_queued_attempt(stores, job_in(guild_id), provider="another")

    assert await places(stores, await stores.jobs.claim_turns("another", NOON, LEASE_SECONDS, 1)) == [B]


async def test_what_has_moved_to_another_provider_keeps_its_turn_there(stores: Stores) -> None:
    await queue(stores, A)
    (given,) = await turns(stores)
    moved = await stores.jobs.save(given.elsewhere("another", "ab" * 16, NOON), now=NOON)
    await a_queued_attempt(stores, job_in(B), provider="another")

    first, _ = await stores.jobs.claim_turns("another", NOON, LEASE_SECONDS, 2)

    assert await turns(stores) == []
    assert (first.job_id, first.callback_token) == (moved.job_id, "ab" * 16)
    assert await stores.jobs.attempt_of_token("ab" * 16) is not None
    assert await stores.jobs.attempt_of_token(given.callback_token) is None


async def test_several_turns_at_once_are_given_to_several_servers(stores: Stores) -> None:
    await queue(stores, A, times=3)
    await queue(stores, B)
    await queue(stores, C)

    assert await places(stores, await turns(stores, 4)) == [A, B, C, A]


async def test_an_attempt_that_was_put_back_has_kept_its_turn(stores: Stores) -> None:
    await queue(stores, A, times=2)
    (first,) = await turns(stores)
    await stores.jobs.save(first.postpone(NOON + SECOND), now=NOON)
    await queue(stores, B)

    assert await places(stores, await turns(stores)) == [B]
    (again,) = await stores.jobs.claim_turns(PROVIDER, NOON + SECOND, LEASE_SECONDS, 1)
    assert again.attempt_id == first.attempt_id


async def test_a_retry_waits_for_a_turn_like_everything_new(stores: Stores) -> None:
    await queue(stores, A)
    (first,) = await turns(stores)
    failed = await stores.jobs.save(first.move(AttemptState.FAILED, ended_at=NOON), now=NOON)
    await queue(stores, B)
    again = await a_retry(stores, failed)

    assert [attempt.job_id for attempt in await turns(stores, 2)][1] == again.job_id


async def a_retry(stores: Stores, failed: Attempt) -> Attempt:
    fresh = await a_queued_attempt(stores, job_in(C, CAT))
    await stores.jobs.save(fresh.move(AttemptState.CANCELLED), now=NOON)
    again = Attempt(
        attempt_id=f"{failed.attempt_id}-2",
        job_id=failed.job_id,
        number=2,
        state=AttemptState.QUEUED,
        provider=failed.provider,
        requested_by=failed.requested_by,
        callback_token=f"{failed.callback_token}2",
        created_at=NOON,
        due_at=NOON,
    )
    await stores.jobs.open_attempt(again, daily_cap=PLENTY)
    return again


async def test_no_more_is_made_ready_than_the_rate_can_take_soon(stores: Stores) -> None:
    await queue(stores, A, times=READY_AT_MOST + 2)
    resting_until = NOON + SECOND / 2
    for _ in range(READY_AT_MOST):
        (claimed,) = await turns(stores)
        ready = await hand_over(stores, claimed)
        await stores.jobs.save(ready.postpone(resting_until), now=NOON)

    assert await turns(stores, 3) == []
    assert await stores.jobs.next_turn(PROVIDER, NOON) is None

    (first, *_) = await stores.jobs.claim_handed_over(PROVIDER, resting_until, LEASE_SECONDS, 1)
    assert await stores.jobs.begin_submission(first, now=resting_until, rate=RATE)
    assert len(await turns(stores, 3)) == 1


async def test_what_waits_long_for_the_provider_holds_nobody_up(stores: Stores) -> None:
    await queue(stores, A, times=READY_AT_MOST + 1)
    for _ in range(READY_AT_MOST):
        (claimed,) = await turns(stores)
        ready = await hand_over(stores, claimed)
        await stores.jobs.save(ready.postpone(NOON + 60 * SECOND), now=NOON)

    assert await stores.jobs.next_turn(PROVIDER, NOON) == NOON
    assert len(await turns(stores, 3)) == 1


async def test_only_what_is_due_gets_a_turn(stores: Stores) -> None:
    await a_queued_attempt(stores, job_in(A), due_at=NOON + SECOND)
    assert await turns(stores) == []
    assert await stores.jobs.next_turn(PROVIDER, NOON) == NOON + SECOND

    assert len(await stores.jobs.claim_turns(PROVIDER, NOON + SECOND, LEASE_SECONDS, 1)) == 1
    assert await stores.jobs.next_turn(PROVIDER, NOON) is None


async def test_only_the_queue_has_turns(stores: Stores) -> None:
    (queued,) = await queue(stores, A)
    await stores.jobs.save(queued.move(AttemptState.CANCELLED), now=NOON)

    assert await turns(stores) == []


async def test_turns_taken_in_parallel_are_given_once_and_stay_fair(stores: Stores) -> None:
    for guild_id in (A, B, C):
        await queue(stores, guild_id, times=6)

    batches = await asyncio.gather(*(turns(stores, 2) for _ in range(6)))

    served = [attempt for batch in batches for attempt in batch]
    assert len({attempt.attempt_id for attempt in served}) == 12
    assert sorted(await places(stores, served), key=str) == [A] * 4 + [B] * 4 + [C] * 4
