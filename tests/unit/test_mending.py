"""Between a refused clip and the queue."""

from datetime import timedelta

import pytest

from bot.clip import ClipRule, Part
from bot.errors import (
    ClipMissing,
    ClipRejected,
    ClipStoreUnavailable,
    CuttingBusy,
    JobConflict,
    NotAllowed,
    NotFound,
    NotOffered,
    PartNotThere,
)
from bot.fault import Fault
from bot.jobs.desk import CUTS_AT_MOST
from bot.jobs.mending import OFFER_LASTS
from bot.model import AttemptState, Circuit, Person, Visibility
from bot.notices import NoticeKind
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER, a_snowflake
from tests.fakes.editor import POSTER, SHEET, clip_of
from tests.unit.engine_rig import CLIP, KEPT, Rig

S = AttemptState
CARD, OFFER, REFUSAL, THREAD = NoticeKind.CARD, NoticeKind.OFFER, NoticeKind.REFUSAL, NoticeKind.THREAD
OWNER = Person(OWNER_ID, GUILD_ID)
MODERATOR = Person(77, GUILD_ID, may_manage=True)
TOO_LONG = ClipRejected(ClipRule.TOO_LONG, found="12.00 s", accepted="1 to 4 s", mendable=True)
PART = Part(500, 3000)


async def test_a_clip_that_a_cut_can_mend_is_offered_with_a_suggestion() -> None:
    rig = Rig()
    attempt = await rig.received()
    rig.judge.object_with(TOO_LONG)

    offered = await rig.advance(attempt)

    assert (offered.state, offered.due_at) == (S.OFFERED, NOON + OFFER_LASTS)
    assert (offered.rule, offered.rule_found) == (ClipRule.TOO_LONG, "12.00 s")
    assert rig.pending(attempt) == [CARD, OFFER]
    offer = rig.job_of(attempt).offer
    assert offer is not None
    assert (offer.seconds, offer.part) == (12.0, Part(4000, 4000))
    assert rig.clips.objects[offer.source.key] == rig.attachments.content
    assert rig.clips.objects[offer.sheet.key] == SHEET
    assert rig.job_of(attempt).order.ticket.token != "", "the offer is still to be brought"
    assert rig.job_of(attempt).order.attachment.url == ""


async def test_a_clip_out_of_which_nothing_can_be_cut_is_refused_with_the_reason() -> None:
    rig = Rig()
    attempt = await rig.received()
    rig.judge.object_with(TOO_LONG)
    rig.editor.object_with(ClipRejected(ClipRule.UNDECODABLE, found="0 of 300 frames", accepted="a video"))

    rejected = await rig.advance(attempt)

    assert (rejected.state, rejected.rule) == (S.REJECTED, ClipRule.UNDECODABLE)
    assert rig.pending(attempt) == [CARD, REFUSAL]
    assert rig.clips.objects == {KEPT.key: CLIP}


async def test_a_store_that_fails_at_the_offer_is_tried_again() -> None:
    rig = Rig()
    attempt = await rig.received()
    rig.judge.object_with(TOO_LONG, TOO_LONG)
    rig.editor.object_with(ClipStoreUnavailable("incoming/1", "full"))

    stumbled = await rig.advance(attempt)
    offered = await rig.advance(attempt)

    assert (stumbled.state, stumbled.tries) == (S.RECEIVED, 1)
    assert offered.state is S.OFFERED


async def test_the_chosen_part_is_cut_judged_and_queued() -> None:
    rig = Rig()
    attempt = await rig.offered()
    source = rig.job_of(attempt).offer

    await rig.desk.choose(attempt.job_id, PART, OWNER)
    chosen = rig.stored(attempt)
    queued = await rig.advance(attempt)

    assert (chosen.state, chosen.due_at) == (S.MENDING, NOON)
    assert queued.state is S.QUEUED
    assert source is not None
    assert rig.editor.cuts == [PART]
    assert rig.judge.judged == [clip_of(3.0)]
    job = rig.job_of(attempt)
    assert job.clip is not None
    assert job.clip.poster is not None
    assert rig.clips.objects[job.clip.stored.key] == clip_of(3.0)
    assert rig.clips.objects[job.clip.poster.key] == POSTER
    assert job.offer is None
    assert job.order.ticket.token == ""
    assert rig.pending(attempt) == [CARD, THREAD]


async def test_a_cut_clip_waits_like_any_other_while_the_model_is_off() -> None:
    rig = Rig()
    attempt = await rig.mending()
    await rig.circuits.open(Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON), NOON)

    assert (await rig.advance(attempt)).fault is Fault.MODEL_OFF


@pytest.mark.parametrize("broken", ["editor", "judge"])
async def test_a_part_that_comes_out_unusable_is_refused_with_the_reason(broken: str) -> None:
    rig = Rig()
    attempt = await rig.mending()
    unusable = ClipRejected(ClipRule.UNDECODABLE, found="nothing", accepted="a video")
    (rig.editor if broken == "editor" else rig.judge).object_with(unusable)

    rejected = await rig.advance(attempt)

    assert (rejected.state, rejected.rule, rejected.fault) == (S.REJECTED, ClipRule.UNDECODABLE, None)
    assert rig.pending(attempt) == [CARD, REFUSAL]
    assert rig.job_of(attempt).clip is None


