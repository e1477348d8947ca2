"""Making a character of the library again at another provider: one attempt, and its old id is kept."""

import asyncio
from dataclasses import replace
from hashlib import sha256

import pytest

from bot.clip import StoredClip
from bot.errors import LimitReached, NotFound
from bot.fault import Fault
from bot.jobs.characters.library import Entry
from bot.jobs.characters.renewal import Remake
from bot.model import Attempt, AttemptState, Character, Circuit, Person
from bot.moderation.gates import Pause
from bot.ports import Broke
from bot.refusals.entries import ServerPaused
from bot.refusals.library import BeingRenewed, ClipGone, NotMadeThere, RenewedSince
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER, a_character, a_clip, a_snowflake
from tests.fakes.provider import AT_ONCE, FakeProvider
from tests.unit.engine_rig import KEPT, Rig

SECOND = "another"
OWNER = Person(OWNER_ID, GUILD_ID)
STRANGER = Person(a_snowflake(), GUILD_ID, may_manage=True)
PICTURE = b"\xff\xd8\xff the picture"
POSTER = StoredClip("sha256/kept/poster", sha256(PICTURE).hexdigest(), len(PICTURE))
S = AttemptState


def a_rig(daily_cap: int = 50) -> Rig:
    rig = Rig(daily_cap=daily_cap, others=[FakeProvider(SECOND, capabilities=AT_ONCE)])
    rig.clips.objects[POSTER.key] = PICTURE
    return rig


async def made(rig: Rig, poster: StoredClip | None = POSTER) -> Character:
    """A character of a job that ended well, at the first provider."""
    attempt = await rig.waiting(task_id="task_first", clip=replace(a_clip(stored=KEPT), poster=poster))
    character = a_character(attempt, name="Fen", provider_character_id="char_old", may_stop_working_at=NOON)
    await rig.jobs.save(attempt.move(S.SUCCEEDED, ended_at=NOON), now=NOON, character=character)
    await rig.tell()
    return character


def latest(rig: Rig, character: Character) -> Attempt:
    return rig.world.attempts_of(character.job_id)[-1]


def number(rig: Rig, character: Character) -> int:
    return latest(rig, character).number


async def carried_through(rig: Rig, character: Character) -> Attempt:
    attempt = latest(rig, character)
    while attempt.is_open:
        attempt = await rig.advance(attempt)
    return attempt


async def makers(rig: Rig, character: Character) -> list[str]:
    entry: Entry = await rig.library.entry(OWNER, character.character_id)
    assert entry.story is not None
    return [maker.provider for maker in await rig.renewals.makers(entry.character, entry.story)]


@pytest.mark.parametrize(("poster", "offered"), [(POSTER, [SECOND]), (None, [])])
async def test_it_is_offered_where_it_was_not_made_and_what_it_takes_is_kept(
    poster: StoredClip | None, offered: list[str]
) -> None:
    rig = a_rig()

    assert await makers(rig, await made(rig, poster)) == offered


async def test_it_is_not_offered_where_nothing_is_taken_now() -> None:
    rig = a_rig()
    character = await made(rig)
    await rig.circuits.open(Circuit(SECOND, Fault.NO_CREDIT, NOON, NOON), NOON)

    assert await makers(rig, character) == []
    with pytest.raises(NotMadeThere):
        await rig.renewals.make_elsewhere(OWNER, "Fen", SECOND, 1)
    assert number(rig, character) == 1


@pytest.mark.parametrize("provider", [PROVIDER, "", "unheard-of"])
async def test_where_it_was_made_and_where_nobody_is_are_refused(provider: str) -> None:
    rig = a_rig()
    character = await made(rig)

    with pytest.raises(NotMadeThere):
        await rig.renewals.elsewhere(OWNER, "Fen", provider)
    with pytest.raises(NotMadeThere):
        await rig.renewals.make_elsewhere(OWNER, "Fen", provider, 1)

    assert number(rig, character) == 1


async def test_asking_changes_nothing_and_says_what_would_be() -> None:
    rig = a_rig()
    character = await made(rig)

    remake = await rig.renewals.elsewhere(OWNER, "fen", SECOND)

    assert (remake.character, remake.maker.provider, remake.after) == (character, SECOND, 1)
    assert remake.maker.from_picture
    assert not remake.may_cost_twice
    assert number(rig, character) == 1


