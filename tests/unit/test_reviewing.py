"""Moderators say yes or no; what nobody decides about ends, and nothing is asked of a provider before."""

from datetime import timedelta

import pytest

from bot.errors import NotAllowed, NotFound, NotRetryable
from bot.fault import Fault
from bot.model import AttemptState, Person
from bot.moderation.servers import Approval, ServerSettings
from bot.notices import NoticeKind
from bot.refusals.reviews import ReviewOver
from bot.review import Flag, Review
from tests.builders import GUILD_ID, OWNER_ID
from tests.unit.engine_rig import Rig

S = AttemptState
OLA = Person(OWNER_ID + 1, GUILD_ID, may_manage=True)
TOM = Person(OWNER_ID + 2, GUILD_ID)
HOUR = timedelta(hours=1)


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_an_accepted_clip_of_a_held_order_waits_and_asks(rig: Rig) -> None:
    rig.world.settings[GUILD_ID] = ServerSettings(approval=Approval.ALL)
    attempt = await rig.in_review()
    assert rig.world.reviews[attempt.attempt_id].flags

    looked_at = await rig.advance(attempt)

    assert (looked_at.state, looked_at.due_at) == (S.REVIEW, rig.clock.now() + HOUR)
    assert rig.provider.submissions == []


async def test_a_yes_puts_it_in_the_queue_once(rig: Rig) -> None:
    attempt = await rig.in_review()
    rig.clock.advance(60)

    story = await rig.reviewing.approve(attempt.attempt_id, OLA)

    queued = rig.stored(attempt)
    assert (queued.state, queued.waits_since) == (S.QUEUED, rig.clock.now())
    assert story.review is not None
    assert (story.review.approved, story.review.decided_by) == (True, OLA.user_id)
    kinds = {notice.kind for notice in rig.world.announcements_of(attempt.job_id)}
    assert kinds == {NoticeKind.CARD, NoticeKind.THREAD, NoticeKind.REVIEW}
    with pytest.raises(ReviewOver):
        await rig.reviewing.reject(attempt.attempt_id, OLA, "too late")


async def test_a_no_ends_it_for_good_with_the_reason(rig: Rig) -> None:
    attempt = await rig.in_review()

    await rig.reviewing.reject(attempt.attempt_id, OLA, "not here", HOUR, blocks=True)

    ended = rig.stored(attempt)
    assert (ended.state, ended.fault) == (S.FAILED, Fault.NOT_APPROVED)
    assert rig.world.reviews[attempt.attempt_id].reason == "not here"
    assert rig.world.blocks[GUILD_ID, OWNER_ID].until == rig.clock.now() + HOUR
    assert [deed.action for deed in rig.world.deeds] == ["reject", "block"]


async def test_what_nobody_decides_ends_after_a_day_and_can_be_asked_again(rig: Rig) -> None:
    attempt = await rig.in_review()
    rig.clock.advance(24 * 3600)

    ended = await rig.advance(attempt)

    assert (ended.state, ended.fault) == (S.EXPIRED, Fault.NOT_REVIEWED)
    kinds = {notice.kind for notice in rig.world.announcements_of(attempt.job_id)}
    assert kinds == {NoticeKind.CARD, NoticeKind.FAILURE, NoticeKind.REVIEW}
    rig.world.settings[GUILD_ID] = ServerSettings(approval=Approval.ALL)
    again = await rig.desk.retry(attempt.job_id, 1, Person(OWNER_ID, GUILD_ID))
    assert again.state is S.REVIEW


async def test_nobody_decides_about_their_own_nor_without_the_right_nor_from_elsewhere(rig: Rig) -> None:
    attempt = await rig.in_review()
    mine = Person(OWNER_ID, GUILD_ID, may_manage=True)
    elsewhere = Person(OLA.user_id, GUILD_ID + 1, may_manage=True)

    for person, error in ((mine, NotAllowed), (TOM, NotAllowed), (elsewhere, NotFound)):
        for decide in (rig.reviewing.approve, rig.reviewing.open):
            with pytest.raises(error):
                await decide(attempt.attempt_id, person)
        with pytest.raises(error):
            await rig.reviewing.reject(attempt.attempt_id, person, "no")

    assert rig.stored(attempt) == attempt
    assert rig.world.deeds == []


async def test_what_was_turned_down_cannot_be_tried_again(rig: Rig) -> None:
    attempt = await rig.in_review()
    await rig.reviewing.reject(attempt.attempt_id, OLA, None)

    with pytest.raises(NotRetryable):
        await rig.desk.retry(attempt.job_id, 1, Person(OWNER_ID, GUILD_ID))


async def test_a_cancelled_question_is_shown_as_over(rig: Rig) -> None:
    attempt = await rig.in_review()

    await rig.desk.cancel(attempt.job_id, Person(OWNER_ID, GUILD_ID))

    kinds = {notice.kind for notice in rig.world.announcements_of(attempt.job_id)}
    assert NoticeKind.REVIEW in kinds
    with pytest.raises(ReviewOver):
        await rig.reviewing.approve(attempt.attempt_id, OLA)


async def test_a_received_clip_is_held_when_its_order_is(rig: Rig) -> None:
    attempt = await rig.received()
    rig.world.reviews[attempt.attempt_id] = Review(attempt.attempt_id, (Flag.NEWCOMER,))

    held = await rig.advance(attempt)

    assert held.state is S.REVIEW
    job = rig.world.jobs[attempt.job_id]
    assert job.clip is not None
    assert job.order.ticket.token == ""
