"""The library: whose characters are whose, and how they are found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Character, Person
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_character, a_snowflake
from tests.contract.stores import PLENTY, Stores, an_accepted_job

SECOND = timedelta(seconds=1)
FRIEND_ID = a_snowflake()
FRIEND = Person(FRIEND_ID, GUILD_ID)


async def stored(stores: Stores, **changes: object) -> Character:
    """A character that a job left behind."""
    _, attempt = await an_accepted_job(stores)
    character = a_character(attempt, **changes)
    await stores.jobs.save(attempt, now=NOON, character=character)
    found = await stores.characters.find(character.owner_id, character.character_id)
    assert found is not None
    return found


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


@pytest.mark.parametrize("reference", ["", "%", "Mir_", "nobody", "None", "1", "9" * 1000, "'; DROP TABLE"])
async def test_what_names_no_character_finds_none(stores: Stores, reference: str) -> None:
    await stored(stores, name="Mira")
    await stored(stores, name=None)

    assert await stores.characters.find(OWNER_ID, reference) is None
    assert await stores.characters.find_shared(FRIEND, reference) is None


async def test_another_members_character_is_not_found(stores: Stores) -> None:
    character = await stored(stores, owner_id=1)

    for reference in (character.character_id, character.provider_character_id, character.name or ""):
        assert await stores.characters.find(OWNER_ID, reference) is None


async def test_a_name_that_its_owner_gave_before_is_numbered(stores: Stores) -> None:
    first = await stored(stores, name="Mira", created_at=NOON - SECOND)
    second = await stored(stores, name="mira", created_at=NOON)
    third = await stored(stores, name="MIRA", created_at=NOON)
    somebody_elses = await stored(stores, name="Mira", owner_id=1)
    unnamed = [await stored(stores, name=None) for _ in range(2)]

    assert (first.name, second.name, third.name) == ("Mira", "mira 2", "MIRA 3")
    assert somebody_elses.name == "Mira"
    assert [one.name for one in unnamed] == [None, None]
    assert await stores.characters.find(OWNER_ID, "MIRA") == first


async def test_an_id_goes_before_a_name(stores: Stores) -> None:
    meant = await stored(stores, provider_character_id="char_7", created_at=NOON - SECOND)
    await stored(stores, name="char_7", created_at=NOON)

    assert await stores.characters.find(OWNER_ID, "char_7") == meant


async def test_a_character_outlives_its_job(stores: Stores) -> None:
    character = await stored(stores)

    await stores.jobs.forget(character.job_id)

    assert await stores.characters.find(OWNER_ID, character.character_id) == character


async def test_a_character_shared_with_a_member_is_theirs_to_use_wherever_they_are(stores: Stores) -> None:
    character = await stored(stores)

    shared = await stores.characters.share(OWNER_ID, character.character_id, user_id=FRIEND_ID, guild_id=None)

    assert shared == replace(character, shared_with_user_id=FRIEND_ID)
    for place in (GUILD_ID, a_snowflake(), None):
        friend = Person(FRIEND_ID, place)
        assert await stores.characters.shared_with(friend, PLENTY) == [shared]
        for reference in (shared.character_id, shared.provider_character_id, shared.name or ""):
            assert await stores.characters.find_shared(friend, reference) == shared


async def test_a_character_shared_with_a_server_is_everybodys_there_and_nobodys_elsewhere(
    stores: Stores,
) -> None:
    character = await stored(stores)

    shared = await stores.characters.share(OWNER_ID, character.character_id, user_id=None, guild_id=GUILD_ID)

    assert await stores.characters.shared_with(FRIEND, PLENTY) == [shared]
    for place in (a_snowflake(), None):
        elsewhere = Person(FRIEND_ID, place)
        assert await stores.characters.shared_with(elsewhere, PLENTY) == []
        assert await stores.characters.find_shared(elsewhere, shared.character_id) is None


async def test_what_is_shared_with_nobody_is_nobodys(stores: Stores) -> None:
    character = await stored(stores)
    await stores.characters.share(OWNER_ID, character.character_id, user_id=FRIEND_ID, guild_id=None)

    taken_back = await stores.characters.share(OWNER_ID, character.character_id, user_id=None, guild_id=None)

    assert taken_back == character
    for place in (GUILD_ID, None):
        assert await stores.characters.shared_with(Person(FRIEND_ID, place), PLENTY) == []


async def test_ones_own_character_is_never_one_that_others_share(stores: Stores) -> None:
    character = await stored(stores)
    await stores.characters.share(OWNER_ID, character.character_id, user_id=None, guild_id=GUILD_ID)

    assert await stores.characters.shared_with(Person(OWNER_ID, GUILD_ID), PLENTY) == []
    assert await stores.characters.find_shared(Person(OWNER_ID, GUILD_ID), character.character_id) is None