async def test_it_is_a_further_attempt_there_and_the_old_id_becomes_a_former_one() -> None:
    rig = a_rig()
    character = await made(rig)

    await rig.renewals.make_elsewhere(OWNER, "Fen", SECOND, 1)
    queued = latest(rig, character)
    ended = await carried_through(rig, character)

    assert (queued.number, queued.provider, queued.renews) == (2, SECOND, character.character_id)
    assert ended.state is S.SUCCEEDED
    (sent,) = rig.others[0].hand_overs
    assert sent.content == PICTURE
    assert rig.provider.submissions == []
    entry = await rig.library.entry(OWNER, "char_old")
    assert (entry.character.character_id, entry.character.name) == (character.character_id, "Fen")
    assert entry.character.provider == SECOND
    assert entry.former_ids == ["char_old"]
    assert await makers(rig, character) == [PROVIDER], "and it can go back"


async def test_if_it_fails_there_the_character_is_as_it_was() -> None:
    rig = a_rig()
    character = await made(rig)
    await rig.renewals.make_elsewhere(OWNER, "Fen", SECOND, 1)

    await rig.jobs.save(latest(rig, character).move(S.FAILED, fault=Fault.LIKENESS), now=NOON)

    assert rig.world.characters[character.character_id] == character
    retried = await rig.desk.retry(character.job_id, 2, OWNER)
    assert (retried.provider, retried.renews) == (SECOND, character.character_id)


async def test_several_presses_at_once_make_one_attempt() -> None:
    rig = a_rig()
    character = await made(rig)

    outcomes = await asyncio.gather(
        *(rig.renewals.make_elsewhere(OWNER, "Fen", SECOND, 1) for _ in range(4)),
        rig.renewals.renew(OWNER, "Fen"),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Remake | Character) for one in outcomes) == 1
    assert sum(isinstance(one, BeingRenewed) for one in outcomes) == 4
    assert number(rig, character) == 2


async def test_a_press_from_before_the_latest_attempt_is_late() -> None:
    rig = a_rig()
    character = await made(rig)
    await rig.renewals.renew(OWNER, "Fen")
    attempt = latest(rig, character)
    while attempt.is_open:
        if attempt.state is S.WAITING:
            rig.provider.tasks[attempt.task_id or ""] = Broke(Fault.LIKENESS)
        attempt = await rig.advance(attempt)

    with pytest.raises(RenewedSince):
        await rig.renewals.make_elsewhere(OWNER, "Fen", SECOND, 1)

    assert number(rig, character) == 2


async def test_after_a_lost_answer_it_says_that_it_may_cost_twice_and_leaves_it_to_the_owner() -> None:
    rig = a_rig()
    character = await made(rig)
    await rig.renewals.renew(OWNER, "Fen")
    for state in (S.HANDED_OVER, S.SUBMITTING, S.UNKNOWN):
        await rig.jobs.save(latest(rig, character).move(state), now=NOON)

    remake = await rig.renewals.elsewhere(OWNER, "Fen", SECOND)

    assert remake.may_cost_twice
    await rig.renewals.make_elsewhere(OWNER, "Fen", SECOND, remake.after)
    assert number(rig, character) == 3


async def test_somebody_elses_character_is_not_found_though_they_moderate() -> None:
    rig = a_rig()
    character = await made(rig)

    with pytest.raises(NotFound):
        await rig.renewals.elsewhere(STRANGER, character.character_id, SECOND)
    with pytest.raises(NotFound):
        await rig.renewals.make_elsewhere(STRANGER, character.character_id, SECOND, 1)

    assert number(rig, character) == 1


async def test_a_picture_that_the_store_has_lost_is_said_before_anything_is_opened() -> None:
    rig = a_rig()
    character = await made(rig)
    del rig.clips.objects[POSTER.key]

    with pytest.raises(ClipGone):
        await rig.renewals.make_elsewhere(OWNER, "Fen", SECOND, 1)

    assert number(rig, character) == 1


async def test_a_clip_that_was_given_up_is_said_at_once() -> None:
    rig = a_rig()
    character = await made(rig)
    await rig.characters.delete(OWNER_ID, character.character_id)
    rig.world.characters[character.character_id] = character

    with pytest.raises(ClipGone):
        await rig.renewals.elsewhere(OWNER, "Fen", SECOND)


async def test_it_keeps_to_the_limits_of_any_attempt_wherever_it_is_asked_for() -> None:
    rig = a_rig(daily_cap=1)
    character = await made(rig)

    with pytest.raises(LimitReached):
        await rig.renewals.make_elsewhere(OWNER, "Fen", SECOND, 1)
    await rig.gates.pause(GUILD_ID, Pause(), actor_id=OWNER_ID, now=NOON)
    for person in (OWNER, Person(OWNER_ID, None)):
        with pytest.raises(ServerPaused):
            await rig.renewals.make_elsewhere(person, "Fen", SECOND, 1)

    assert number(rig, character) == 1
