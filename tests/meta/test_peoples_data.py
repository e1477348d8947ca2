"""Of every column that names somebody, or a server, it is decided what becomes of it: a new one fails."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, insert, select, update

from bot.operator.operating import EVERYWHERE
from bot.privacy import Category, Erasure, Phase
from storage.database import Database, sqlite_url
from storage.departures import SqlDepartureStore
from storage.own_data import whose
from storage.privacy import SqlPrivacyStore
from storage.schema import metadata
from tests.meta.test_templates import PEOPLE, SOMEBODY, SOMEBODY_ELSE, value

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SUBJECT = ("deeds", "subject")
"""A text that is a member's id, where a deed was done to a member."""
COLUMNS = [(table.name, one.name) for table in metadata.tables.values() for one in table.columns]
NAMING = sorted([SUBJECT, *(one for one in COLUMNS if one[1] in PEOPLE)])
OWNER = ("jobs", "owner_id")
OF_A_JOB = {
    ("attempts", "owner_id"),
    ("attempts", "place_id"),
    ("forms", "owner_id"),
    ("statements", "user_id"),
}
"""Holds the owner of a job once more, or the direct messages in which they asked for it."""
NOT_IN_THEIR_FILE = {
    (
        "characters",
        "shared_with_user_id",
    ): "the character is somebody else's",
    ("jobs", "removed_by"): "the job is its owner's; that they removed it is among their own deeds",
}
STAYS = {
    ("blocks", "user_id"): "a block that could be deleted by whom it keeps out would keep nobody out",
    ("quotas", "target_id"): "the same holds for a limit",
    ("exports", "user_id"): "keeps a second file within the hour from being made; the next export clears it",
}
STAYS_OF_A_SERVER = {
    ("jobs", "guild_id"): "that there was a job, and where, with nobody's name",
    (
        "statements",
        "guild_id",
    ): "what was stated is answered for longer, with nobody's name",
    ("characters", "guild_id"): "where a member's own character was made",
    ("barred_servers", "guild_id"): "the operator's decision, and not the server's",
    ("departures", "guild_id"): "that the bot is not there",
}
GUILDS = {"guild_id", "shared_with_guild_id"}
IN_SERVER = SOMEBODY % 1000
"""The id of the server in whatever `value` makes of somebody's rows."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(sqlite_url(tmp_path / "dramatis.db"))
    yield opened
    await opened.close()


async def fill(database: Database, person: int) -> None:
    """A row in every table that is, or belongs to, this person's."""
    async with database.write() as connection:
        for table in metadata.sorted_tables:
            row = {one.name: value(one, person) for one in table.columns}
            await connection.execute(insert(table).values(row))


async def put(database: Database, name: str, column: str) -> None:
    """Somebody's id in place of somebody else's; where it is the owner's of a job, in all that repeats it."""
    places = {OWNER, *OF_A_JOB} if (name, column) in OF_A_JOB else {(name, column)}
    async with database.write() as connection:
        for table_name, one in places:
            table = metadata.tables[table_name]
            await connection.execute(update(table).values({one: value(table.c[one], SOMEBODY)}))


async def rows(database: Database, table: Table) -> list[dict[str, Any]]:
    async with database.read() as connection:
        return [dict(row) for row in (await connection.execute(select(table))).mappings()]


@pytest.mark.parametrize(("name", "column"), NAMING)
async def test_whoever_is_named_gets_the_row_in_their_file(
    database: Database, name: str, column: str
) -> None:
    await fill(database, SOMEBODY_ELSE)
    await put(database, name, column)

    async with database.read() as connection:
        found = [
            (await connection.execute(select(table).where(own))).all()
            for table, own, _ in whose(SOMEBODY).values()
            if table.name == name
        ]

    assert any(found) is ((name, column) not in NOT_IN_THEIR_FILE)


@pytest.mark.parametrize(("name", "column"), NAMING)
async def test_after_a_deletion_of_everything_nobody_is_named(
    database: Database, name: str, column: str
) -> None:
    await fill(database, SOMEBODY_ELSE)
    await put(database, name, column)
    store = SqlPrivacyStore(database)
    asked = Erasure("an erasure", SOMEBODY, frozenset(Category), NOW, Phase.ASKED, NOW)
    if name == "erasures":
        # The one that is there is gone on with like every other.
        asked = Erasure(f"of {SOMEBODY_ELSE}", SOMEBODY, frozenset(Category), NOW, Phase.ASKED, NOW)
    else:
        await store.ask(asked)

    await store.anonymise(await store.erase(asked, again_at=NOW, counted_until=NOW))

    left = [row[column] for row in await rows(database, metadata.tables[name])]
    still_named = bool({SOMEBODY, -SOMEBODY, str(SOMEBODY)} & set(left))
    assert still_named is ((name, column) in STAYS)


async def test_of_a_server_that_was_left_only_what_is_listed_names_it(database: Database) -> None:
    await fill(database, SOMEBODY)
    await fill(database, SOMEBODY_ELSE)
    store = SqlDepartureStore(database)

    # The rows above hold a departure of each server as well, in the past.
    assert await store.left() >= {IN_SERVER}
    while await store.forget(datetime(2026, 11, 27, 0, IN_SERVER // 60, IN_SERVER % 60, tzinfo=UTC), 10):
        pass

    naming = {
        (table.name, one.name)
        for table in metadata.sorted_tables
        for one in table.columns
        if one.name in GUILDS and IN_SERVER in {row[one.name] for row in await rows(database, table)}
    }
    assert naming <= STAYS_OF_A_SERVER.keys()
    assert EVERYWHERE != IN_SERVER


def test_whatever_names_a_server_is_listed_or_deleted_and_what_is_listed_is_there() -> None:
    named = {one for one in COLUMNS if one[1].endswith("guild_id")}

    assert STAYS_OF_A_SERVER.keys() <= named
    assert {column for _, column in named} <= GUILDS
    assert {*NOT_IN_THEIR_FILE, *STAYS, *OF_A_JOB} <= set(NAMING)
