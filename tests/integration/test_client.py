"""The connection to Discord: what it asks for, what it keeps, and when it publishes the commands."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import discord as library
import pytest
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.client import DramatisClient, Shards, intents
from sandbox.discord.server import DEFAULT_TOKEN, Discord, open_discord
from tests.integration.discord_addresses import addresses_kept

PUBLISH = ("PUT", "/applications/{application_id}/commands")


@pytest.fixture(autouse=True)
def _here_and_back() -> Iterator[None]:
    with addresses_kept():
        yield


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    async with open_discord() as opened:
        Route.BASE = opened.api_base_url
        yield opened


def a_client(published_file: Path, *names: str, shards: Shards | None = None) -> DramatisClient:
    client = DramatisClient(
        tree_cls=app_commands.CommandTree, published_file=published_file, shards=shards or Shards()
    )
    for name in names:
        client.tree.add_command(a_command(name))
    return client


def a_command(name: str) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=name, description="Does nothing.")
    async def nothing(_interaction: library.Interaction[Any]) -> None: ...

    return nothing


@asynccontextmanager
async def logged_in(published_file: Path, *names: str) -> AsyncIterator[DramatisClient]:
    client = a_client(published_file, *names)
    try:
        await client.login(DEFAULT_TOKEN)
        yield client
    finally:
        await client.close()


def published(discord: Discord) -> int:
    """How often the commands were published."""
    return len(discord.requests_to(*PUBLISH))


def test_no_privileged_intent_is_asked_for() -> None:
    wanted = intents()

    assert wanted.value == library.Intents.guilds.flag | library.Intents.guild_reactions.flag
    assert not any((wanted.members, wanted.message_content, wanted.presences))


async def test_nothing_is_kept_that_is_not_needed_and_nobody_is_pinged_unasked(tmp_path: Path) -> None:
    client = a_client(tmp_path / "published", "one")

    assert client._connection.max_messages is None
    assert client._connection.member_cache_flags == library.MemberCacheFlags.none()
    assert client.allowed_mentions is not None
    assert dict(client.allowed_mentions.to_dict()) == {"parse": []}
    assert client.help_command is None
    await client.close()


async def test_a_process_may_serve_a_part_of_the_servers(tmp_path: Path) -> None:
    part = a_client(tmp_path / "published", shards=Shards(4, (1, 3)))
    whole = a_client(tmp_path / "published")

    assert (part.shard_count, part.shard_ids) == (4, [1, 3])
    assert whole.shard_ids is None
    await part.close()
    await whole.close()


async def test_commands_are_published_once(discord: Discord, tmp_path: Path) -> None:
    for _ in range(3):
        async with logged_in(tmp_path / "published", "one", "two"):
            pass

    assert published(discord) == 1
    assert [command["name"] for command in discord.commands] == ["one", "two"]


async def test_changed_commands_are_published_again(discord: Discord, tmp_path: Path) -> None:
    async with logged_in(tmp_path / "published", "one"):
        pass
    async with logged_in(tmp_path / "published", "one", "three"):
        pass

    assert published(discord) == 2
    assert [command["name"] for command in discord.commands] == ["one", "three"]


@pytest.mark.parametrize("content", [b"", b"another digest", b"\xff\xfe"])
async def test_a_note_of_the_last_publishing_that_tells_nothing_is_written_anew(
    discord: Discord, tmp_path: Path, content: bytes
) -> None:
    note = tmp_path / "published"
    note.write_bytes(content)

    for _ in range(2):
        async with logged_in(note, "one"):
            pass

    assert published(discord) == 1


async def test_a_publishing_that_failed_is_not_noted(discord: Discord, tmp_path: Path) -> None:
    note = tmp_path / "published"
    discord.faults.fail(*PUBLISH, status=400)

    with pytest.raises(library.HTTPException):
        async with logged_in(note, "one"):
            pass

    assert not note.exists()


async def test_every_connection_goes_where_discord_says(discord: Discord, tmp_path: Path) -> None:
    async with logged_in(tmp_path / "published", "one"):
        assert str(DiscordWebSocket.DEFAULT_GATEWAY) == discord.gateway_url


async def test_commands_work_in_servers_and_in_direct_messages_for_the_server_that_installed_it(
    discord: Discord, tmp_path: Path
) -> None:
    async with logged_in(tmp_path / "published", "one"):
        (command,) = discord.commands

    assert sorted(command["contexts"]) == [0, 1]
    assert command["integration_types"] == [0]
