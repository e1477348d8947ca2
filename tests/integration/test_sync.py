"""`python -m bot sync`: Discord's commands and ours are compared, and ours published where they differ."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from sandbox.box import Box, open_sandbox
from sandbox.discord.hub import Json
from tests.integration.backup_desk import logs_as_before
from tests.integration.command_line import Outcome
from tests.integration.discord_addresses import addresses_kept

PUBLISH = ("PUT", "/applications/{application_id}/commands")
UNCHANGED = "commands already. Nothing was changed."


@dataclass(frozen=True, slots=True)
class Office:
    """A sandbox, and an operator beside a bot that does not run."""

    box: Box
    folder: Path

    async def sync(self, *arguments: str, **settings: str) -> Outcome:
        """The command in this process, with an event loop of its own."""
        environment = self.box.environment(self.folder / "data") | settings
        result = await asyncio.to_thread(CliRunner().invoke, cli, ["sync", *arguments], env=environment)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    @property
    def publishings(self) -> int:
        return len(self.box.discord.requests_to(*PUBLISH))

    def published(self, name: str) -> Json:
        return next(one for one in self.box.discord.commands if one["name"] == name)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    with logs_as_before(), addresses_kept():
        yield


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_sandbox() as box:
        yield Office(box, tmp_path)


async def test_a_look_shows_what_is_missing_and_changes_nothing(office: Office) -> None:
    outcome = await office.sync("--dry-run")

    assert (outcome.code, outcome.err) == (0, "")
    for told in ("add", "/character", "/characters-admin", "message menu Create character from clip"):
        assert told in outcome.out
    assert "Nothing was changed. To publish: python -m bot sync" in outcome.out
    assert (office.publishings, office.box.discord.commands) == (0, [])


async def test_what_was_published_is_not_published_again(office: Office) -> None:
    first = await office.sync()
    again = await office.sync()
    look = await office.sync("--dry-run")

    assert (first.code, "Published 6 commands." in first.out) == (0, True)
    assert (UNCHANGED in again.out, UNCHANGED in look.out) == (True, True)
    assert office.publishings == 1
    assert list(office.folder.iterdir()) == [], "no data folder is made for it"


async def test_what_somebody_changed_at_discord_is_found_and_put_right(office: Office) -> None:
    await office.sync()
    book = office.box.discord.world.commands
    changed = office.published("character")
    book.change(None, changed, changed | {"description": "Free money."})
    book.remove(None, office.published("characters-admin"))
    foreign: dict[str, Any] = {"name": "ping", "type": 1, "description": "Pong."}
    book.upsert(None, foreign)

    look = await office.sync("--dry-run")
    mended = await office.sync()

    for told in ("description", "/characters-admin", "/ping", "remove"):
        assert told in look.out
    assert mended.code == 0
    assert office.published("character")["description"] == "Make and keep AI video characters."
    assert "ping" not in {one["name"] for one in office.box.discord.commands}


async def test_a_start_after_it_has_nothing_to_publish(office: Office) -> None:
    (office.folder / "data").mkdir()

    await office.sync()

    note = office.folder / "data" / "published-commands"
    assert len(note.read_bytes()) == 64


async def test_discord_can_refuse(office: Office) -> None:
    office.box.discord.faults.fail(*PUBLISH, status=400)

    refused = await office.sync()
    nobody = await office.sync(DISCORD_TOKEN="another-token")
    away = await office.sync(DISCORD_API_BASE_URL="http://127.0.0.1:9/api/v10")

    assert (refused.code, nobody.code, away.code) == (1, 2, 1)
    assert "Discord does not take the commands (HTTP 400" in refused.err
    assert nobody.err.startswith("DISCORD_TOKEN: Discord does not accept it.")
    assert away.err.startswith("Discord does not answer at http://127.0.0.1:9/api/v10")
    assert "Traceback" not in refused.err + nobody.err + away.err


def of_operator(office: Office, name: str = "Operator's") -> tuple[int, dict[str, str]]:
    """A server of the operator's, and the setting that names it."""
    guild = office.box.discord.add_guild(name)
    return guild.id, {"OPERATOR_GUILD": str(guild.id)}


async def test_the_operators_commands_go_to_one_server_and_are_compared_there(office: Office) -> None:
    guild_id, setting = of_operator(office)

    look = await office.sync("--dry-run", **setting)
    made = await office.sync(**setting)
    again = await office.sync(**setting)

    assert (look.code, "/characters-op" in look.out) == (0, True)
    assert "Published 7 commands." in made.out
    assert UNCHANGED in again.out
    book = office.box.discord.world.commands
    (own,) = book.listed(guild_id)
    assert (own["name"], own["default_member_permissions"]) == ("characters-op", "0")
    assert "characters-op" not in {one["name"] for one in book.listed(None)}


async def test_a_change_in_the_operators_server_alone_is_found_and_put_right(office: Office) -> None:
    guild_id, setting = of_operator(office)
    await office.sync(**setting)
    book = office.box.discord.world.commands
    (own,) = book.listed(guild_id)
    book.change(guild_id, own, own | {"description": "Free money."})

    look = await office.sync("--dry-run", **setting)
    await office.sync(**setting)

    assert "description" in look.out
    assert [one["description"] for one in book.listed(guild_id)] == ["Run this bot."]


async def test_another_server_gets_them_and_the_former_one_loses_them(office: Office) -> None:
    (office.folder / "data").mkdir()
    first, setting = of_operator(office, "First")
    second, other = of_operator(office, "Second")
    book = office.box.discord.world.commands

    await office.sync(**setting)
    await office.sync(**other)
    assert (book.listed(first), len(book.listed(second))) == ([], 1)
    book.upsert(None, {"name": "ping", "type": 1, "description": "Pong."})
    await office.sync()

    assert book.listed(second) == []


async def test_a_server_that_the_bot_is_not_in_is_named_and_all_others_have_theirs(office: Office) -> None:
    guild_id, setting = of_operator(office)
    office.box.discord.world.guilds[guild_id].remove_bot()

    refused = await office.sync(**setting)

    assert refused.code == 1
    assert f"OPERATOR_GUILD: the bot is not in the server {guild_id}." in refused.err
    assert "character" in {one["name"] for one in office.box.discord.commands}
    assert (await office.sync(OPERATOR_GUILD="12")).code == 2
