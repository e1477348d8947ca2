"""The gateway: who may connect, which events they get, and what happens to a broken connection."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from sandbox.discord.channels import GuildChannel
from sandbox.discord.guilds import Guild
from sandbox.discord.people import Member
from sandbox.discord.server import Discord, open_discord

GUILDS, GUILD_REACTIONS, GUILD_MESSAGES, CONTENT, DM_REACTIONS = 1, 1 << 10, 1 << 9, 1 << 15, 1 << 13


class Socket:
    """A bare websocket client."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.session_id = ""
        self.sequence = 0

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            packet: dict[str, Any] = json.loads(await self._socket.receive_str())
        self.sequence = packet["s"] or self.sequence
        return packet

    async def until(self, name: str) -> dict[str, Any]:
        """The content of the next event of this name."""
        while True:
            packet = await self.receive()
            if packet["t"] == name:
                content: dict[str, Any] = packet["d"]
                return content

    async def send(self, operation: int, content: Any) -> None:
        await self._socket.send_json({"op": operation, "d": content})

    async def identify(self, intents: int = GUILDS, **more: Any) -> dict[str, Any]:
        await self.send(2, {"token": "sandbox-token", "intents": intents, "properties": {}} | more)
        ready = await self.until("READY")
        self.session_id = ready["session_id"]
        return ready

    async def resume(self, session_id: str, sequence: int) -> None:
        await self.send(6, {"token": "sandbox-token", "session_id": session_id, "seq": sequence})

    async def closed_with(self) -> int | None:
        async with asyncio.timeout(5):
            while not self._socket.closed:
                await self._socket.receive()
        return self._socket.close_code


@asynccontextmanager
async def connected(discord: Discord, query: str = "?v=10&encoding=json") -> AsyncIterator[Socket]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(discord.gateway_url + query) as raw,
    ):
        socket = Socket(raw)
        hello = await socket.receive()
        assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 41_250)
        yield socket


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    async with open_discord() as opened:
        yield opened


@pytest.fixture
def guild(discord: Discord) -> Guild:
    return discord.add_guild("Studio")


@pytest.fixture
def channel(guild: Guild) -> GuildChannel:
    return guild.add_text_channel("studio")


@pytest.fixture
def mira(guild: Guild) -> Member:
    return guild.add_member("Mira")


async def test_ready_then_the_servers(discord: Discord, channel: GuildChannel) -> None:
    async with connected(discord) as socket:
        ready = await socket.identify()
        created = await socket.until("GUILD_CREATE")

    assert channel.guild is not None
    assert ready["guilds"] == [{"id": str(channel.guild.id), "unavailable": True}]
    assert ready["application"]["id"] == str(discord.world.application_id)
    assert (created["name"], created["unavailable"]) == ("Studio", False)
    assert [one["name"] for one in created["channels"]] == ["studio"]


async def test_a_heartbeat_is_acknowledged(discord: Discord) -> None:
    async with connected(discord) as socket:
        await socket.send(1, None)

        assert (await socket.receive())["op"] == 11


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"intents": 1 << 40}, 4013),
        ({"intents": GUILDS | CONTENT}, 4014),
        ({"shard": [3, 2]}, 4010),
    ],
)
async def test_a_wrong_identify_is_closed(discord: Discord, change: dict[str, Any], code: int) -> None:
    async with connected(discord) as socket:
        await socket.send(2, {"token": "sandbox-token", "intents": GUILDS} | change)

        assert await socket.closed_with() == code


@pytest.mark.parametrize(
    ("packet", "code"), [((8, {"guild_id": "1"}), 4003), ((2, None), 4002), ((99, None), 4003)]
)
async def test_out_of_turn_packets_are_closed(discord: Discord, packet: tuple[int, Any], code: int) -> None:
    async with connected(discord) as socket:
        await socket.send(*packet)

        assert await socket.closed_with() == code


async def test_a_second_identify_is_closed(discord: Discord) -> None:
    async with connected(discord) as socket:
        await socket.identify()
        await socket.send(2, {"token": "sandbox-token", "intents": GUILDS})

        assert await socket.closed_with() == 4005


async def test_an_old_version_is_closed(discord: Discord) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(discord.gateway_url + "?v=6") as raw:
        assert await Socket(raw).closed_with() == 4012


