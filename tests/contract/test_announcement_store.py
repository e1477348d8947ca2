"""The outbox: what is claimed, and what becomes of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.model import Attempt, MessageRef
from bot.notices import Announcement, NoticeKind, NoticeState
from bot.ports import Delivered
from tests.builders import NOON, a_job
from tests.contract.stores import LEASE_SECONDS, PLENTY, Stores, a_queued_attempt, an_accepted_job

CARD, THREAD = NoticeKind.CARD, NoticeKind.THREAD
RESULT, FAILURE = NoticeKind.RESULT, NoticeKind.FAILURE
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=LEASE_SECONDS)
MESSAGE = MessageRef(2**62, 2**62 + 1)


async def announced(stores: Stores, *kinds: NoticeKind, now: datetime = NOON) -> Attempt:
    """A stored attempt with announcements that are due."""
    _, attempt = await an_accepted_job(stores)
    return await stores.jobs.save(attempt, now=now, notices=kinds)


async def claim(stores: Stores, now: datetime = NOON, limit: int = PLENTY) -> list[Announcement]:
    return await stores.announcements.claim(now, LEASE_SECONDS, limit)


async def the_only(stores: Stores, now: datetime = NOON) -> Announcement:
    (announcement,) = await claim(stores, now)
    return announcement


def kinds_of(announcements: Sequence[Announcement]) -> list[NoticeKind]:
    return [announcement.kind for announcement in announcements]


async def test_what_is_due_is_claimed_oldest_first_up_to_the_limit(stores: Stores) -> None:
    second = await announced(stores, CARD, now=NOON)
    first = await announced(stores, CARD, now=NOON - SECOND)
    third = await announced(stores, CARD, now=NOON)
    await announced(stores, CARD, now=NOON + SECOND)

    two = await claim(stores, limit=2)
    rest = await claim(stores)

    assert [notice.job_id for notice in two] == [first.job_id, second.job_id]
    assert [notice.job_id for notice in rest] == [third.job_id]


async def test_a_leased_announcement_is_nobody_elses_until_the_lease_ends(stores: Stores) -> None:
    await announced(stores, CARD)
    claimed = await the_only(stores)

    assert await claim(stores, NOON + LEASE - timedelta(microseconds=1)) == []
    assert (await the_only(stores, NOON + LEASE)).announcement_id == claimed.announcement_id


async def test_one_announcement_per_job_is_told_at_a_time(stores: Stores) -> None:
    await announced(stores, CARD, RESULT)
    await announced(stores, RESULT)

    first = await claim(stores)
    second = await claim(stores)

    assert kinds_of(first) == [RESULT, RESULT]
    assert second == []
    await stores.announcements.mark_delivered(first[0], Delivered(MESSAGE), NOON)
    assert kinds_of(await claim(stores)) == [CARD]


async def test_parallel_claims_never_share_a_job(stores: Stores) -> None:
    for _ in range(12):
        await announced(stores, CARD, RESULT)

    batches = await asyncio.gather(*(claim(stores, limit=5) for _ in range(8)))

    jobs = [notice.job_id for batch in batches for notice in batch]
    assert len(jobs) == len(set(jobs)) == 12


@pytest.mark.parametrize("kind", [RESULT, FAILURE, NoticeKind.ATTEMPT])
async def test_the_thread_comes_before_what_belongs_into_it(stores: Stores, kind: NoticeKind) -> None:
    await announced(stores, kind, THREAD)
    thread = await the_only(stores)
    assert thread.kind is THREAD

    await stores.announcements.postpone(thread, NOON + LEASE)
    assert await claim(stores) == []

    again = await the_only(stores, NOON + LEASE)
    assert again.kind is THREAD
    await stores.announcements.mark_delivered(again, Delivered(thread_id=7), NOON + LEASE)
    assert (await the_only(stores, NOON + LEASE)).kind is kind


async def test_a_thread_that_was_given_up_holds_nothing_up(stores: Stores) -> None:
    await announced(stores, THREAD, RESULT)
    await stores.announcements.park(await the_only(stores), "no permission")

    assert (await the_only(stores)).kind is RESULT


@pytest.mark.parametrize("kind", [CARD, NoticeKind.REFUSAL])
async def test_a_waiting_thread_does_not_hold_up_what_is_told_elsewhere(
    stores: Stores, kind: NoticeKind
) -> None:
    await announced(stores, THREAD, kind)
    thread = await the_only(stores)
    await stores.announcements.postpone(thread, NOON + LEASE)

    assert (await the_only(stores)).kind is kind


async def test_a_waiting_card_holds_nothing_up(stores: Stores) -> None:
    await announced(stores, CARD, NoticeKind.ATTEMPT)
    card = await the_only(stores)
    await stores.announcements.postpone(card, NOON + LEASE)

    assert (await the_only(stores)).kind is NoticeKind.ATTEMPT


async def test_what_is_said_once_is_said_in_the_order_in_which_it_happened(stores: Stores) -> None:
    attempt = await announced(stores, FAILURE)
    failure = await the_only(stores)
    await stores.announcements.postpone(failure, NOON + 2 * SECOND)
    await stores.jobs.save(attempt, now=NOON, notices=[RESULT])

    assert await claim(stores, NOON + SECOND) == []
    assert (await the_only(stores, NOON + 2 * SECOND)).kind is FAILURE


async def test_a_card_that_is_redrawn_all_the_time_starves_nothing_else(stores: Stores) -> None:
    attempt = await announced(stores, CARD, NoticeKind.ATTEMPT)
    await stores.announcements.mark_delivered(await the_only(stores), Delivered(MESSAGE), NOON)
    await stores.jobs.save(attempt, now=NOON + SECOND, notices=[CARD])

    assert (await the_only(stores, NOON + SECOND)).kind is NoticeKind.ATTEMPT


async def test_a_delivered_announcement_is_known_by_its_message_and_not_told_again(stores: Stores) -> None:
    await announced(stores, FAILURE)
    failure = await the_only(stores)
    assert await stores.announcements.by_message(MESSAGE) is None

    await stores.announcements.mark_delivered(failure, Delivered(MESSAGE), NOON)

    found = await stores.announcements.by_message(MESSAGE)
    assert found is not None
    assert found.announcement_id == failure.announcement_id
    assert (found.state, found.message) == (NoticeState.DELIVERED, MESSAGE)
    assert await stores.announcements.by_message(MessageRef(MESSAGE.channel_id, 1)) is None
    assert await stores.announcements.by_message(MessageRef(1, MESSAGE.message_id)) is None
    assert await claim(stores, NOON + 2 * LEASE) == []


async def test_a_delivery_without_a_message_is_delivered(stores: Stores) -> None:
    await announced(stores, THREAD)

    await stores.announcements.mark_delivered(await the_only(stores), Delivered(), NOON)

    assert await claim(stores, NOON + 2 * LEASE) == []


async def test_a_failure_that_came_up_without_being_said_is_still_to_be_said(stores: Stores) -> None:
    attempt = await announced(stores, FAILURE)
    first = await the_only(stores)
    await stores.announcements.mark_delivered(first, Delivered(), NOON)

    await stores.jobs.save(replace(attempt, revision=1), now=NOON, notices=[FAILURE])

    again = await the_only(stores)
    assert (again.announcement_id, again.nonce) == (first.announcement_id, first.nonce)


async def test_a_failure_is_said_once(stores: Stores) -> None:
    attempt = await announced(stores, FAILURE)
    await stores.announcements.mark_delivered(await the_only(stores), Delivered(MESSAGE), NOON)

    await stores.jobs.save(replace(attempt, revision=1), now=NOON, notices=[FAILURE])

    assert await claim(stores) == []


async def test_a_failure_that_was_given_up_stays_given_up(stores: Stores) -> None:
    attempt = await announced(stores, FAILURE)
    await stores.announcements.park(await the_only(stores), "gone")

    await stores.jobs.save(replace(attempt, revision=1), now=NOON, notices=[FAILURE])

    assert await claim(stores) == []


async def test_where_card_and_thread_are_is_stored_on_the_job(stores: Stores) -> None:
    attempt = await announced(stores, THREAD)
    delivered = Delivered(MESSAGE, card=MessageRef(1, 2), thread_id=2**62)

    await stores.announcements.mark_delivered(await the_only(stores), delivered, NOON)

    job = await stores.jobs.job(attempt.job_id)
    assert job is not None
    assert (job.card, job.thread_id) == (MessageRef(1, 2), 2**62)


async def test_a_cards_message_is_the_jobs_card(stores: Stores) -> None:
    attempt = await announced(stores, CARD)

    await stores.announcements.mark_delivered(await the_only(stores), Delivered(MESSAGE), NOON)

    job = await stores.jobs.job(attempt.job_id)
    assert job is not None
    assert (job.card, job.thread_id) == (MESSAGE, None)


async def test_a_results_message_is_not_the_jobs_card(stores: Stores) -> None:
    job = a_job()
    attempt = await a_queued_attempt(stores, job)
    await stores.jobs.place_card(job.job_id, MessageRef(1, 2))
    await stores.jobs.save(attempt, now=NOON, notices=[RESULT])

    await stores.announcements.mark_delivered(await the_only(stores), Delivered(MESSAGE), NOON)

    stored = await stores.jobs.job(job.job_id)
    assert stored is not None
    assert stored.card == MessageRef(1, 2)


@pytest.mark.parametrize("kind", [CARD, THREAD])
async def test_a_notice_of_the_whole_job_is_armed_again_as_the_same_notice(
    stores: Stores, kind: NoticeKind
) -> None:
    attempt = await announced(stores, kind)
    first = await the_only(stores)
    await stores.announcements.mark_delivered(first, Delivered(MESSAGE), NOON)

    await stores.jobs.save(attempt, now=NOON + SECOND, notices=[kind])

    again = await the_only(stores, NOON + SECOND)
    assert (again.announcement_id, again.nonce, again.message) == (
        first.announcement_id,
        first.nonce,
        MESSAGE,
    )
    assert (again.due_at, again.created_at, again.tries) == (NOON + SECOND, first.created_at, 0)


async def test_a_card_armed_while_it_is_delivered_is_drawn_once_more(stores: Stores) -> None:
    attempt = await announced(stores, CARD)
    card = await the_only(stores)

    await stores.jobs.save(attempt, now=NOON + SECOND, notices=[CARD])

    assert await claim(stores, NOON + SECOND) == [], "two deliveries of one card would race"
    await stores.announcements.mark_delivered(card, Delivered(MESSAGE), NOON + SECOND)
    job = await stores.jobs.job(attempt.job_id)
    assert job is not None
    assert job.card == MESSAGE
    again = await the_only(stores, NOON + SECOND)
    assert (again.announcement_id, again.message) == (card.announcement_id, MESSAGE)
    await stores.announcements.mark_delivered(again, Delivered(MESSAGE), NOON + SECOND)
    assert await claim(stores, NOON + 2 * LEASE) == []


async def test_a_card_armed_while_its_delivery_fails_is_tried_at_once(stores: Stores) -> None:
    attempt = await announced(stores, CARD)
    card = await the_only(stores)
    await stores.jobs.save(attempt, now=NOON + SECOND, notices=[CARD])

    await stores.announcements.postpone(card, NOON + LEASE)

    assert (await the_only(stores, NOON + SECOND)).tries == 0


async def test_a_card_armed_while_it_is_given_up_is_tried_once_more(stores: Stores) -> None:
    attempt = await announced(stores, CARD)
    card = await the_only(stores)
    await stores.jobs.save(attempt, now=NOON + SECOND, notices=[CARD])

    await stores.announcements.park(card, "channel gone")

    assert await stores.announcements.parked_of(attempt.job_id) == []
    assert (await the_only(stores, NOON + SECOND)).announcement_id == card.announcement_id


async def test_arming_again_forgets_earlier_tries(stores: Stores) -> None:
    attempt = await announced(stores, CARD)
    await stores.announcements.postpone(await the_only(stores), NOON + LEASE)

    await stores.jobs.save(attempt, now=NOON + SECOND, notices=[CARD])

    assert (await the_only(stores, NOON + SECOND)).tries == 0


async def test_a_parked_card_that_is_armed_again_is_pending_without_a_reason(stores: Stores) -> None:
    attempt = await announced(stores, CARD)
    await stores.announcements.park(await the_only(stores), "channel gone")

    await stores.jobs.save(attempt, now=NOON, notices=[CARD])

    card = await the_only(stores)
    assert (card.state, card.parked_reason) == (NoticeState.PENDING, None)


async def test_postponing_counts_a_try_and_waits(stores: Stores) -> None:
    await announced(stores, RESULT)
    result = await the_only(stores)

    await stores.announcements.postpone(result, NOON + 3 * SECOND)

    assert await claim(stores, NOON + 2 * SECOND) == []
    again = await the_only(stores, NOON + 3 * SECOND)
    assert (again.announcement_id, again.tries) == (result.announcement_id, 1)


async def test_a_late_postponement_does_not_undo_a_delivery(stores: Stores) -> None:
    await announced(stores, RESULT)
    late = await the_only(stores)
    current = await the_only(stores, NOON + LEASE)
    await stores.announcements.mark_delivered(current, Delivered(MESSAGE), NOON + LEASE)
    delivered = await stores.announcements.by_message(MESSAGE)

    await stores.announcements.postpone(late, NOON)
    await stores.announcements.park(late, "too late")

    assert await claim(stores, NOON + 3 * LEASE) == []
    assert delivered is not None
    assert delivered.state is NoticeState.DELIVERED
    assert await stores.announcements.by_message(MESSAGE) == delivered


async def test_what_cannot_be_told_is_kept_with_its_reason(stores: Stores) -> None:
    attempt = await announced(stores, RESULT, CARD)
    result = await the_only(stores)

    await stores.announcements.park(result, "channel gone")

    (parked,) = await stores.announcements.parked_of(attempt.job_id)
    assert (parked.kind, parked.parked_reason) == (RESULT, "channel gone")
    assert await stores.announcements.parked_of("01K") == []
    assert await stores.announcements.pending_of(attempt.job_id) == 1


async def test_pending_counts_what_is_leased_or_not_yet_due_as_well(stores: Stores) -> None:
    attempt = await announced(stores, CARD, FAILURE)
    await the_only(stores)
    assert await stores.announcements.pending_of(attempt.job_id) == 2

    assert await stores.announcements.pending_of("01K") == 0


async def test_pending_can_leave_out_the_one_that_is_being_told(stores: Stores) -> None:
    attempt = await announced(stores, CARD, RESULT)
    (card,) = await claim(stores)

    assert await stores.announcements.pending_of(attempt.job_id, besides=card) == 1
    await stores.announcements.mark_delivered(card, Delivered(MESSAGE), NOON)
    assert await stores.announcements.pending_of(attempt.job_id, besides=card) == 1


async def test_next_due_is_when_something_can_be_claimed(stores: Stores) -> None:
    assert await stores.announcements.next_due() is None
    await announced(stores, CARD, now=NOON + 5 * SECOND)
    await announced(stores, RESULT, now=NOON + 3 * SECOND)
    assert await stores.announcements.next_due() == NOON + 3 * SECOND

    await claim(stores, NOON + 3 * SECOND)

    assert await stores.announcements.next_due() == NOON + 5 * SECOND


async def test_next_due_passes_over_what_is_held_up(stores: Stores) -> None:
    await announced(stores, THREAD, RESULT)
    await stores.announcements.postpone(await the_only(stores), NOON + 9 * SECOND)

    assert await stores.announcements.next_due() == NOON + 9 * SECOND
