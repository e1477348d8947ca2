"""What is exported is one server's, in order, page by page."""

from datetime import timedelta

from bot.deeds import Deed
from bot.model import AttemptState, Visibility
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_character, a_job, an_id
from tests.contract.stores import Stores, a_waiting_attempt

S = AttemptState
LATER = NOON + timedelta(hours=1)
ELSEWHERE = GUILD_ID + 1


async def made(
    stores: Stores, name: str, visibility: Visibility = Visibility.THREAD, **changes: object
) -> None:
    attempt = await a_waiting_attempt(stores, f"task {name}", job=a_job(visibility=visibility))
    character = a_character(attempt, character_id=an_id(), name=name, **changes)
    await stores.jobs.save(attempt.move(S.SUCCEEDED, ended_at=NOON), now=NOON, character=character)


async def test_characters_are_those_of_the_server_with_whether_they_are_private(stores: Stores) -> None:
    await made(stores, "Fen", created_at=LATER)
    await made(stores, "Wren", Visibility.PRIVATE, created_at=NOON)
    await made(stores, "Tove", guild_id=ELSEWHERE)

    found = await stores.exports.characters(GUILD_ID, None, limit=9, offset=0)

    assert [(one.character.name, one.is_private) for one in found] == [("Wren", True), ("Fen", False)]
    assert await stores.exports.characters(GUILD_ID, None, limit=1, offset=1) == found[1:]
    assert await stores.exports.characters(GUILD_ID, LATER, limit=9, offset=0) == found[1:]


async def test_the_audit_log_is_the_servers_oldest_first(stores: Stores) -> None:
    first = Deed(GUILD_ID, OWNER_ID, NOON, "pause", "server")
    second = Deed(GUILD_ID, OWNER_ID, LATER, "resume", "server", "a", "b")
    for deed in (first, Deed(ELSEWHERE, OWNER_ID, NOON, "pause", "server"), second):
        await stores.servers.note(deed)

    assert await stores.exports.deeds(GUILD_ID, None, limit=9, offset=0) == [first, second]
    assert await stores.exports.deeds(GUILD_ID, None, limit=1, offset=1) == [second]
    assert await stores.exports.deeds(GUILD_ID, LATER, limit=9, offset=0) == [second]
