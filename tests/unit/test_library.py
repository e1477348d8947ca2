"""What members may do with characters, and that those of others do not exist."""

from dataclasses import replace

import pytest

from bot.errors import NotFound, TextTooLong
from bot.jobs.characters.library import REFERENCE_LIMIT, Member
from bot.model import Attempt, AttemptState, Character, Person
from bot.refusals.library import BeingRenewed, NameEmpty, NameTaken, NotShareable, Unshareable
from tests.builders import GUILD_ID, OWNER_ID, a_character, a_snowflake
from tests.unit.engine_rig import KEPT, Rig

OWNER = Person(OWNER_ID, GUILD_ID)
FRIEND = Person(a_snowflake(), GUILD_ID)
MODERATOR = Person(a_snowflake(), GUILD_ID, may_manage=True)
NONSENSE = ["", "   ", "``", "12345", "a" * (REFERENCE_LIMIT + 1), "x" * 10_240, "\0", "fen\0", "\ud800", "%"]


async def made(rig: Rig, **changes: object) -> Character:
    """A character of a job that ended well."""
    attempt = await rig.waiting(task_id=f"task_{a_snowflake()}")
    character = a_character(attempt, **changes)
    await rig.jobs.save(attempt.move(AttemptState.SUCCEEDED), now=rig.clock.now(), character=character)
    return rig.world.characters[character.character_id]


async def test_ones_own_character_is_found_by_any_of_its_names_with_what_it_came_of() -> None:
    rig = Rig()
    mine = await made(rig, name="Mira")

    for reference in (mine.character_id, mine.provider_character_id, "mIRA", f" `{mine.character_id}`\n"):
        entry = await rig.library.entry(OWNER, reference)
        assert entry.character == mine
        assert entry.story is not None
        assert entry.story.job.clip is not None
        assert await rig.library.character(OWNER, reference) == mine
    assert await rig.library.own(OWNER) == await rig.library.usable(OWNER) == [mine]


async def test_somebody_elses_character_looks_like_none_even_to_moderators() -> None:
    rig = Rig()
    mine = await made(rig)

    for person in (FRIEND, MODERATOR):
        for look in (rig.library.entry, rig.library.character, rig.library.delete):
            with pytest.raises(NotFound) as hidden:
                await look(person, mine.provider_character_id)
            with pytest.raises(NotFound) as absent:
                await look(person, "char_nobody")
            assert str(hidden.value) == str(absent.value)
        assert await rig.library.usable(person) == []


@pytest.mark.parametrize("reference", NONSENSE)
async def test_an_id_that_is_none_is_not_found_by_anything(reference: str) -> None:
    rig = Rig()
    await made(rig, name="Fen")

    for asked in (
        rig.library.entry(OWNER, reference),
        rig.library.character(OWNER, reference),
        rig.library.rename(OWNER, reference, "Owl"),
        rig.library.share_with_nobody(OWNER, reference),
        rig.library.delete(OWNER, reference),
        rig.renewals.renew(OWNER, reference),
    ):
        with pytest.raises(NotFound):
            await asked


async def test_a_character_whose_job_is_gone_is_shown_without_it() -> None:
    rig = Rig()
    mine = await made(rig)
    await rig.jobs.forget(mine.job_id)

    entry = await rig.library.entry(OWNER, mine.character_id)

    assert (entry.character, entry.story) == (mine, None)


async def test_renaming_cleans_the_name_and_refuses_none_a_long_one_and_a_taken_one() -> None:
    rig = Rig()
    fen, owl = await made(rig, name="Fen"), await made(rig, name="Owl")

    renamed = await rig.library.rename(OWNER, "fen", "  Inspector\n\u202eFen ")

    assert renamed == replace(fen, name="Inspector Fen")
    for name in ("\u200b", " ", "\0"):
        with pytest.raises(NameEmpty):
            await rig.library.rename(OWNER, "owl", name)
    with pytest.raises(TextTooLong):
        await rig.library.rename(OWNER, "owl", "a" * 41)
    with pytest.raises(NameTaken) as refusal:
        await rig.library.rename(OWNER, "owl", "inspector fen")
    assert refusal.value.free == "inspector fen 2"
    assert await rig.library.character(OWNER, "owl") == owl