async def test_a_compressed_stream_is_one_zlib_stream(discord: Discord) -> None:
    address = discord.gateway_url + "?v=10&compress=zlib-stream"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as raw:
        inflate = zlib.decompressobj()
        hello = json.loads(inflate.decompress(await raw.receive_bytes()))
        await raw.send_json({"op": 2, "d": {"token": "sandbox-token", "intents": GUILDS}})
        ready = json.loads(inflate.decompress(await raw.receive_bytes()))

    assert (hello["op"], ready["t"]) == (10, "READY")


async def test_only_asked_for_events_arrive(discord: Discord, channel: GuildChannel, mira: Member) -> None:
    async with connected(discord) as socket:
        await socket.identify(GUILDS)
        message = await mira.write(channel, "hello")
        await mira.react(message, "🔁")
        channel.delete()

        names = [(await socket.receive())["t"] for _ in range(2)]

    assert names == ["GUILD_CREATE", "CHANNEL_DELETE"]


async def test_message_content_is_blank_without_its_intent(
    discord: Discord, channel: GuildChannel, mira: Member
) -> None:
    async with connected(discord) as socket:
        await socket.identify(GUILDS | GUILD_MESSAGES)
        await mira.write(channel, "hello")

        created = await socket.until("MESSAGE_CREATE")

    assert (created["content"], created["guild_id"]) == ("", str(channel.guild_id))


async def test_message_content_comes_with_its_intent() -> None:
    async with open_discord(allowed_privileged_intents=CONTENT) as discord:
        guild = discord.add_guild("Studio")
        ola, channel = guild.add_member("Ola"), guild.add_text_channel("studio")
        async with connected(discord) as socket:
            await socket.identify(GUILDS | GUILD_MESSAGES | CONTENT)
            await ola.write(channel, "hello")

            assert (await socket.until("MESSAGE_CREATE"))["content"] == "hello"


async def test_reactions_in_private_need_their_own_intent(discord: Discord, mira: Member) -> None:
    message = await mira.write(discord.dm(mira), "hello")
    async with connected(discord) as without, connected(discord) as having:
        await without.identify(GUILDS | GUILD_REACTIONS)
        await having.identify(GUILDS | DM_REACTIONS)
        await mira.react(message, "🔁")
        mira.guild.add_text_channel("after")

        assert (await having.until("MESSAGE_REACTION_ADD"))["emoji"] == {"id": None, "name": "🔁"}
        assert [(await without.receive())["t"] for _ in range(2)] == ["GUILD_CREATE", "CHANNEL_CREATE"]


async def test_events_of_hidden_channels_do_not_arrive(
    discord: Discord, channel: GuildChannel, mira: Member
) -> None:
    message = await mira.write(channel, "hello")
    channel.deny_bot("VIEW_CHANNEL")
    async with connected(discord) as socket:
        await socket.identify(GUILDS | GUILD_REACTIONS)
        await mira.react(message, "🔁")
        mira.guild.add_text_channel("after")

        assert [(await socket.receive())["t"] for _ in range(2)] == ["GUILD_CREATE", "CHANNEL_CREATE"]


async def test_a_private_thread_shows_itself_to_a_bot_that_is_let_in(
    discord: Discord, channel: GuildChannel, mira: Member
) -> None:
    async with connected(discord) as socket:
        await socket.identify()
        await socket.until("GUILD_CREATE")
        thread = await mira.start_thread(channel, "ours", private=True)
        thread.join([discord.world.bot])

        names = [(await socket.receive())["t"] for _ in range(2)]

    assert names == ["THREAD_CREATE", "THREAD_MEMBERS_UPDATE"]


async def test_a_removed_bot_hears_nothing_more_of_the_server(discord: Discord, guild: Guild) -> None:
    async with connected(discord) as socket:
        await socket.identify()
        guild.remove_bot()
        guild.add_text_channel("unheard")
        discord.add_guild("Other")

        names = [(await socket.receive())["t"] for _ in range(3)]

    assert names == ["GUILD_CREATE", "GUILD_DELETE", "GUILD_CREATE"]


async def test_a_resume_replays_what_was_missed(discord: Discord, guild: Guild) -> None:
    async with connected(discord) as socket:
        await socket.identify()
        await socket.until("GUILD_CREATE")
    guild.add_text_channel("missed")

    async with connected(discord) as again:
        await again.resume(socket.session_id, socket.sequence)
        names = [(await again.receive())["t"] for _ in range(2)]

    assert names == ["CHANNEL_CREATE", "RESUMED"]
    assert discord.gateway.resumes == 1


