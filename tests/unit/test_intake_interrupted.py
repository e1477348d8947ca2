"""A new job whose answer, process or turn got lost on the way."""

from datetime import timedelta

import pytest

from bot.clip import StoredClip
from bot.errors import AttachmentUnreachable, ClipStoreUnavailable, DeliveryPostponed
from bot.fault import Fault
from bot.jobs.engine import STUMBLES_ALLOWED
from bot.model import TICKET_LIFE, AttemptState, Circuit, Person, Visibility
from bot.notices import NoticeKind
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER, an_order
from tests.fakes.clips import MemoryClipStore
from tests.fakes.editor import POSTER
from tests.unit.engine_rig import CLIP, KEPT, Rig, a_card

S = AttemptState


class StoreThatDies(MemoryClipStore):
    """Fails at one verb, once, before or after the work is done."""

    def __init__(self, *, keeps_first: bool) -> None:
        super().__init__()
        self._keeps_first = keeps_first
        self._deaths = 1

    async def keep(self, staged: StoredClip) -> StoredClip:
        if self._deaths and not self._keeps_first:
            self._deaths -= 1
            raise OSError("no space left on device")
        kept = await super().keep(staged)
        if self._deaths:
            self._deaths -= 1
            raise OSError("the disc went away")
        return kept


async def test_a_job_whose_answer_is_found_in_discord_gets_its_card_and_goes_on() -> None:
    rig, card = Rig(), a_card()
    story = await rig.desk.accept(an_order())
    rig.announcer.first_responses[story.job.order.ticket.interaction_id] = card

    queued = await rig.advance(story.attempt)

    assert queued.state is S.QUEUED
    assert rig.job_of(queued).card == card


async def test_a_job_nobody_was_told_of_is_forgotten() -> None:
    rig = Rig()
    story = await rig.desk.accept(an_order())
    claimed = await rig.claimed(story.attempt)

    await rig.engine.advance(claimed)

    assert not rig.world.jobs
    assert not rig.world.attempts
    assert rig.attachments.asked == []


async def test_while_discord_cannot_be_asked_the_job_waits_and_loses_no_try() -> None:
    rig = Rig()
    story = await rig.desk.accept(an_order())
    rig.announcer.refuse_questions(*[DeliveryPostponed(7.0, "503")] * 9)
    rig.clock.advance(20)

    for _ in range(9):
        waiting = await rig.advance(story.attempt)
        assert (waiting.state, waiting.tries) == (S.RECEIVED, 0)
        assert rig.wait_seconds(waiting) == 7.0

    assert rig.attachments.asked == []


@pytest.mark.parametrize("away_seconds", [0, 86_400])
async def test_a_private_job_that_was_acknowledged_is_never_lost(away_seconds: float) -> None:
    """Its answer leaves no card to know it by, and after a while Discord no longer knows it either."""
    rig = Rig()
    story = await rig.desk.accept(an_order(visibility=Visibility.PRIVATE))
    rig.clock.advance(2)
    await rig.desk.acknowledge(story.job.job_id, None)
    rig.clock.advance(away_seconds)

    queued = await rig.advance(story.attempt)

    assert queued.state is S.QUEUED
    assert rig.announcer.asked == []


async def test_a_clock_put_back_makes_no_job_look_acknowledged() -> None:
    rig = Rig()
    story = await rig.desk.accept(an_order())
    rig.announcer.refuse_questions(DeliveryPostponed(7.0, "503"))
    rig.clock.advance(-3600)

    await rig.advance(story.attempt)
    claimed = await rig.claimed(story.attempt)
    await rig.engine.advance(claimed)

    assert len(rig.announcer.asked) == 2
    assert not rig.world.jobs


async def test_a_private_job_that_was_not_acknowledged_is_asked_about_every_time() -> None:
    rig = Rig()
    story = await rig.desk.accept(an_order(visibility=Visibility.PRIVATE))
    rig.announcer.refuse_questions(DeliveryPostponed(7.0, "503"))
    rig.announcer.first_responses[story.job.order.ticket.interaction_id] = a_card()
    rig.attachments.spoil(AttachmentUnreachable("reset"))
    rig.clock.advance(20)

    for _ in range(3):
        await rig.advance(story.attempt)
        rig.clock.advance(10)

    assert rig.stored(story.attempt).state is S.QUEUED
    assert len(rig.announcer.asked) == 3


async def test_a_private_job_that_discord_cannot_tell_of_any_more_ends_with_a_word_to_its_owner() -> None:
    """They may have read that it begins, or that nobody answered: it neither begins nor vanishes."""
    rig = Rig()
    story = await rig.desk.accept(an_order(visibility=Visibility.PRIVATE))
    rig.clock.advance(TICKET_LIFE.total_seconds())

    rejected = await rig.advance(story.attempt)

    assert (rejected.state, rejected.fault) == (S.REJECTED, Fault.INTERRUPTED)
    assert (rig.announcer.asked, rig.attachments.asked) == ([], [])
    assert await rig.tell() == [NoticeKind.REFUSAL]
    assert not rig.world.jobs


