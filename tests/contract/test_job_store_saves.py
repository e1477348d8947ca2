"""Saving an attempt with all that follows, guarded by its revision."""

import asyncio
from datetime import timedelta

import pytest

from bot.clip import ClipRule
from bot.deeds import Deed
from bot.errors import JobConflict
from bot.fault import Fault
from bot.model import OPEN_STATES, Attempt, AttemptState, HandedOver, MessageRef
from bot.notices import NoticeKind, nonce_of
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_character, a_clip, a_job, an_attempt
from tests.contract.stores import (
    LEASE_SECONDS,
    PLENTY,
    Stores,
    a_claimed,
    a_failed_attempt,
    a_handed_over_attempt,
    a_queued_attempt,
    an_accepted_job,
    attempt_of,
)

MICROSECOND = timedelta(microseconds=1)


async def test_every_field_of_an_attempt_reads_back(stores: Stores) -> None:
    job, attempt = await an_accepted_job(stores)
    full = Attempt(
        attempt_id=attempt.attempt_id,
        job_id=job.job_id,
        number=1,
        state=AttemptState.FAILED,
        provider="another",
        requested_by=2**63 - 1,
        callback_token=attempt.callback_token,
        created_at=attempt.created_at,
        due_at=NOON + MICROSECOND,
        revision=attempt.revision,
        handed_over=HandedOver("https://files.example/a?b=c", NOON - MICROSECOND),
        submitted_at=NOON + 2 * MICROSECOND,
        task_id="task 1",
        polls=4,
        misses=3,
        tries=2,
        resubmissions=5,
        fault=Fault.LIKENESS,
        provider_code="501",
        provider_text="it said no",
        credits_spent=0.1,
        rule=ClipRule.TOO_LONG,
        rule_found="4.2 s",
        rule_accepted="1 to 4 s",
        ended_at=NOON + 3 * MICROSECOND,
    )

    saved = await stores.jobs.save(full, now=NOON)

    assert await attempt_of(stores, attempt) == saved
    assert saved == Attempt(
        **{name: getattr(full, name) for name in Attempt.__slots__ if name != "revision"},
        revision=saved.revision,
    )


async def test_a_saved_attempt_can_be_saved_again(stores: Stores) -> None:
    _, attempt = await an_accepted_job(stores)

    saved = await stores.jobs.save(attempt.postpone(NOON, tries=1), now=NOON)
    again = await stores.jobs.save(saved.postpone(NOON, tries=2), now=NOON)

    assert (await attempt_of(stores, attempt)).tries == 2
    assert again == await attempt_of(stores, attempt)


async def test_a_stale_copy_changes_nothing_at_all(stores: Stores) -> None:
    job, stale = await an_accepted_job(stores)
    current = await a_claimed(stores, stale)

    with pytest.raises(JobConflict) as caught:
        await stores.jobs.save(
            stale.move(AttemptState.QUEUED),
            now=NOON,
            notices=[NoticeKind.CARD, NoticeKind.RESULT],
            clip=a_clip(),
            character=a_character(stale),
            forget_ticket=True,
        )

    assert caught.value.row_id == stale.attempt_id
    story = await stores.jobs.story(job.job_id)
    assert story is not None
    assert (story.attempt, story.job, story.character) == (current, job, None)
    assert await stores.announcements.pending_of(job.job_id) == 0
    assert await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY) == []
    assert await stores.characters.of_owner(OWNER_ID, PLENTY) == []
    # The conflict has not given the other one's lease back either.
    assert await stores.jobs.claim([AttemptState.RECEIVED], NOON, LEASE_SECONDS, PLENTY) == []


async def test_of_parallel_saves_of_one_copy_exactly_one_wins(stores: Stores) -> None:
    attempt = await a_queued_attempt(stores)

    outcomes = await asyncio.gather(
        *(stores.jobs.save(attempt.postpone(NOON, tries=tries), now=NOON) for tries in range(20)),
        return_exceptions=True,
    )

    winners = [outcome for outcome in outcomes if isinstance(outcome, Attempt)]
    assert winners == [await attempt_of(stores, attempt)]
    assert sum(isinstance(outcome, JobConflict) for outcome in outcomes) == 19


async def test_a_clip_is_kept_on_the_job_and_the_attachments_address_erased(stores: Stores) -> None:
    job, attempt = await an_accepted_job(stores)

    await stores.jobs.save(attempt.move(AttemptState.QUEUED), now=NOON, clip=a_clip())

    stored = await stores.jobs.job(job.job_id)
    assert stored is not None
    assert stored.clip == a_clip()
    assert stored.order.attachment.url == ""
    assert stored.order.attachment.filename == job.order.attachment.filename
    assert stored.order.ticket == job.order.ticket


async def test_the_interactions_token_is_forgotten_when_asked(stores: Stores) -> None:
    job, attempt = await an_accepted_job(stores)

    await stores.jobs.save(attempt.move(AttemptState.QUEUED), now=NOON, forget_ticket=True)

    stored = await stores.jobs.job(job.job_id)
    assert stored is not None
    assert stored.order.ticket.token == ""
    assert stored.order.ticket.interaction_id == job.order.ticket.interaction_id
    assert stored.order.attachment == job.order.attachment


async def test_a_later_save_keeps_the_clip_and_the_card(stores: Stores) -> None:
    job, attempt = await an_accepted_job(stores)
    await stores.jobs.acknowledge(job.job_id, MessageRef(5, 6), NOON)
    queued = await stores.jobs.save(attempt.move(AttemptState.QUEUED), now=NOON, clip=a_clip())

    await stores.jobs.save(queued.postpone(NOON), now=NOON)

    stored = await stores.jobs.job(job.job_id)
    assert stored is not None
    assert (stored.clip, stored.card) == (a_clip(), MessageRef(5, 6))


