"""A real discord.py bot when its connection breaks, its session is lost, or its servers change."""

from collections.abc import AsyncIterator

import pytest

from sandbox.discord.channels import GuildChannel
from sandbox.discord.guilds import Guild
from sandbox.discord.people import Member
from sandbox.discord.server import Discord, open_discord
from tests.integration.discord_addresses import running
from tests.integration.sandbox_discord_bot import SmallBot


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


async def test_a_real_bot_resumes_after_a_drop(discord: Discord, channel: GuildChannel, mira: Member) -> None:
    bot = SmallBot()
    async with running(bot, discord):
        message = await mira.write(channel, "hello")
        await discord.gateway.drop()
        await mira.react(message, "🔁")

        payload = await bot.next_seen("reaction")

    assert payload.message_id == message.id
    assert (discord.gateway.resumes, len(discord.gateway.identifies)) == (1, 1)


async def test_a_real_bot_reconnects_when_asked(discord: Discord) -> None:
    bot = SmallBot()
    async with running(bot, discord):
        await discord.gateway.reconnect()

        await bot.next_seen("resumed")

    assert len(discord.gateway.identifies) == 1


async def test_a_real_bot_starts_a_new_session_when_its_own_is_lost(
    discord: Discord, channel: GuildChannel, mira: Member
) -> None:
    bot = SmallBot()
    async with running(bot, discord):
        await discord.gateway.invalidate()
        identified = discord.until(lambda: len(discord.gateway.identifies) == 2 or None, 10)
        await identified
        await discord.bot_ready()
        await mira.react(await mira.write(channel, "hello"), "🔁")

        assert (await bot.next_seen("reaction")).user_id == mira.id


async def test_a_real_bot_runs_two_shards() -> None:
    async with open_discord(shards=2) as discord:
        guilds = [discord.add_guild(f"Studio {number}") for number in range(2)]
        channels = [guild.add_text_channel("studio") for guild in guilds]
        people = [guild.add_member("Mira") for guild in guilds]
        bot = SmallBot()
        async with running(bot, discord):
            for person, channel in zip(people, channels, strict=True):
                await person.react(await person.write(channel, "hello"), "🔁")
                assert (await bot.next_seen("reaction")).guild_id == person.guild.id

    assert len(discord.gateway.identifies) == 2


async def test_a_removed_bot_hears_of_it_and_can_be_invited_again(discord: Discord, guild: Guild) -> None:
    bot = SmallBot()
    async with running(bot, discord):
        await bot.wait_until_ready()
        guild.remove_bot()
        assert (await bot.next_seen("guild_remove")).id == guild.id
        assert bot.get_guild(guild.id) is None

        guild.invite_bot()
        assert (await bot.next_seen("guild_join")).id == guild.id


async def test_an_outage_is_not_a_removal(discord: Discord, guild: Guild) -> None:
    bot = SmallBot()
    async with running(bot, discord):
        await bot.wait_until_ready()
        guild.set_unavailable()
        assert (await bot.next_seen("guild_unavailable")).id == guild.id

        guild.set_available()
        assert (await bot.next_seen("guild_available")).id == guild.id

    assert all(kind != "guild_remove" for kind, _ in bot.rest())


async def test_a_real_bot_hears_of_threads_channels_and_roles(
    discord: Discord, guild: Guild, channel: GuildChannel, mira: Member
) -> None:
    role = guild.add_role("Creator")
    bot = SmallBot()
    async with running(bot, discord):
        await discord.until(lambda: bot.get_guild(guild.id), 5)
        thread = await mira.start_thread(channel, "talk")
        thread.lock()
        assert (await bot.next_seen("thread_update")).data["thread_metadata"]["locked"]
        thread.delete()
        assert (await bot.next_seen("thread_delete")).thread_id == thread.id
        guild.delete_role(role)
        assert (await bot.next_seen("role_delete")).id == role.id
        channel.delete()
        assert (await bot.next_seen("channel_delete")).id == channel.id