async def test_a_private_job_that_discord_can_still_tell_of_is_asked_about() -> None:
    rig = Rig()
    await rig.desk.accept(an_order(visibility=Visibility.PRIVATE))
    shown = await rig.desk.accept(an_order(visibility=Visibility.PRIVATE))
    rig.announcer.first_responses[shown.job.order.ticket.interaction_id] = a_card()
    rig.clock.advance(TICKET_LIFE.total_seconds() - 1)

    for attempt in list(rig.world.attempts.values()):
        await rig.engine.advance(await rig.claimed(attempt))

    assert [attempt.state for attempt in rig.world.attempts.values()] == [S.QUEUED]


async def test_a_public_answer_is_looked_for_however_long_the_process_was_away() -> None:
    rig = Rig()
    story = await rig.desk.accept(an_order())
    rig.announcer.first_responses[story.job.order.ticket.interaction_id] = a_card()
    rig.clock.advance(86_400)

    assert (await rig.advance(story.attempt)).state is S.QUEUED


async def test_a_job_whose_card_is_known_asks_discord_nothing() -> None:
    rig = Rig()

    await rig.advance(await rig.received())

    assert rig.announcer.asked == []


async def test_a_private_answer_is_found_but_is_no_card() -> None:
    """What only one person sees cannot be edited later; the card comes by another way."""
    rig = Rig()
    story = await rig.desk.accept(an_order(visibility=Visibility.PRIVATE))
    rig.announcer.first_responses[story.job.order.ticket.interaction_id] = a_card()

    queued = await rig.advance(story.attempt)

    assert queued.state is S.QUEUED
    assert rig.job_of(queued).card is None


@pytest.mark.parametrize("keeps_first", [False, True])
async def test_a_crash_between_copying_and_keeping_is_repeated_without_a_trace(*, keeps_first: bool) -> None:
    rig = Rig(clips=StoreThatDies(keeps_first=keeps_first))
    attempt = await rig.received()

    stumbled = await rig.advance(attempt)
    queued = await rig.advance(attempt)

    assert (stumbled.state, stumbled.tries) == (S.RECEIVED, 1)
    assert queued.state is S.QUEUED
    clip = rig.job_of(attempt).clip
    assert clip is not None
    assert clip.poster is not None
    assert rig.clips.objects == {
        KEPT.key: CLIP,
        clip.stored.key: rig.attachments.content,
        clip.poster.key: POSTER,
    }
    assert rig.pending(attempt) == [NoticeKind.CARD, NoticeKind.THREAD]


async def test_what_a_killed_process_left_staged_is_replaced() -> None:
    rig = Rig()
    attempt = await rig.received()
    rig.clips.objects[f"incoming/{attempt.attempt_id}"] = b"half a cl"

    await rig.advance(attempt)

    assert rig.judge.judged == [rig.attachments.content]
    assert f"incoming/{attempt.attempt_id}" not in rig.clips.objects


async def test_a_judge_that_is_out_of_order_blames_no_clip() -> None:
    rig = Rig()
    attempt = await rig.received()
    rig.judge.object_with(RuntimeError("no reader"))

    stumbled = await rig.advance(attempt)

    assert (stumbled.state, stumbled.rule) == (S.RECEIVED, None)
    assert (await rig.advance(attempt)).state is S.QUEUED


async def test_what_keeps_breaking_before_anything_is_kept_ends_as_our_fault() -> None:
    rig = Rig()
    attempt = await rig.received()
    rig.judge.object_with(*[RuntimeError("no reader")] * STUMBLES_ALLOWED)

    waits = []
    for _ in range(STUMBLES_ALLOWED):
        await rig.advance(attempt)
        waits.append(rig.wait_seconds(attempt))

    rejected = rig.stored(attempt)
    assert (rejected.state, rejected.fault) == (S.REJECTED, Fault.INTERNAL)
    assert waits[:-1] == [30, 60, 90, 120]
    assert rig.pending(attempt) == [NoticeKind.CARD, NoticeKind.REFUSAL]


async def test_a_clip_store_that_stays_out_of_order_is_told_as_that() -> None:
    rig = Rig()
    attempt = await rig.received()
    rig.judge.object_with(*[ClipStoreUnavailable("incoming/1", "503") for _ in range(STUMBLES_ALLOWED)])

    for _ in range(STUMBLES_ALLOWED):
        await rig.advance(attempt)

    assert (rig.stored(attempt).state, rig.stored(attempt).fault) == (S.REJECTED, Fault.STORAGE)


async def test_behind_an_open_circuit_the_card_says_from_the_start_what_it_waits_for() -> None:
    rig = Rig()
    attempt = await rig.received()
    await rig.circuits.open(Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON + timedelta(hours=1)), NOON)

    queued = await rig.advance(attempt)

    assert (queued.state, queued.fault) == (S.QUEUED, Fault.MODEL_OFF)


async def test_a_job_cancelled_while_its_clip_is_copied_is_not_queued() -> None:
    rig = Rig()
    attempt = await rig.received()
    rig.jobs.before_save.append(lambda: rig.desk.cancel(attempt.job_id, Person(OWNER_ID, GUILD_ID)))

    ended = await rig.advance(attempt)

    assert ended.state is S.CANCELLED
    assert rig.job_of(attempt).clip is None
    assert rig.pending(attempt) == [NoticeKind.CARD]


async def test_a_job_that_is_gone_is_not_missed() -> None:
    rig = Rig()
    attempt = await rig.received()
    await rig.jobs.forget(attempt.job_id)

    await rig.engine.advance(attempt)

    assert rig.attachments.asked == []
