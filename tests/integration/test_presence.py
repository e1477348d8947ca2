"""Whether the bot is in a server is asked in three ways, and an outage is never taken for a removal."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import discord as library
import pytest
from discord.http import Route
from structlog.testing import capture_logs

from bot.client import Shards
from cogs.presence import SHARD_BITS, DiscordPresence
from sandbox.discord.server import DEFAULT_TOKEN, Discord, open_discord
from tests.builders import GUILD_ID
from tests.integration.discord_addresses import addresses_kept
from tests.integration.test_client import a_client

LIST = "/users/@me/guilds"


@pytest.fixture(autouse=True)
def _here_and_back() -> Iterator[None]:
    with addresses_kept():
        yield


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    async with open_discord() as opened:
        Route.BASE = opened.api_base_url
        yield opened


@asynccontextmanager
async def connected(folder: Path) -> AsyncIterator[DiscordPresence]:
    client = a_client(folder / "published", "one")
    await client.login(DEFAULT_TOKEN)
    connecting = asyncio.create_task(client.connect())
    try:
        await client.wait_until_ready()
        yield DiscordPresence(client)
    finally:
        await client.close()
        await connecting


async def test_before_the_connection_stands_nothing_is_said(discord: Discord, tmp_path: Path) -> None:
    client = a_client(tmp_path / "published", "one")
    await client.login(DEFAULT_TOKEN)

    assert await DiscordPresence(client).here() is None
    assert discord.requests_to("GET", LIST) == []
    await client.close()


async def test_a_client_that_is_closed_meanwhile_says_nothing(discord: Discord, tmp_path: Path) -> None:
    guild = discord.add_guild("One")
    async with connected(tmp_path) as presence:
        discord.faults.delay("GET", LIST, 30.0)
        discord.faults.delay("GET", "/guilds/*", 30.0)
        asking = [asyncio.create_task(ask) for ask in (presence.here(), presence.is_gone(guild.id))]
        await discord.until(lambda: discord.requests_to("GET", LIST) or None, 20.0, "it should ask")
        await presence._client.close()

    assert await asyncio.gather(*asking) == [None, False]


async def test_more_servers_than_discord_names_at_once_are_asked_for_page_by_page(
    discord: Discord, tmp_path: Path
) -> None:
    async with connected(tmp_path) as presence:
        there = frozenset(discord.add_guild(f"Server {number}").id for number in range(450))

        assert await presence.here() == there

    assert len(discord.requests_to("GET", LIST)) == 3


async def test_the_servers_are_those_that_discord_lists(discord: Discord, tmp_path: Path) -> None:
    there = [discord.add_guild(name) for name in ("One", "Two")]
    async with connected(tmp_path) as presence:
        assert await presence.here() == frozenset(guild.id for guild in there)


async def test_gone_is_where_the_bot_was_removed_and_where_it_never_was(
    discord: Discord, tmp_path: Path
) -> None:
    kept, left = discord.add_guild("Kept"), discord.add_guild("Left")
    async with connected(tmp_path) as presence:
        left.remove_bot()

        assert await presence.is_gone(left.id)
        assert await presence.is_gone(GUILD_ID)
        assert not await presence.is_gone(kept.id)


async def test_a_server_in_an_outage_is_not_gone_even_if_discord_knows_nothing_of_it(
    discord: Discord, tmp_path: Path
) -> None:
    guild = discord.add_guild("Out")
    guild.set_unavailable()
    async with connected(tmp_path) as presence:
        discord.faults.fail("GET", f"/guilds/{guild.id}", status=404, code=10004, times=None)

        assert not await presence.is_gone(guild.id)


async def test_while_discord_is_in_trouble_nothing_is_concluded(discord: Discord, tmp_path: Path) -> None:
    async with connected(tmp_path) as presence:
        discord.faults.fail("GET", "/guilds/{guild_id}", status=503, times=None)
        discord.faults.fail("GET", LIST, status=503, times=None)

        with capture_logs() as logs:
            assert await presence.here() is None
            assert not await presence.is_gone(GUILD_ID)

    assert [one["log_level"] for one in logs if one["event"] == "presence_unknown"] == ["info"] * 2


async def test_a_question_that_discord_does_not_take_is_our_own_fault_and_loud(
    discord: Discord, tmp_path: Path
) -> None:
    async with connected(tmp_path) as presence:
        discord.faults.fail("GET", "/guilds/{guild_id}", status=400, times=None)

        with pytest.raises(library.HTTPException):
            await presence.is_gone(GUILD_ID)


@pytest.mark.usefixtures("discord")
async def test_of_servers_of_another_process_nothing_is_concluded(tmp_path: Path) -> None:
    shards = 2
    for own in range(shards):
        client = a_client(tmp_path / "published", "one", shards=Shards(shards, (own,)))
        await client.login(DEFAULT_TOKEN)
        presence = DiscordPresence(client)
        guild_ids = [shard << SHARD_BITS for shard in range(shards)]

        assert [await presence.is_gone(guild_id) for guild_id in guild_ids] == [own == 0, own == 1]
        await client.close()
