"""The connection to Discord: what it asks for, what it keeps, and when it publishes the commands."""

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import discord as library
import pytest
from discord import app_commands
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route
from structlog.testing import capture_logs

from bot import client as client_module
from bot import gateway_pace
from bot.client import DramatisClient, Shards, intents
from bot.gateway_pace import HOUR_SECONDS
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


async def test_without_a_data_folder_commands_are_published_and_not_noted(
    discord: Discord, tmp_path: Path
) -> None:
    async with logged_in(tmp_path / "not-made-yet" / "published", "one") as client:
        assert client.will_publish

    assert published(discord) == 1
    assert not (tmp_path / "not-made-yet").exists()


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


@asynccontextmanager
async def connected(discord: Discord, tmp_path: Path) -> AsyncIterator[asyncio.Task[None]]:
    """The task of a client that is connected, and stays so as long as it can."""
    async with logged_in(tmp_path / "published", "one") as client:
        client._connection.guild_ready_timeout = 0.01
        connecting = asyncio.create_task(client.connect())
        try:
            await discord.bot_ready()
            yield connecting
        finally:
            await client.close()
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            await close_abandoned()


async def close_abandoned() -> None:
    """A connection that is given up on its way is kept alive until a minute without an answer is over."""
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler):
            await thread.ws.close()
            await asyncio.to_thread(thread.join)


async def another_session(discord: Discord) -> None:
    before = len(discord.gateway.identifies)
    await discord.gateway.invalidate()
    await discord.until(lambda: len(discord.gateway.identifies) > before or None)


async def test_sessions_that_keep_breaking_are_begun_more_and_more_seldom(
    discord: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "SHORTEST_SECONDS", 0.05)
    monkeypatch.setattr(client_module, "session_pause_seconds", lambda recent: 0.3 * recent)
    async with connected(discord, tmp_path):
        with capture_logs() as logs:
            for _ in range(3):
                await another_session(discord)

    begun = discord.gateway.identifies
    gaps = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert [gap >= 0.3 * number for number, gap in enumerate(gaps, start=1)] == [True] * 3
    assert {one["event"] for one in logs if one["log_level"] == "error"} == {"sessions_keep_breaking"}


async def test_a_pause_longer_than_a_connection_lasts_is_sat_out_in_pieces(
    discord: Discord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = iter([HOUR_SECONDS, HOUR_SECONDS])
    monkeypatch.setattr(client_module, "SHORTEST_SECONDS", 0.0)
    monkeypatch.setattr(client_module, "IDENTIFY_PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(client_module, "session_pause_seconds", lambda _: next(pauses, 0.0))
    monkeypatch.setattr(gateway_pace, "LONGEST_RECONNECT_SECONDS", 0.01)
    async with connected(discord, tmp_path):
        await another_session(discord)

    assert len(discord.gateway.connects) == 4, "twice it came and was sent away again"


async def test_a_token_that_was_reset_ends_the_connection_with_its_code(
    discord: Discord, tmp_path: Path
) -> None:
    async with connected(discord, tmp_path) as connecting:
        await discord.revoke_token("another-token")

        with pytest.raises(library.ConnectionClosed) as closed:
            await asyncio.wait_for(connecting, 10)

    assert closed.value.code == 4004
