"""Choosing the picture that a character is made of: its owner's to do, while nothing is ordered."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from bot.clip import StoredClip
from bot.errors import ClipStoreUnavailable, NotFound
from bot.jobs.picturing import Picturing
from bot.model import Attempt, AttemptState, Person
from bot.notices import NoticeKind
from bot.refusals.library import ClipGone, PictureSettled, PictureUnavailable
from tests.builders import GUILD_ID, OWNER_ID, a_clip, a_snowflake
from tests.fakes.clips import MemoryClipStore
from tests.fakes.editor import POSTER, SHEET, FakeEditor, poster_at
from tests.fakes.jobs import MemoryJobStore
from tests.fakes.provider import AT_ONCE, FakeProvider
from tests.unit.engine_rig import KEPT, Rig

OWNER = Person(OWNER_ID, GUILD_ID)
STRANGER = Person(a_snowflake(), GUILD_ID, may_manage=True)
SHOWN = StoredClip("sha256/kept/poster", sha256(POSTER).hexdigest(), len(POSTER))
MOMENTS = [0, 500, 1000, 1500, 2000]
S = AttemptState
OPEN_TO_CHOICE = (S.QUEUED, S.HANDED_OVER, S.SUCCEEDED, S.FAILED, S.EXPIRED, S.CANCELLED, S.UNKNOWN)


def a_rig() -> Rig:
    """One whose provider takes pictures."""
    rig = Rig(provider=FakeProvider(capabilities=AT_ONCE))
    rig.clips.objects[SHOWN.key] = POSTER
    return rig


def picturing(rig: Rig) -> Picturing:
    return Picturing(jobs=rig.jobs, clips=rig.clips, editor=rig.editor, clock=rig.clock, ring=rig.bell.ring)


async def in_state(rig: Rig, state: AttemptState, poster: StoredClip | None = SHOWN) -> Attempt:
    clip = a_clip(stored=KEPT)
    facts = replace(clip.facts, seconds=2.04)
    return await rig.in_state(state, clip=replace(clip, facts=facts, poster=poster), provider="fake")


def picture_of(rig: Rig, attempt: Attempt) -> bytes:
    """What would be handed over now."""
    clip = rig.job_of(attempt).clip
    assert clip is not None
    assert clip.poster is not None
    return rig.clips.objects[clip.poster.key]


async def test_the_owner_sees_the_clip_at_every_half_second() -> None:
    rig = a_rig()
    attempt = await in_state(rig, S.QUEUED)

    glance = await picturing(rig).look(attempt.job_id, OWNER)

    assert (glance.sheet, glance.moments) == (SHEET, MOMENTS)
    assert rig.editor.stood == [MOMENTS]
    assert picture_of(rig, attempt) == POSTER


@pytest.mark.parametrize("state", OPEN_TO_CHOICE)
async def test_what_is_chosen_is_the_picture_that_is_used(state: AttemptState) -> None:
    rig = a_rig()
    attempt = await in_state(rig, state)

    shown = await picturing(rig).choose(attempt.job_id, 1500, OWNER)

    assert shown == picture_of(rig, attempt) == poster_at(1500)
    clip = rig.job_of(attempt).clip
    assert clip is not None
    assert clip.stored == KEPT


async def test_what_waits_is_made_of_it_and_its_card_is_drawn_again() -> None:
    rig = a_rig()
    attempt = await in_state(rig, S.QUEUED)
    await rig.tell()

    await picturing(rig).choose(attempt.job_id, 500, OWNER)
    assert rig.pending(attempt) == [NoticeKind.CARD]
    while rig.stored(attempt).is_open:
        await rig.advance(attempt)

    assert [one.content for one in rig.provider.hand_overs] == [poster_at(500)]
    assert rig.stored(attempt).state is S.SUCCEEDED


async def test_what_was_handed_over_already_is_handed_over_anew() -> None:
    rig = a_rig()
    attempt = await in_state(rig, S.HANDED_OVER)

    await picturing(rig).choose(attempt.job_id, 500, OWNER)

    stored = rig.stored(attempt)
    assert (stored.state, stored.handed_over, stored.due_at) == (S.QUEUED, None, rig.clock.now())


async def test_what_has_ended_keeps_the_card_that_it_has() -> None:
    rig = a_rig()
    attempt = await in_state(rig, S.SUCCEEDED)
    await rig.tell()

    await picturing(rig).choose(attempt.job_id, 500, OWNER)

    assert rig.pending(attempt) == []
    assert rig.stored(attempt).state is S.SUCCEEDED


@pytest.mark.parametrize("state", [S.RECEIVED, S.OFFERED, S.MENDING, S.SUBMITTING, S.WAITING])
async def test_before_a_clip_is_accepted_and_once_the_order_is_placed_nothing_is_chosen(
    state: AttemptState,
) -> None:
    rig = a_rig()
    attempt = await rig.in_state(state)

    for asking in (
        picturing(rig).look(attempt.job_id, OWNER),
        picturing(rig).choose(attempt.job_id, 500, OWNER),
    ):
        with pytest.raises(PictureSettled):
            await asking
    assert rig.stored(attempt).state is state


async def test_an_order_that_is_placed_while_the_picture_is_made_wins() -> None:
    rig = a_rig()
    attempt = await in_state(rig, S.QUEUED)

    async def ordered() -> None:
        for state in (S.HANDED_OVER, S.SUBMITTING):
            await MemoryJobStore.save(rig.jobs, rig.stored(attempt).move(state), now=rig.clock.now())

    rig.jobs.before_save.append(ordered)

    with pytest.raises(PictureSettled):
        await picturing(rig).choose(attempt.job_id, 500, OWNER)

    assert picture_of(rig, attempt) == POSTER
    assert rig.stored(attempt).state is S.SUBMITTING


async def test_two_choices_leave_the_later_one() -> None:
    rig = a_rig()
    attempt = await in_state(rig, S.QUEUED)

    for moment in (500, 1000):
        await picturing(rig).choose(attempt.job_id, moment, OWNER)

    assert picture_of(rig, attempt) == poster_at(1000)


async def test_nobody_else_sees_or_chooses_though_they_moderate() -> None:
    rig = a_rig()
    attempt = await in_state(rig, S.QUEUED)

    for job_id, person in ((attempt.job_id, STRANGER), ("0" * 26, OWNER)):
        with pytest.raises(NotFound):
            await picturing(rig).look(job_id, person)
        with pytest.raises(NotFound):
            await picturing(rig).choose(job_id, 500, person)

    assert picture_of(rig, attempt) == POSTER
    assert rig.editor.stood == []


@pytest.mark.parametrize("moment", [-1, 250, 2500, 10**30])
async def test_a_moment_that_was_not_offered_is_refused(moment: int) -> None:
    rig = a_rig()
    attempt = await in_state(rig, S.QUEUED)

    with pytest.raises(PictureUnavailable):
        await picturing(rig).choose(attempt.job_id, moment, OWNER)

    assert picture_of(rig, attempt) == POSTER


async def test_a_clip_without_any_picture_has_none_to_choose() -> None:
    rig = a_rig()
    attempt = await in_state(rig, S.FAILED, poster=None)

    with pytest.raises(ClipGone):
        await picturing(rig).look(attempt.job_id, OWNER)


async def test_a_clip_that_the_store_has_lost_is_said_and_leaves_the_job_alone() -> None:
    rig = a_rig()
    attempt = await in_state(rig, S.QUEUED)
    del rig.clips.objects[KEPT.key]

    with pytest.raises(ClipGone):
        await picturing(rig).look(attempt.job_id, OWNER)

    assert rig.stored(attempt) == attempt


async def test_a_store_or_an_editor_that_is_down_is_said_and_leaves_the_job_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = a_rig()
    attempt = await in_state(rig, S.QUEUED)

    async def down(_: object, __: object) -> None:
        raise ClipStoreUnavailable("sha256", "down")

    monkeypatch.setattr(MemoryClipStore, "keep", down)

    with pytest.raises(PictureUnavailable):
        await picturing(rig).choose(attempt.job_id, 500, OWNER)

    assert rig.stored(attempt) == attempt
    assert picture_of(rig, attempt) == POSTER


class SlowEditor(FakeEditor):
    """Takes its time."""

    async def stills(self, clip: AsyncIterator[bytes], milliseconds: Sequence[int]) -> bytes:
        await asyncio.sleep(0)
        return await super().stills(clip, milliseconds)


async def test_one_person_takes_one_place_at_a_time() -> None:
    rig = Rig(editor=SlowEditor())
    rig.clips.objects[SHOWN.key] = POSTER
    attempt = await in_state(rig, S.QUEUED)
    rig.clock.advance(timedelta(seconds=1).total_seconds())
    choosing = picturing(rig)

    outcomes = await asyncio.gather(
        *(choosing.look(attempt.job_id, OWNER) for _ in range(3)), return_exceptions=True
    )

    assert sum(isinstance(one, PictureUnavailable) for one in outcomes) == 2
    assert (await choosing.look(attempt.job_id, OWNER)).moments == MOMENTS