async def test_an_unknown_session_cannot_be_resumed(discord: Discord) -> None:
    async with connected(discord) as socket:
        await socket.resume("unknown", 1)

        packet = await socket.receive()

    assert (packet["op"], packet["d"]) == (9, False)


async def test_a_sequence_from_the_future_cannot_be_resumed(discord: Discord) -> None:
    async with connected(discord) as socket:
        await socket.identify()
    async with connected(discord) as again:
        await again.resume(socket.session_id, 99)

        assert (await again.receive())["op"] == 9


async def test_each_shard_gets_its_own_servers(discord: Discord) -> None:
    guilds = [discord.add_guild(f"Studio {number}") for number in range(4)]
    async with connected(discord) as first, connected(discord) as second:
        shards = [await one.identify(shard=[n, 2]) for n, one in enumerate((first, second))]

    listed = [{one["id"] for one in ready["guilds"]} for ready in shards]
    assert listed[0].isdisjoint(listed[1])
    assert listed[0] | listed[1] == {str(guild.id) for guild in guilds}
    assert all((int(guild_id) >> 22) % 2 == 0 for guild_id in listed[0])


async def test_private_interactions_go_to_the_first_shard(discord: Discord, mira: Member) -> None:
    discord.world.commands.overwrite(None, [{"name": "help", "description": "Help."}])
    other = 1 - (mira.guild.id >> 22) % 2
    async with connected(discord) as first, connected(discord) as second:
        for number, socket in enumerate((first, second)):
            await socket.identify(shard=[number, 2])
        await mira.run_command(discord.dm(mira), "help")
        assert (await first.until("INTERACTION_CREATE"))["context"] == 1

        await mira.run_command(mira.guild.add_text_channel("studio"), "help")
        receiver = (second, first)[other]
        assert (await receiver.until("INTERACTION_CREATE"))["context"] == 0


async def test_identifies_of_one_slot_wait_five_seconds() -> None:
    async with (
        open_discord(max_concurrency=1) as discord,
        connected(discord) as first,
        connected(discord) as second,
    ):
        await first.identify(shard=[0, 2])
        await second.send(2, {"token": "sandbox-token", "intents": GUILDS, "shard": [1, 2]})

        packet = await second.receive()

    assert (packet["op"], packet["d"]) == (9, False)


async def test_the_bot_is_told_where_to_connect(discord: Discord) -> None:
    headers = {"Authorization": "Bot sandbox-token"}
    url = discord.api_base_url + "/gateway/bot"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as response:
        told = await response.json()

    assert (told["url"], told["shards"]) == (discord.gateway_url, 1)
    assert told["session_start_limit"]["max_concurrency"] == 1


async def test_a_wrong_token_ends_a_resume(discord: Discord) -> None:
    async with connected(discord) as socket:
        await socket.send(6, {"token": "wrong", "session_id": "x", "seq": 1})

        assert await socket.closed_with() == 4004


async def test_a_gateway_that_is_away_takes_nobody_until_it_comes_back(discord: Discord) -> None:
    async with connected(discord) as socket:
        await socket.identify()
        await discord.gateway.go_away()
        assert await socket.closed_with() == 4000
        session, sequence = socket.session_id, socket.sequence

    with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
        async with connected(discord):
            pass
    discord.gateway.come_back()
    async with connected(discord) as socket:
        await socket.resume(session, sequence)
        assert (await socket.receive())["op"] == 9, "the session is lost"
        await socket.identify()
    assert len(discord.gateway.connects) == 3


async def test_a_token_that_was_reset_is_good_for_nothing(discord: Discord) -> None:
    async with connected(discord) as socket:
        await socket.identify()
        await discord.revoke_token("another-token")
        assert await socket.closed_with() == 4004

    async with connected(discord) as socket:
        await socket.send(2, {"token": "sandbox-token", "intents": GUILDS, "properties": {}})
        assert await socket.closed_with() == 4004
    headers = {"Authorization": "Bot sandbox-token"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.get(f"{discord.api_base_url}/users/@me") as one,
    ):
        assert one.status == 401