async def test_placing_a_card_changes_nothing_else(stores: Stores) -> None:
    job, attempt = await an_accepted_job(stores)

    await stores.jobs.place_card(job.job_id, MessageRef(5, 6))

    story = await stores.jobs.story(job.job_id)
    assert story is not None
    assert story.job.card == MessageRef(5, 6)
    assert story.attempt == attempt


async def test_a_character_is_stored_with_the_success(stores: Stores) -> None:
    _, attempt = await an_accepted_job(stores)
    character = a_character(attempt, may_stop_working_at=NOON + MICROSECOND, guild_id=None)

    await stores.jobs.save(attempt.move(AttemptState.QUEUED), now=NOON, character=character)

    assert await stores.characters.of_owner(OWNER_ID, PLENTY) == [character]
    story = await stores.jobs.story(attempt.job_id)
    assert story is not None
    assert story.character == character


async def test_notices_become_pending_announcements_of_the_attempt_or_of_the_whole_job(
    stores: Stores,
) -> None:
    job = a_job()
    attempt = an_attempt(job, number=1, state=AttemptState.WAITING)
    await stores.jobs.accept(job, attempt, daily_cap=PLENTY)
    later = NOON + timedelta(seconds=7)

    await stores.jobs.save(
        attempt.move(AttemptState.FAILED), now=later, notices=[NoticeKind.FAILURE, NoticeKind.CARD]
    )

    assert await stores.announcements.pending_of(job.job_id) == 2
    (failure,) = await stores.announcements.claim(later, LEASE_SECONDS, PLENTY)
    await stores.announcements.park(failure, "gone")
    (card,) = await stores.announcements.claim(later, LEASE_SECONDS, PLENTY)
    assert (failure.kind, failure.attempt_number) == (NoticeKind.FAILURE, 1)
    assert (card.kind, card.attempt_number) == (NoticeKind.CARD, 0)
    for notice in (failure, card):
        assert notice.nonce == nonce_of(job.job_id, notice.attempt_number, notice.kind)
        assert (notice.due_at, notice.created_at, notice.tries) == (later, later, 0)
        assert notice.message is None


async def test_one_notice_of_a_kind_is_said_once_per_attempt(stores: Stores) -> None:
    attempt = await a_queued_attempt(stores)
    failed = await stores.jobs.save(attempt.move(AttemptState.FAILED), now=NOON, notices=[NoticeKind.FAILURE])
    (failure,) = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    await stores.announcements.park(failure, "gone")

    await stores.jobs.save(failed, now=NOON, notices=[NoticeKind.FAILURE])

    assert await stores.announcements.pending_of(attempt.job_id) == 0
    assert len(await stores.announcements.parked_of(attempt.job_id)) == 1


async def test_a_task_belongs_to_one_attempt(stores: Stores) -> None:
    first = await a_queued_attempt(stores)
    await stores.jobs.save(first.postpone(NOON, task_id="t"), now=NOON)
    second = await a_queued_attempt(stores)

    with pytest.raises(JobConflict):
        await stores.jobs.save(second.postpone(NOON, task_id="t"), now=NOON, notices=[NoticeKind.CARD])

    assert await attempt_of(stores, second) == second
    assert await stores.announcements.pending_of(second.job_id) == 0
    elsewhere = await a_queued_attempt(stores, provider="another")
    await stores.jobs.save(elsewhere.postpone(NOON, task_id="t"), now=NOON)


async def test_an_unknown_outcome_can_be_settled_later(stores: Stores) -> None:
    attempt = await a_handed_over_attempt(stores)
    submitting = await stores.jobs.save(attempt.move(AttemptState.SUBMITTING), now=NOON)
    unknown = await stores.jobs.save(
        submitting.move(AttemptState.UNKNOWN, fault=Fault.OUTCOME_UNKNOWN, ended_at=NOON), now=NOON
    )
    assert await stores.jobs.claim(OPEN_STATES, NOON, LEASE_SECONDS, PLENTY) == []

    waiting = await stores.jobs.save(unknown.move(AttemptState.WAITING, task_id="t", fault=None), now=NOON)

    assert await attempt_of(stores, attempt) == waiting
    assert (await a_claimed(stores, waiting)).task_id == "t"


async def test_what_somebody_does_about_anothers_job_is_noted_with_it_or_not_at_all(stores: Stores) -> None:
    _, attempt = await an_accepted_job(stores)
    cancelled = attempt.move(AttemptState.CANCELLED, ended_at=NOON)
    deed = Deed(GUILD_ID, OWNER_ID + 1, NOON, "cancel", "7F3A-21QX")

    await stores.jobs.save(cancelled, now=NOON, deed=deed)
    with pytest.raises(JobConflict):
        await stores.jobs.save(cancelled, now=NOON, deed=deed)

    assert await stores.servers.deeds(GUILD_ID, 9) == [deed]


async def test_a_further_attempt_that_somebody_else_asks_for_is_noted_with_it_or_not_at_all(
    stores: Stores,
) -> None:
    job = a_job()
    failed = await a_failed_attempt(stores, job)
    again = an_attempt(job, number=failed.number + 1)
    deed = Deed(GUILD_ID, OWNER_ID + 1, NOON, "retry", "7F3A-21QX")

    await stores.jobs.open_attempt(again, daily_cap=9, deed=deed)
    with pytest.raises(JobConflict):
        await stores.jobs.open_attempt(an_attempt(job, number=again.number), daily_cap=9, deed=deed)

    assert await stores.servers.deeds(GUILD_ID, 9) == [deed]
