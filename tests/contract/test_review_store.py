"""What waits for a moderator, and the decision that is one transaction with what follows from it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.deeds import Deed
from bot.errors import JobConflict
from bot.fault import Fault
from bot.model import Attempt, AttemptState, Job, Person, Subject
from bot.moderation.gates import Block
from bot.notices import NoticeKind
from bot.review import Flag, Review
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_clip, a_job, an_attempt
from tests.contract.stores import LEASE_SECONDS, PLENTY, Stores, attempt_of

S = AttemptState
MODERATOR, CHANNEL = OWNER_ID + 5, 1300000000000000077
OWNER = Person(OWNER_ID, GUILD_ID)
ASKED = (NoticeKind.CARD, NoticeKind.REVIEW)


async def set_to(stores: Stores, **settings: str) -> None:
    for name, value in settings.items():
        await stores.servers.change(GUILD_ID, name, value, actor_id=MODERATOR, now=NOON)


async def an_order(stores: Stores, **changes: object) -> tuple[Job, Attempt, Review | None]:
    job = a_job(**{"created_at": NOON, "owner_id": OWNER_ID, "card": None} | changes)
    attempt = an_attempt(job)
    return job, attempt, await stores.jobs.accept(job, attempt, daily_cap=PLENTY, person=OWNER)


async def in_review(stores: Stores, **changes: object) -> tuple[Attempt, Review]:
    """A held attempt with its clip, and what is asked about it."""
    await set_to(stores, approval="all", review_channel=str(CHANNEL))
    _, attempt, review = await an_order(stores, **changes)
    assert review is not None
    held = attempt.move(S.REVIEW, due_at=NOON + timedelta(hours=1), waits_since=NOON)
    return await stores.jobs.save(held, now=NOON, notices=ASKED, clip=a_clip()), review


async def decide(
    stores: Stores, attempt: Attempt, review: Review, *, approved: bool, block: Block | None = None
) -> Review:
    state, fault = (S.QUEUED, None) if approved else (S.FAILED, Fault.NOT_APPROVED)
    decided = replace(review, approved=approved, decided_at=NOON, decided_by=MODERATOR, reason="because")
    deed = Deed(GUILD_ID, MODERATOR, NOON, "approve" if approved else "reject", "7F3A-21QX", None, "because")
    moved = attempt.move(state, fault=fault)
    await stores.reviews.decide(moved, decided, deed=deed, block=block, notices=ASKED)
    return decided


async def test_what_needs_a_yes_is_stored_with_the_order_and_is_part_of_its_story(stores: Stores) -> None:
    await set_to(stores, review_channel=str(CHANNEL), newcomer_days="none")

    job, attempt, review = await an_order(stores, subject=Subject.PERSON_WITH_PERMISSION)
    _, _, unasked = await an_order(stores, prompt="a robot")

    assert review == Review(attempt.attempt_id, (Flag.OTHER_PERSON,), CHANNEL)
    assert unasked is None
    assert await stores.reviews.of_attempt(attempt.attempt_id) == review
    story = await stores.jobs.story(job.job_id)
    assert story is not None
    assert story.review == review
    assert await stores.reviews.story(attempt.attempt_id) == story
    assert await stores.reviews.of_attempt("nobody's") is None
    assert await stores.reviews.story("nobody's") is None


async def test_the_soft_limit_counts_in_the_transaction_that_takes_the_place(stores: Stores) -> None:
    await set_to(stores, quota_soft_per_day="1")

    _, _, first = await an_order(stores)
    _, _, second = await an_order(stores, prompt="another")

    assert first is None
    assert second is not None
    assert second.flags == (Flag.OVER_SOFT_LIMIT,)


async def test_what_waits_is_listed_the_oldest_first_and_in_its_own_server_only(stores: Stores) -> None:
    later, _ = await in_review(stores, created_at=NOON + timedelta(minutes=5), prompt="later")
    first, _ = await in_review(stores, prompt="first")

    waiting = await stores.reviews.waiting(GUILD_ID, PLENTY)

    assert [one.attempt.attempt_id for one in waiting] == [first.attempt_id, later.attempt_id]
    assert [one.attempt for one in await stores.reviews.waiting(GUILD_ID, 1)] == [first]
    assert [one.attempt for one in await stores.reviews.waiting(GUILD_ID, 1, 1)] == [
        one.attempt for one in waiting[1:2]
    ]
    assert await stores.reviews.count_waiting(GUILD_ID) == len(waiting)
    assert await stores.reviews.count_waiting(GUILD_ID + 1) == 0
    assert await stores.reviews.waiting(GUILD_ID + 1, PLENTY) == []


@pytest.mark.parametrize("approved", [True, False])
async def test_a_decision_moves_the_attempt_and_is_noted_at_once(stores: Stores, approved: bool) -> None:
    attempt, review = await in_review(stores)

    decided = await decide(stores, attempt, review, approved=approved)

    story = await stores.reviews.story(attempt.attempt_id)
    assert story is not None
    assert story.review == decided
    assert story.attempt.state is (S.QUEUED if approved else S.FAILED)
    assert story.attempt.waits_since == NOON
    assert await stores.reviews.waiting(GUILD_ID, PLENTY) == []
    (deed,) = await stores.servers.deeds(GUILD_ID, 1)
    assert (deed.actor_id, deed.after) == (MODERATOR, "because")


async def test_the_first_decision_counts_and_the_second_changes_nothing(stores: Stores) -> None:
    attempt, review = await in_review(stores)
    decided = await decide(stores, attempt, review, approved=True)

    with pytest.raises(JobConflict):
        await decide(stores, attempt, review, approved=False, block=Block(OWNER_ID))

    assert await stores.reviews.of_attempt(attempt.attempt_id) == decided
    assert await stores.gates.blocks(GUILD_ID, NOON) == []


async def test_a_block_is_stored_with_the_decision(stores: Stores) -> None:
    attempt, review = await in_review(stores)

    await decide(stores, attempt, review, approved=False, block=Block(OWNER_ID, NOON + timedelta(days=1)))

    assert [one.user_id for one in await stores.gates.blocks(GUILD_ID, NOON)] == [OWNER_ID]
    assert [deed.action for deed in await stores.servers.deeds(GUILD_ID, 2)] == ["block", "reject"]


async def test_the_question_is_asked_once_and_shown_again_when_it_is_decided(stores: Stores) -> None:
    attempt, review = await in_review(stores)
    claimed = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    assert {one.kind for one in claimed} <= set(ASKED)
    before = await question(stores, attempt)

    await decide(stores, attempt, review, approved=True)

    assert await question(stores, attempt) == before + 1


async def question(stores: Stores, attempt: Attempt) -> int:
    """How often it was armed."""
    for _ in range(3):
        now = NOON + timedelta(hours=1)
        for one in await stores.announcements.claim(now, LEASE_SECONDS, PLENTY):
            if one.kind is NoticeKind.REVIEW:
                await stores.announcements.postpone(one, NOON)
                return one.revision
            await stores.announcements.park(one, "gone")
    raise AssertionError(attempt)


async def test_a_retry_of_what_was_approved_needs_no_other_yes(stores: Stores) -> None:
    attempt, review = await in_review(stores)
    await decide(stores, attempt, review, approved=True)
    queued = await attempt_of(stores, attempt)
    await stores.jobs.save(queued.move(S.FAILED), now=NOON)

    again = await stores.jobs.open_attempt(next_of(queued), daily_cap=PLENTY, person=OWNER)

    assert again.state is S.QUEUED
    assert await stores.reviews.of_attempt(again.attempt_id) is None


async def test_a_retry_of_what_nobody_approved_is_judged_anew(stores: Stores) -> None:
    attempt, _ = await in_review(stores)
    await stores.jobs.save(attempt.move(S.EXPIRED, fault=Fault.NOT_REVIEWED), now=NOON)

    again = await stores.jobs.open_attempt(next_of(attempt), daily_cap=PLENTY, person=OWNER)

    assert again.state is S.REVIEW
    assert await attempt_of(stores, again) == again
    review = await stores.reviews.of_attempt(again.attempt_id)
    assert review == Review(again.attempt_id, (Flag.EVERYTHING,), CHANNEL)


async def test_a_day_in_the_queue_begins_with_the_yes(stores: Stores) -> None:
    attempt, review = await in_review(stores)
    await decide(stores, replace(attempt, waits_since=NOON + timedelta(hours=23)), review, approved=True)

    assert await stores.jobs.oldest_queued() == NOON + timedelta(hours=23)
    noon = NOON + timedelta(minutes=1)
    assert await stores.jobs.claim_queued_before(noon, noon, LEASE_SECONDS, PLENTY) == []
    late = NOON + timedelta(hours=23, minutes=1)
    assert len(await stores.jobs.claim_queued_before(late, late, LEASE_SECONDS, PLENTY)) == 1


async def test_a_forgotten_job_takes_its_question_along(stores: Stores) -> None:
    attempt, _ = await in_review(stores)

    await stores.jobs.forget(attempt.job_id)

    assert await stores.reviews.of_attempt(attempt.attempt_id) is None


def next_of(attempt: Attempt) -> Attempt:
    return an_attempt(number=2, state=S.QUEUED, job_id=attempt.job_id, created_at=NOON, requested_by=OWNER_ID)
