"""The library."""

from datetime import timedelta

import pytest

from bot.model import Character
from tests.builders import NOON, OWNER_ID, a_character
from tests.contract.stores import PLENTY, Stores, an_accepted_job

SECOND = timedelta(seconds=1)


async def stored(stores: Stores, **changes: object) -> Character:
    """A character that a job left behind."""
    _, attempt = await an_accepted_job(stores)
    character = a_character(attempt, **changes)
    await stores.jobs.save(attempt, now=NOON, character=character)
    return character


async def test_a_members_characters_are_listed_newest_first(stores: Stores) -> None:
    old = await stored(stores, created_at=NOON - SECOND)
    new = await stored(stores, created_at=NOON)
    await stored(stores, created_at=NOON - 2 * SECOND)
    await stored(stores, owner_id=1)

    assert await stores.characters.of_owner(OWNER_ID, 2) == [new, old]
    assert await stores.characters.of_owner(2, PLENTY) == []


async def test_a_character_is_found_by_either_id_or_by_name(stores: Stores) -> None:
    character = await stored(stores, name="Zoë Straße")
    await stored(stores, name=None)

    for reference in (character.character_id, character.provider_character_id, "ZOË STRASSE"):
        assert await stores.characters.find(OWNER_ID, reference) == character


@pytest.mark.parametrize("reference", ["", "%", "Mir_", "nobody", "None"])
async def test_what_names_no_character_finds_none(stores: Stores, reference: str) -> None:
    await stored(stores, name="Mira")
    await stored(stores, name=None)

    assert await stores.characters.find(OWNER_ID, reference) is None


async def test_another_members_character_is_not_found(stores: Stores) -> None:
    character = await stored(stores, owner_id=1)

    for reference in (character.character_id, character.provider_character_id, character.name or ""):
        assert await stores.characters.find(OWNER_ID, reference) is None


async def test_of_several_with_one_name_the_newest_is_meant(stores: Stores) -> None:
    await stored(stores, name="Mira", created_at=NOON - SECOND)
    newest = await stored(stores, name="mira", created_at=NOON)

    assert await stores.characters.find(OWNER_ID, "MIRA") == newest


async def test_an_id_goes_before_a_name(stores: Stores) -> None:
    meant = await stored(stores, provider_character_id="char_7", created_at=NOON - SECOND)
    await stored(stores, name="char_7", created_at=NOON)

    assert await stores.characters.find(OWNER_ID, "char_7") == meant


async def test_a_character_outlives_its_job(stores: Stores) -> None:
    character = await stored(stores)

    await stores.jobs.forget(character.job_id)

    assert await stores.characters.find(OWNER_ID, character.character_id) == character