async def test_a_source_that_the_store_has_lost_is_told_as_that() -> None:
    rig = Rig()
    attempt = await rig.mending()
    rig.editor.object_with(ClipMissing(KEPT.key))

    rejected = await rig.advance(attempt)

    assert (rejected.state, rejected.fault) == (S.REJECTED, Fault.CLIP_MISSING)


async def test_a_cut_that_breaks_off_is_begun_anew_and_given_up_after_a_few_times() -> None:
    rig = Rig()
    attempt = await rig.mending()
    rig.editor.object_with(*[OSError("no child could be started")] * 5)

    for tries in range(1, 5):
        assert (await rig.advance(attempt)).tries == tries
    rejected = await rig.advance(attempt)

    assert (rejected.state, rejected.fault) == (S.REJECTED, Fault.INTERNAL)


async def test_an_offer_that_nobody_takes_up_lapses() -> None:
    rig = Rig()
    attempt = await rig.offered()
    rig.clock.advance(OFFER_LASTS.total_seconds() - 1)
    early = await rig.jobs.claim({S.OFFERED}, rig.clock.now(), 60, 9)
    rig.clock.advance(1)

    [claimed] = await rig.jobs.claim({S.OFFERED}, rig.clock.now(), 60, 9)
    await rig.engine.advance(claimed)

    assert early == []
    lapsed = rig.stored(attempt)
    assert (lapsed.state, lapsed.fault) == (S.REJECTED, Fault.PART_NOT_CHOSEN)
    assert rig.pending(attempt) == [CARD, REFUSAL]


async def test_a_private_job_lapses_in_private() -> None:
    rig = Rig()
    attempt = await rig.offered(visibility=Visibility.PRIVATE, card=None)

    await rig.advance(attempt)

    assert rig.pending(attempt) == [REFUSAL]


async def test_only_the_owner_sees_the_offer_and_chooses() -> None:
    rig = Rig()
    attempt = await rig.offered()
    elsewhere = Person(OWNER_ID, a_snowflake())

    for person, refusal in (
        (MODERATOR, NotAllowed),
        (Person(78, GUILD_ID), NotAllowed),
        (elsewhere, NotFound),
    ):
        with pytest.raises(refusal):
            await rig.desk.offer(attempt.job_id, person)
        with pytest.raises(refusal):
            await rig.desk.choose(attempt.job_id, PART, person)
    story, offer = await rig.desk.offer(attempt.job_id, OWNER)

    assert rig.stored(attempt) == attempt
    assert (story.attempt, offer.seconds) == (attempt, 12.0)


@pytest.mark.parametrize("state", sorted(set(S) - {S.OFFERED}))
async def test_nothing_is_chosen_in_any_other_state(state: AttemptState) -> None:
    rig = Rig()
    attempt = await rig.in_state(state)

    with pytest.raises(NotOffered) as refusal:
        await rig.desk.choose(attempt.job_id, PART, OWNER)

    assert refusal.value.state is state
    assert rig.stored(attempt) == attempt


@pytest.mark.parametrize("part", [Part(0, 500), Part(0, 4500), Part(8500, 4000), Part(-500, 2000)])
async def test_a_part_that_the_clip_does_not_have_is_refused(part: Part) -> None:
    rig = Rig()
    attempt = await rig.offered()

    with pytest.raises(PartNotThere):
        await rig.desk.choose(attempt.job_id, part, OWNER)

    assert rig.stored(attempt) == attempt


async def test_of_two_presses_one_is_late() -> None:
    rig = Rig()
    attempt = await rig.offered()
    other = attempt.postpone(attempt.due_at)

    await rig.desk.choose(attempt.job_id, PART, OWNER)

    with pytest.raises(NotOffered):
        await rig.desk.choose(attempt.job_id, PART, OWNER)
    with pytest.raises(JobConflict):
        await rig.jobs.begin_mending(other.move(S.MENDING), PART, now=NOON, own_limit=9, limit=9)


async def test_one_clip_of_a_person_is_cut_at_a_time() -> None:
    rig = Rig()
    first, second = await rig.offered(), await rig.offered()
    await rig.desk.choose(first.job_id, PART, OWNER)

    with pytest.raises(CuttingBusy) as busy:
        await rig.desk.choose(second.job_id, PART, OWNER)
    await rig.advance(first)
    await rig.desk.choose(second.job_id, PART, OWNER)

    assert (busy.value.own, busy.value.limit) == (True, 1)
    assert rig.stored(second).state is S.MENDING


async def test_only_so_many_clips_wait_to_be_cut() -> None:
    rig = Rig()
    for _ in range(CUTS_AT_MOST):
        await rig.mending(owner_id=a_snowflake())
    attempt = await rig.offered()

    with pytest.raises(CuttingBusy) as busy:
        await rig.desk.choose(attempt.job_id, PART, OWNER)

    assert not busy.value.own
    assert rig.stored(attempt) == attempt


@pytest.mark.parametrize("state", [S.OFFERED, S.MENDING])
async def test_a_clip_that_is_not_to_be_used_after_all_is_let_go(state: AttemptState) -> None:
    rig = Rig()
    attempt = await rig.in_state(state)

    await rig.desk.cancel(attempt.job_id, OWNER)
    rig.clock.advance(timedelta(days=1).total_seconds())

    assert rig.stored(attempt).state is S.CANCELLED
    assert await rig.jobs.wanted_keys() == set()
