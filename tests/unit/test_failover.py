"""A model is off: what waits for it is offered another provider, and gets there in one stored step."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from bot.clip import StoredClip
from bot.errors import (
    JobConflict,
    NotAllowed,
    NotFound,
    Refused,
    Unanswered,
)
from bot.fault import Fault
from bot.jobs.checkpoint import SAVE_TRIES
from bot.model import QUEUE_STATES, Attempt, AttemptState, Circuit, IllegalMoveError, Person, Place, PlaceKind
from bot.notices import NoticeKind
from bot.refusals.moves import NotMovable, Unmovable
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER, a_clip, a_snowflake, an_attempt
from tests.fakes.jobs import MemoryJobStore
from tests.fakes.provider import AT_ONCE, FakeProvider, Verb
from tests.unit.engine_rig import KEPT, Rig, until

S = AttemptState
OTHER, THIRD = "another", "a-third"
OFF = Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON + timedelta(days=3))
OWNER = Person(OWNER_ID, GUILD_ID)
MODERATOR = Person(a_snowflake(), GUILD_ID, may_manage=True)
STRANGER = Person(a_snowflake(), GUILD_ID)
PICTURE = b"\xff\xd8\xff a picture"
POSTER = StoredClip("sha256/kept/poster", sha256(PICTURE).hexdigest(), len(PICTURE))
CLIP = a_clip(stored=KEPT, poster=POSTER)
LIMIT_SECONDS = 20


def a_rig(*others: FakeProvider) -> Rig:
    """Two providers, the second of which makes characters of pictures at once."""
    rig = Rig(others=others or (FakeProvider(OTHER, capabilities=AT_ONCE),))
    rig.clips.objects[POSTER.key] = PICTURE
    return rig


async def stranded(rig: Rig, **changes: Any) -> Attempt:
    """An attempt that waits for a model that is off."""
    attempt = await rig.queued(**{"clip": CLIP} | changes)
    await rig.circuits.open(OFF, NOON)
    return rig.stored(attempt)


async def offered(rig: Rig, attempt: Attempt) -> str | None:
    """The provider that is offered for it."""
    other = (await rig.ways.described(await rig.story_of(attempt))).elsewhere
    return other.provider if other else None


async def refused(rig: Rig, attempt: Attempt, provider: str = OTHER) -> Unmovable:
    with pytest.raises(NotMovable) as caught:
        await rig.desk.make_elsewhere(attempt.job_id, provider, OWNER)
    assert rig.stored(attempt).provider == attempt.provider
    return caught.value.reason


async def decide(rig: Rig, value: str) -> None:
    await rig.servers.change(GUILD_ID, "failover", value, actor_id=MODERATOR.user_id, now=NOON)


# What is offered.


async def test_what_waits_for_a_model_that_is_off_is_offered_the_next_provider_with_what_differs() -> None:
    rig = a_rig()
    attempt = await stranded(rig)

    story = await rig.ways.described(await rig.story_of(attempt))

    assert story.elsewhere is not None
    assert (story.elsewhere.provider, story.elsewhere.label) == (OTHER, AT_ONCE.label)
    assert story.elsewhere.from_picture
    assert story.maker is not None
    assert (story.maker.provider, story.maker.from_picture) == (PROVIDER, False)


@pytest.mark.parametrize("fault", sorted(set(Fault) - {Fault.MODEL_OFF, Fault.FEATURE_OFF}))
async def test_what_another_model_would_meet_as_well_is_no_reason_to_go_there(fault: Fault) -> None:
    rig = a_rig()
    attempt = await rig.queued(clip=CLIP)
    await rig.circuits.open(replace(OFF, fault=fault), NOON)

    assert await offered(rig, attempt) is None
    assert await refused(rig, attempt) is Unmovable.ON_AGAIN


@pytest.mark.parametrize("state", sorted(set(S) - QUEUE_STATES))
async def test_what_does_not_wait_is_offered_nothing(state: AttemptState) -> None:
    rig = a_rig()
    attempt = await rig.in_state(state, clip=CLIP)
    await rig.circuits.open(OFF, NOON)

    assert await offered(rig, attempt) is None
    assert await refused(rig, rig.stored(attempt)) is Unmovable.NOT_WAITING


async def test_without_a_picture_only_a_provider_that_takes_clips_is_offered() -> None:
    rig = a_rig(FakeProvider(OTHER, capabilities=AT_ONCE), FakeProvider(THIRD))
    pictured, without = await stranded(rig), await stranded(rig, clip=a_clip(stored=KEPT))

    assert await offered(rig, pictured) == OTHER
    assert await offered(rig, without) == THIRD
    assert await refused(rig, without, OTHER) is Unmovable.NOT_TAKEN


async def test_a_provider_that_takes_nothing_either_is_not_offered() -> None:
    rig = a_rig()
    attempt = await stranded(rig)
    await rig.circuits.open(replace(OFF, provider=OTHER, fault=Fault.NO_CREDIT), NOON)

    assert await offered(rig, attempt) is None
    assert await refused(rig, attempt) is Unmovable.NOT_TAKEN


async def test_with_one_provider_nothing_is_offered() -> None:
    rig = Rig()
    attempt = await stranded(rig)

    assert await offered(rig, attempt) is None
    assert not await rig.moving_on.is_any()


async def test_a_server_may_not_want_it() -> None:
    rig = a_rig()
    attempt = await stranded(rig)
    await decide(rig, "off")

    assert await offered(rig, attempt) is None
    assert await refused(rig, attempt) is Unmovable.SWITCHED_OFF


async def test_in_direct_messages_it_is_asked() -> None:
    rig = a_rig()
    attempt = await stranded(rig, place=Place(None, 5, PlaceKind.DM))

    assert await offered(rig, attempt) == OTHER
    assert not await rig.moving_on.is_any()


async def test_what_waits_where_new_jobs_go_no_more_is_offered_what_is_listed() -> None:
    rig = a_rig()
    attempt = await rig.queued(clip=CLIP, provider="unheard-of")
    await rig.circuits.open(replace(OFF, provider="unheard-of"), NOON)

    assert await offered(rig, attempt) == PROVIDER
    assert (await rig.desk.make_elsewhere(attempt.job_id, PROVIDER, OWNER)).provider == PROVIDER


# What a press does.


@pytest.mark.parametrize("person", [OWNER, MODERATOR])
@pytest.mark.parametrize("state", sorted(QUEUE_STATES))
async def test_its_owner_or_a_moderator_moves_it_and_it_is_made_there_once(
    person: Person, state: AttemptState
) -> None:
    rig = a_rig()
    attempt = await rig.in_state(state, clip=CLIP)
    await rig.circuits.open(OFF, NOON)
    before = rig.stored(attempt)

    maker = await rig.desk.make_elsewhere(attempt.job_id, OTHER, person)
    moved = rig.stored(attempt)

    assert (maker.provider, moved.provider, moved.state) == (OTHER, OTHER, S.QUEUED)
    assert (moved.fault, moved.handed_over, moved.number) == (None, None, before.number)
    assert moved.callback_token != before.callback_token, "nothing said of the old order is about this one"
    assert rig.pending(attempt) == [NoticeKind.CARD]
    await rig.advance(moved)
    done = await rig.advance(rig.stored(attempt))
    assert done.state is S.SUCCEEDED
    (other,) = rig.others
    assert len(other.submissions) == 1
    assert other.hand_overs[0].content == PICTURE
    assert rig.provider.submissions == []


async def test_nobody_else_moves_it() -> None:
    rig = a_rig()
    attempt = await stranded(rig)

    with pytest.raises(NotAllowed):
        await rig.desk.make_elsewhere(attempt.job_id, OTHER, STRANGER)
    with pytest.raises(NotFound):
        await rig.desk.make_elsewhere(attempt.job_id, OTHER, Person(OWNER_ID, 99))
    assert rig.stored(attempt) == attempt


async def test_a_second_press_changes_nothing() -> None:
    rig = a_rig()
    attempt = await stranded(rig)
    await rig.desk.make_elsewhere(attempt.job_id, OTHER, OWNER)
    moved = rig.stored(attempt)

    with pytest.raises(NotMovable) as caught:
        await rig.desk.make_elsewhere(attempt.job_id, OTHER, OWNER)

    assert caught.value.reason is Unmovable.THERE_ALREADY
    assert rig.stored(attempt) == moved


async def test_when_the_model_is_back_it_goes_on_where_it_is() -> None:
    rig = a_rig()
    attempt = await stranded(rig)
    await rig.circuits.close(PROVIDER, NOON)

    assert await refused(rig, rig.stored(attempt)) is Unmovable.ON_AGAIN


async def test_a_provider_that_is_not_listed_takes_nothing() -> None:
    rig = a_rig()

    assert await refused(rig, await stranded(rig), "unheard-of") is Unmovable.NOT_TAKEN


async def test_a_worker_that_submits_in_between_wins() -> None:
    rig = a_rig()
    attempt = await rig.handed_over(clip=CLIP)
    await rig.circuits.open(OFF, NOON)
    marked = rig.stored(attempt).move(S.SUBMITTING)
    rig.jobs.before_save.append(lambda: MemoryJobStore.save(rig.jobs, marked, now=NOON))

    assert await refused(rig, rig.stored(attempt)) is Unmovable.NOT_WAITING
    assert rig.stored(attempt).state is S.SUBMITTING


async def test_a_worker_that_was_about_to_submit_does_not_any_more() -> None:
    rig = a_rig()
    attempt = await rig.handed_over(clip=CLIP)
    held = await rig.claimed(attempt)
    await rig.circuits.open(OFF, NOON)
    await rig.desk.make_elsewhere(attempt.job_id, OTHER, OWNER)

    await rig.engine.advance(held)

    assert rig.provider.submissions == []
    assert (rig.stored(attempt).provider, rig.stored(attempt).state) == (OTHER, S.QUEUED)


async def test_a_move_that_is_overtaken_again_and_again_gives_up() -> None:
    rig = a_rig()
    attempt = await stranded(rig)

    async def worker_saves() -> None:
        await MemoryJobStore.save(rig.jobs, rig.stored(attempt).postpone(NOON), now=NOON)

    rig.jobs.before_save.extend([worker_saves] * SAVE_TRIES)
    with pytest.raises(JobConflict):
        await rig.desk.make_elsewhere(attempt.job_id, OTHER, OWNER)

    assert rig.stored(attempt).provider == PROVIDER


def test_only_what_waits_can_change_its_provider() -> None:
    for state in set(S) - QUEUE_STATES:
        with pytest.raises(IllegalMoveError):
            an_attempt(state=state).elsewhere(OTHER, "ab" * 16, NOON)


# Where a further attempt goes.


async def test_a_retry_goes_where_the_attempt_before_was() -> None:
    rig = a_rig()
    attempt = await stranded(rig)
    await rig.desk.make_elsewhere(attempt.job_id, OTHER, OWNER)
    (other,) = rig.others
    other.fail(Verb.SUBMIT, Refused(Fault.LIKENESS))
    await rig.advance(rig.stored(attempt))
    assert (await rig.advance(rig.stored(attempt))).state is S.FAILED

    again = await rig.desk.retry(attempt.job_id, 1, OWNER)

    assert (again.provider, again.fault, again.number, again.state) == (OTHER, None, 2, S.QUEUED)


async def test_a_retry_of_what_was_made_where_nothing_is_made_any_more_goes_to_the_first() -> None:
    rig = a_rig()
    attempt = await rig.ended(S.FAILED, clip=CLIP, provider="unheard-of")

    assert (await rig.desk.retry(attempt.job_id, 1, OWNER)).provider == PROVIDER


async def test_what_is_lost_at_a_provider_that_answers_at_once_is_lost_for_good() -> None:
    rig = a_rig()
    (other,) = rig.others
    for made in (True, False):
        if made:
            other.lose_answer()
        else:
            other.fail(Verb.SUBMIT, Unanswered(Fault.NONSENSE))
        attempt = await rig.handed_over(clip=CLIP, provider=OTHER)
        unknown = await rig.advance(attempt)
        assert (unknown.state, unknown.fault) == (S.UNKNOWN, Fault.CHARACTER_LOST)
    found = await rig.advance(await rig.submitting(provider=OTHER))

    assert (found.state, found.fault) == (S.UNKNOWN, Fault.CHARACTER_LOST)


# By itself.


@asynccontextmanager
async def running(rig: Rig) -> AsyncIterator[None]:
    rig.runner.start()
    try:
        yield
    finally:
        await asyncio.wait_for(rig.runner.stop(), LIMIT_SECONDS)


async def until_made(rig: Rig, attempts: list[Attempt]) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        while not all(rig.stored(attempt).state is S.SUCCEEDED for attempt in attempts):
            rig.rung.clear()
            rig.clock.advance(5)  # the rate has a place again
            rig.bell.ring()
            await rig.rung.wait()
            await asyncio.sleep(0)


async def test_where_a_server_has_decided_so_it_goes_on_by_itself() -> None:
    rig = a_rig()
    await decide(rig, "automatic")
    moved = [await stranded(rig) for _ in range(5)]
    stays = await stranded(rig, place=Place(GUILD_ID + 1, 5, PlaceKind.TEXT))
    without_picture = await stranded(rig, clip=a_clip(stored=KEPT))

    async with running(rig):
        await until_made(rig, moved)

    (other,) = rig.others
    assert len(other.submissions) == len(moved)
    assert [rig.stored(one).provider for one in (stays, without_picture)] == [PROVIDER] * 2
    assert rig.provider.submissions == []


async def test_while_no_other_takes_anything_nothing_is_moved() -> None:
    rig = a_rig()
    await decide(rig, "automatic")
    attempt = await stranded(rig)
    await rig.circuits.open(replace(OFF, provider=OTHER), NOON)

    assert not await rig.moving_on.is_any()
    assert list(await rig.moving_on.claim(60.0, 5)) == []
    await rig.moving_on.move(attempt)
    assert rig.stored(attempt).provider == PROVIDER
    await rig.circuits.close(OTHER, NOON)
    assert await rig.moving_on.is_any()


async def test_a_queue_behind_a_model_that_is_off_does_not_hold_up_another() -> None:
    rig = a_rig()
    for _ in range(8):
        await rig.handed_over(clip=CLIP)
        await stranded(rig)
    elsewhere = [await rig.queued(clip=CLIP, provider=OTHER) for _ in range(3)]

    async with running(rig):
        await until_made(rig, elsewhere)

    assert rig.provider.submissions == []
    assert rig.provider.hand_overs == []


async def test_both_providers_share_the_accounts_rate() -> None:
    rig = a_rig()
    for provider in (PROVIDER, OTHER):
        for _ in range(3):
            await rig.handed_over(clip=CLIP, provider=provider)

    async with running(rig):
        await until(rig, lambda: len(rig.world.submissions) >= 2)
        for _ in range(50):
            await asyncio.sleep(0)

    (other,) = rig.others
    assert len(rig.provider.submissions) + len(other.submissions) == 2