async def test_a_shared_character_is_shown_but_is_its_owners_to_change() -> None:
    rig = Rig()
    mine = await made(rig, name="Fen")

    shared = await rig.library.share_with_member(OWNER, "Fen", Member(FRIEND.user_id))

    assert (await rig.library.entry(FRIEND, "fen")).character == shared
    assert await rig.library.usable(FRIEND) == [shared]
    assert await rig.library.own(FRIEND) == []
    for forbidden in (
        rig.library.character(FRIEND, mine.character_id),
        rig.library.rename(FRIEND, mine.character_id, "Mine"),
        rig.library.share_with_server(FRIEND, mine.character_id),
        rig.library.delete(FRIEND, mine.character_id),
        rig.renewals.renew(FRIEND, mine.character_id),
    ):
        with pytest.raises(NotFound):
            await forbidden
    with pytest.raises(NotFound):
        await rig.library.entry(MODERATOR, mine.character_id)


async def test_ones_own_character_goes_before_a_shared_one_of_that_name() -> None:
    rig = Rig()
    theirs = await made(rig, name="Fen", owner_id=FRIEND.user_id)
    await rig.library.share_with_server(FRIEND, "Fen")

    assert (await rig.library.entry(OWNER, "fen")).character.character_id == theirs.character_id

    mine = await made(rig, name="Fen")
    assert (await rig.library.entry(OWNER, "fen")).character == mine
    assert {one.character_id for one in await rig.library.usable(OWNER)} == {
        mine.character_id,
        theirs.character_id,
    }


async def test_sharing_with_the_server_ends_sharing_with_a_member_and_back() -> None:
    rig = Rig()
    mine = await made(rig, name="Fen")

    await rig.library.share_with_member(OWNER, "Fen", Member(FRIEND.user_id))
    with_server = await rig.library.share_with_server(OWNER, "Fen")
    taken_back = await rig.library.share_with_nobody(OWNER, "Fen")

    assert (with_server.shared_with_user_id, with_server.shared_with_guild_id) == (None, GUILD_ID)
    assert taken_back == mine
    with pytest.raises(NotFound):
        await rig.library.entry(FRIEND, "Fen")


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (None, Unshareable.NOBODY_NAMED),
        (Member(OWNER_ID), Unshareable.ITS_OWNER),
        (Member(5, is_bot=True), Unshareable.A_BOT),
    ],
)
async def test_a_character_is_shared_with_people_that_are_named(
    member: Member | None, reason: Unshareable
) -> None:
    rig = Rig()
    mine = await made(rig)

    with pytest.raises(NotShareable) as refusal:
        await rig.library.share_with_member(OWNER, mine.character_id, member)

    assert refusal.value.reason is reason


async def test_in_direct_messages_there_is_no_server_to_share_with() -> None:
    rig = Rig()
    mine = await made(rig)

    with pytest.raises(NotShareable) as refusal:
        await rig.library.share_with_server(Person(OWNER_ID, None), mine.character_id)

    assert refusal.value.reason is Unshareable.NO_SERVER


@pytest.mark.parametrize("made_in", [None, GUILD_ID + 1])
async def test_no_server_gets_what_its_moderators_never_had_before_them(made_in: int | None) -> None:
    rig = Rig()
    mine = await made(rig, guild_id=made_in)

    with pytest.raises(NotShareable) as refusal:
        await rig.library.share_with_server(OWNER, mine.character_id)

    assert refusal.value.reason is Unshareable.MADE_ELSEWHERE
    assert not await rig.library.usable(FRIEND)


async def test_a_deleted_character_is_gone_for_everybody_and_its_clip_is_swept() -> None:
    rig = Rig()
    mine = await made(rig)
    await rig.library.share_with_server(OWNER, mine.character_id)
    assert KEPT.key in await rig.jobs.wanted_keys()

    assert await rig.library.delete(OWNER, mine.character_id)

    for person in (OWNER, FRIEND):
        with pytest.raises(NotFound):
            await rig.library.entry(person, mine.character_id)
    assert KEPT.key not in await rig.jobs.wanted_keys()


async def test_a_result_that_was_deleted_before_it_was_told_is_not_told() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    mine = a_character(attempt)
    await rig.jobs.save(attempt.move(AttemptState.SUCCEEDED), now=rig.clock.now(), character=mine)

    await rig.library.delete(OWNER, mine.character_id)

    story = await rig.jobs.story(mine.job_id)
    assert story is not None
    assert story.character is None


async def test_deleting_waits_for_a_renewal() -> None:
    rig = Rig()
    mine = await made(rig)
    await rig.renewals.renew(OWNER, mine.character_id)

    with pytest.raises(BeingRenewed):
        await rig.library.delete(OWNER, mine.character_id)

    attempts: list[Attempt] = rig.world.attempts_of(mine.job_id)
    await rig.jobs.save(attempts[-1].move(AttemptState.CANCELLED), now=rig.clock.now())
    assert await rig.library.delete(OWNER, mine.character_id)
