"""The library: renaming, deleting, and new ids of characters that are there already."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import NotFound
from bot.model import Attempt, AttemptState, Character
from bot.refusals.library import BeingRenewed, NameTaken
from tests.builders import NOON, OWNER_ID, a_character, a_clip, an_attempt, an_id
from tests.contract.stores import PLENTY, Stores, a_queued_attempt, attempt_of

OTHERS_ID = 1
HOUR = timedelta(hours=1)


async def made(stores: Stores, **changes: object) -> Character:
    """A character whose job keeps the clip."""
    attempt = await a_queued_attempt(stores)
    await stores.jobs.save(attempt, now=NOON, clip=a_clip(), character=a_character(attempt, **changes))
    found = (await stores.characters.of_owner(OWNER_ID, PLENTY))[0]
    await end(stores, attempt)
    return found


async def end(stores: Stores, attempt: Attempt) -> None:
    ended = (await attempt_of(stores, attempt)).move(AttemptState.FAILED, ended_at=NOON)
    await stores.jobs.save(ended, now=NOON)


async def renewing(stores: Stores, character: Character, number: int = 2) -> Attempt:
    """An attempt that renews the character, not begun yet."""
    attempt = an_attempt(
        job_id=character.job_id, number=number, state=AttemptState.QUEUED, renews=character.character_id
    )
    await stores.jobs.open_attempt(attempt, daily_cap=PLENTY)
    return attempt


async def clip_is_kept(stores: Stores, character: Character) -> bool:
    job = await stores.jobs.job(character.job_id)
    assert job is not None
    kept = a_clip().stored.key in await stores.jobs.wanted_keys()
    assert kept == (job.clip is not None)
    return kept


async def test_a_renamed_character_is_found_by_its_new_name_only(stores: Stores) -> None:
    character = await made(stores, name="Fen")

    renamed = await stores.characters.rename(OWNER_ID, character.character_id, "Wren Straße")

    assert renamed == replace(character, name="Wren Straße")
    assert await stores.characters.find(OWNER_ID, "WREN STRASSE") == renamed
    assert await stores.characters.find(OWNER_ID, "Fen") is None


async def test_a_name_of_another_character_is_taken_and_a_free_one_is_told(stores: Stores) -> None:
    await made(stores, name="Fen")
    owl = await made(stores, name="Owl")
    await made(stores, name="Fen 2")

    with pytest.raises(NameTaken) as refusal:
        await stores.characters.rename(OWNER_ID, owl.character_id, "FEN")

    assert refusal.value.free == "FEN 3"
    assert await stores.characters.find(OWNER_ID, "Owl") == owl


async def test_a_characters_own_name_is_not_taken(stores: Stores) -> None:
    character = await made(stores, name="fen")

    renamed = await stores.characters.rename(OWNER_ID, character.character_id, "Fen")

    assert renamed.name == "Fen"


async def test_of_two_that_want_a_name_at_once_one_gets_it(stores: Stores) -> None:
    both = [await made(stores, name=name) for name in ("Fen", "Owl")]

    outcomes = await asyncio.gather(
        *(stores.characters.rename(OWNER_ID, one.character_id, "Wren") for one in both),
        return_exceptions=True,
    )

    assert {type(outcome) for outcome in outcomes} == {Character, NameTaken}
    names = [one.name for one in await stores.characters.of_owner(OWNER_ID, PLENTY)]
    assert names.count("Wren") == 1


async def test_nobody_changes_what_is_not_theirs(stores: Stores) -> None:
    character = await made(stores)
    character_id = character.character_id

    with pytest.raises(NotFound):
        await stores.characters.rename(OTHERS_ID, character_id, "Mine")
    with pytest.raises(NotFound):
        await stores.characters.share(OTHERS_ID, character_id, user_id=OTHERS_ID, guild_id=None)
    with pytest.raises(NotFound):
        await stores.characters.delete(OTHERS_ID, character_id)

    assert await stores.characters.find(OWNER_ID, character_id) == character


async def test_a_deleted_character_is_gone_and_its_clip_is_wanted_no_more(stores: Stores) -> None:
    character = await made(stores)
    assert await clip_is_kept(stores, character)

    assert await stores.characters.delete(OWNER_ID, character.character_id)

    assert await stores.characters.find(OWNER_ID, character.character_id) is None
    assert not await clip_is_kept(stores, character)
    with pytest.raises(NotFound):
        await stores.characters.delete(OWNER_ID, character.character_id)


async def test_the_same_bytes_stay_for_another_job(stores: Stores) -> None:
    character, other = await made(stores, name="Fen"), await made(stores, name="Owl")

    await stores.characters.delete(OWNER_ID, character.character_id)

    assert await clip_is_kept(stores, other)


async def test_the_clip_stays_for_another_character_of_the_same_job(stores: Stores) -> None:
    first = await made(stores)
    attempt = an_attempt(job_id=first.job_id, number=2, state=AttemptState.QUEUED)
    await stores.jobs.open_attempt(attempt, daily_cap=PLENTY)
    second = a_character(attempt)
    await stores.jobs.save(attempt, now=NOON, character=second)
    await end(stores, attempt)

    assert not await stores.characters.delete(OWNER_ID, first.character_id)
    assert await clip_is_kept(stores, first)
    assert await stores.characters.delete(OWNER_ID, second.character_id)
    assert not await clip_is_kept(stores, first)


async def test_the_clip_stays_for_an_attempt_that_goes_on(stores: Stores) -> None:
    character = await made(stores)
    attempt = an_attempt(job_id=character.job_id, number=2, state=AttemptState.QUEUED)
    await stores.jobs.open_attempt(attempt, daily_cap=PLENTY)

    assert not await stores.characters.delete(OWNER_ID, character.character_id)

    assert await clip_is_kept(stores, character)


async def test_a_character_that_is_being_renewed_cannot_be_deleted(stores: Stores) -> None:
    character = await made(stores)
    attempt = await renewing(stores, character)

    with pytest.raises(BeingRenewed):
        await stores.characters.delete(OWNER_ID, character.character_id)

    await end(stores, attempt)
    assert await stores.characters.delete(OWNER_ID, character.character_id)


async def test_what_was_deleted_cannot_be_renewed(stores: Stores) -> None:
    character = await made(stores)
    await stores.characters.delete(OWNER_ID, character.character_id)

    with pytest.raises(NotFound):
        await renewing(stores, character)

    story = await stores.jobs.story(character.job_id)
    assert story is not None
    assert story.attempt.number == 1


async def test_of_a_deletion_and_a_renewal_at_once_one_comes_through(stores: Stores) -> None:
    character = await made(stores)

    deleted, renewed = await asyncio.gather(
        stores.characters.delete(OWNER_ID, character.character_id),
        renewing(stores, character),
        return_exceptions=True,
    )

    assert (deleted is True and isinstance(renewed, NotFound)) or (
        isinstance(deleted, BeingRenewed) and isinstance(renewed, Attempt)
    )


async def test_a_renewed_character_keeps_all_but_its_id_and_is_found_by_both(stores: Stores) -> None:
    character = await made(stores, provider_character_id="char_old", may_stop_working_at=NOON)
    named = await stores.characters.rename(OWNER_ID, character.character_id, "Wren")
    attempt = await renewing(stores, character)
    new = a_character(
        attempt,
        character_id=character.character_id,
        provider_character_id="char_new",
        created_at=NOON + HOUR,
        may_stop_working_at=NOON + HOUR,
    )

    await stores.jobs.save(attempt, now=NOON + HOUR, character=new)

    renewed = replace(named, provider_character_id="char_new", may_stop_working_at=NOON + HOUR)
    for reference in ("char_new", "char_old", "wren", character.character_id):
        assert await stores.characters.find(OWNER_ID, reference) == renewed
    assert await stores.characters.former_ids(character.character_id) == ["char_old"]
    assert await stores.characters.find(OTHERS_ID, "char_old") is None


async def test_former_ids_are_listed_the_latest_first_and_none_is_lost(stores: Stores) -> None:
    character = await made(stores, provider_character_id="char_1")
    for number, made_id in enumerate(["char_2", "char_3", "char_3", "char_1", "char_4"], start=2):
        attempt = await renewing(stores, character, number)
        new = a_character(attempt, character_id=character.character_id, provider_character_id=made_id)
        await stores.jobs.save(attempt, now=NOON + number * HOUR, character=new)
        await end(stores, attempt)

    former = await stores.characters.former_ids(character.character_id)

    assert former == ["char_1", "char_3", "char_2"]
    for reference in (*former, "char_4"):
        found = await stores.characters.find(OWNER_ID, reference)
        assert found is not None
        assert found.character_id == character.character_id


async def test_the_former_ids_go_with_their_character(stores: Stores) -> None:
    character = await made(stores, provider_character_id="char_old")
    attempt = await renewing(stores, character)
    new = a_character(attempt, character_id=character.character_id, provider_character_id="char_new")
    await stores.jobs.save(attempt, now=NOON, character=new)
    await end(stores, attempt)

    await stores.characters.delete(OWNER_ID, character.character_id)

    assert await stores.characters.find(OWNER_ID, "char_old") is None
    assert await stores.characters.former_ids(character.character_id) == []


async def test_both_stories_of_a_renewed_character_show_it_as_it_is_now(stores: Stores) -> None:
    character = await made(stores)
    attempt = await renewing(stores, character)
    new = a_character(attempt, character_id=character.character_id, provider_character_id="char_new")
    before = await stores.jobs.story(character.job_id, 2)

    await stores.jobs.save(attempt, now=NOON, character=new)

    assert before is not None
    assert before.character == character
    for number in (1, 2):
        story = await stores.jobs.story(character.job_id, number)
        assert story is not None
        assert story.character is not None
        assert story.character.provider_character_id == "char_new"


async def test_what_is_paid_for_is_kept_although_the_character_was_deleted_meanwhile(stores: Stores) -> None:
    """As when the answer to an order was lost, and a callback tells of its task after all."""
    character = await made(stores)
    attempt = await renewing(stores, character)
    await end(stores, attempt)
    await stores.characters.delete(OWNER_ID, character.character_id)
    late = await attempt_of(stores, attempt)
    new = a_character(late, character_id=character.character_id, provider_character_id="char_late")

    await stores.jobs.save(late, now=NOON, character=new)

    assert await stores.characters.find(OWNER_ID, "char_late") == new


async def test_a_job_that_is_unknown_has_no_character(stores: Stores) -> None:
    with pytest.raises(NotFound):
        await stores.characters.delete(OWNER_ID, an_id())
