"""What is left of a server in the database when the bot was not in it for long enough, on both databases."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.keeping.privacy import Privacy
from bot.model import AttemptState
from bot.moderation.bulks import Bulk, BulkAction, BulkStep
from bot.moderation.gates import Block, Pause, Quota
from bot.moderation.text_rules import RuleAction, RuleKind, TextRule
from bot.privacy import NOBODY, Category
from storage.database import sqlite_url
from storage.departures import SqlDepartureStore
from storage.privacy import SqlPrivacyStore
from tests.builders import CHANNEL_ID, GUILD_ID, NOON, OWNER_ID, an_id
from tests.contract.stores import PLENTY, opened, stores_over
from tests.fakes.clock import FixedClock
from tests.integration.test_storage_privacy import CANARY, MODERATOR_ID, OTHER_ID, Shelf
from tests.postgres.server import PostgresServer

S = AttemptState
OTHER_GUILD = GUILD_ID + 1
BY: dict[str, Any] = {"actor_id": MODERATOR_ID, "now": NOON}
LEFT_AT = NOON + timedelta(hours=1)
STILL_NAMING_IT = {"jobs", "attempts", "characters", "statements", "departures"}
"""That there was a job, and where; a character's birthplace; what nobody stated; that it was left."""


@pytest.fixture(params=["sqlite", "postgresql"])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    async with AsyncExitStack() as stack:
        url = sqlite_url(tmp_path / "dramatis.db")
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            url = await stack.enter_async_context(server.database())
        database = await stack.enter_async_context(opened(url))
        stores, store, clock = stores_over(database), SqlPrivacyStore(database), FixedClock(NOON)
        privacy = Privacy(store=store, jobs=stores.jobs, clock=clock, new_id=an_id, ring=lambda *_: None)
        yield Shelf(database, stores, store, privacy, clock)


async def decided(shelf: Shelf, guild_id: int) -> None:
    """Something of everything that a server can decide, or have done."""
    stores = shelf.stores
    await stores.servers.change(guild_id, "approval", "off", **BY)
    await stores.gates.pause(guild_id, Pause(), **BY)
    await stores.gates.block(guild_id, Block(OTHER_ID, reason=CANARY), **BY)
    await stores.gates.set_quota(guild_id, OTHER_ID, Quota(1, 1), **BY)
    rule = TextRule("rude", RuleKind.WORD, CANARY, RuleAction.BLOCK)
    await stores.text_rules.put(guild_id, rule, **BY)
    job = await shelf.ended(owner_id=OTHER_ID)
    bulk = Bulk(an_id(), guild_id, MODERATOR_ID, BulkAction.RETRY, NOON)
    await stores.bulks.propose(bulk, [BulkStep(job.job_id, 1)], forget_before=NOON)


async def forget(shelf: Shelf, limit: int = PLENTY) -> int:
    return await SqlDepartureStore(shelf.database).forget(LEFT_AT, limit)


async def naming(shelf: Shelf, *wanted: object) -> set[str]:
    return {table for table, _ in await shelf.mentions(*wanted)}


async def job_row(shelf: Shelf, job_id: str) -> dict[str, Any]:
    (row,) = [row for row in await shelf.rows("jobs") if row["job_id"] == job_id]
    return row


async def test_of_the_server_nothing_is_left_that_names_anybody_but_its_members_characters(
    shelf: Shelf,
) -> None:
    await decided(shelf, GUILD_ID)
    await shelf.ended(owner_id=OTHER_ID)
    await shelf.stores.departures.leave(GUILD_ID, LEFT_AT)

    await forget(shelf)

    assert await naming(shelf, GUILD_ID) <= STILL_NAMING_IT
    assert await naming(shelf, MODERATOR_ID, OTHER_ID, CANARY, CHANNEL_ID) == set()


async def test_a_kept_character_keeps_its_job_and_is_shared_with_nobody_there_any_more(shelf: Shelf) -> None:
    character = await shelf.made()
    await shelf.stores.characters.share(OWNER_ID, character.character_id, user_id=None, guild_id=GUILD_ID)
    await shelf.stores.departures.leave(GUILD_ID, LEFT_AT)

    await forget(shelf)

    (kept,) = await shelf.rows("characters")
    assert (kept["owner_id"], kept["name"], kept["shared_with_guild_id"]) == (OWNER_ID, CANARY, None)
    row = await job_row(shelf, character.job_id)
    assert (row["owner_id"], row["prompt"]) == (OWNER_ID, CANARY)
    assert row["clip_key"] is not None, "a renewal is made from it"


async def test_its_job_is_erased_as_soon_as_the_character_is_deleted(shelf: Shelf) -> None:
    character = await shelf.made()
    await shelf.stores.departures.leave(GUILD_ID, LEFT_AT)
    await forget(shelf)

    await shelf.privacy.erase(OWNER_ID, [Category.CHARACTERS])
    assert await forget(shelf) == 1

    assert (await job_row(shelf, character.job_id))["owner_id"] == NOBODY
    assert await naming(shelf, CANARY) == set()


async def test_a_member_can_still_see_take_along_and_delete_what_is_theirs(shelf: Shelf) -> None:
    await shelf.made()
    await shelf.ended()
    await shelf.stores.departures.leave(GUILD_ID, LEFT_AT)
    assert (await shelf.privacy.holdings(OWNER_ID)).jobs == 2

    await forget(shelf)

    assert (await shelf.privacy.holdings(OWNER_ID)).jobs == 1
    assert len((await shelf.privacy.export(OWNER_ID))["characters"]) == 1
    await shelf.privacy.erase(OWNER_ID, list(Category))
    assert (await shelf.privacy.holdings(OWNER_ID)).jobs == 0


async def test_nothing_is_deleted_of_a_server_that_was_left_later_or_not_at_all(shelf: Shelf) -> None:
    await decided(shelf, GUILD_ID)
    await decided(shelf, OTHER_GUILD)
    await shelf.stores.departures.leave(OTHER_GUILD, LEFT_AT + timedelta(seconds=1))
    before = {table: await shelf.rows(table) for table in ("server_settings", "blocks", "deeds", "jobs")}

    assert await forget(shelf) == 0

    assert {table: await shelf.rows(table) for table in before} == before


async def test_what_still_goes_on_is_erased_when_it_has_ended(shelf: Shelf) -> None:
    job, attempt = await shelf.job()
    await shelf.stores.departures.leave(GUILD_ID, LEFT_AT)

    assert await forget(shelf) == 0
    assert (await job_row(shelf, job.job_id))["prompt"] == CANARY
    await shelf.stores.jobs.save(attempt.move(S.FAILED, ended_at=NOON), now=NOON)

    assert await forget(shelf) == 1
    assert (await job_row(shelf, job.job_id))["prompt"] != CANARY


async def test_many_jobs_are_erased_in_several_transactions_and_none_twice(shelf: Shelf) -> None:
    for _ in range(5):
        await shelf.ended()
    await shelf.stores.departures.leave(GUILD_ID, LEFT_AT)

    assert [await forget(shelf, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert {row["owner_id"] for row in await shelf.rows("jobs")} == {NOBODY}


async def test_nothing_stored_makes_a_server_known_that_was_forgotten(shelf: Shelf) -> None:
    await decided(shelf, GUILD_ID)
    await shelf.stores.departures.leave(GUILD_ID, LEFT_AT)
    await forget(shelf)

    await shelf.stores.departures.come_back(GUILD_ID)

    assert await shelf.stores.departures.known() == frozenset()
