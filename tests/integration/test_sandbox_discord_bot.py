"""An unmodified discord.py bot and a member meet in the local Discord."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.discord.channels import GuildChannel
from sandbox.discord.files import AttachmentFile
from sandbox.discord.guilds import Guild
from sandbox.discord.people import Member
from sandbox.discord.server import Discord, open_discord
from sandbox.discord.threads import Thread
from tests.integration.discord_addresses import running
from tests.integration.sandbox_discord_bot import SmallBot

CLIP = AttachmentFile("fox.mp4", b"not really a clip" * 50_000)
WANTED: dict[str, Any] = {"clip": CLIP, "subject": "fictional", "prompt": "a fox detective"}


@dataclass
class Studio:
    """A server with a channel and a member, and the bot in it."""

    discord: Discord
    guild: Guild
    channel: GuildChannel
    mira: Member
    bot: SmallBot

    async def made(self) -> Thread:
        """Run the command and wait for the result."""
        await self.mira.run_command(self.channel, "character create", **WANTED)
        return await self.ended()

    async def ended(self) -> Thread:
        """Wait until the bot has done everything a command makes it do."""
        thread = await self.channel.wait_for_thread(5)
        await thread.wait_for_message(lambda message: "🔁" in message.reactions, 5)
        return thread


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_discord() as server:
        guild = server.add_guild("Studio")
        channel = guild.add_text_channel("studio")
        mira = guild.add_member("Mira")
        bot = SmallBot()
        async with running(bot, server):
            yield Studio(server, guild, channel, mira, bot)
        assert bot.faults == []


async def test_a_command_is_answered_with_a_card_at_once(studio: Studio) -> None:
    call = await studio.mira.run_command(studio.channel, "character create", **WANTED)

    response = await call.first_response()
    await studio.ended()

    assert response.kind == "message"
    assert response.message is not None
    assert f"Making a character for {studio.mira.mention}" in response.message.text
    assert response.message.buttons["Cancel"].custom_id == f"c1:job:cancel:{studio.mira.id}"
    assert response.elapsed_seconds < 1


async def test_the_clip_arrives_whole(studio: Studio) -> None:
    await studio.made()

    assert studio.bot.clips == [CLIP.body]
    assert [one.status for one in studio.discord.cdn.downloads] == [200]


async def test_the_thread_grows_from_the_card_and_holds_the_result(studio: Studio) -> None:
    thread = await studio.made()

    card = studio.channel.messages[0]
    assert (thread.id, card.thread, thread.name) == (card.id, thread, "Character · fictional")
    assert [message.nonce for message in thread.messages] == ["job-1-result"]
    assert "char_7Qk2f9" in thread.messages[0].text


async def test_the_card_is_edited_and_keeps_its_history(studio: Studio) -> None:
    await studio.made()

    card = await studio.channel.wait_for_message(lambda message: "Done: a fox detective" in message.text, 5)
    assert ["Clip received" in version.text for version in card.history] == [True]


async def test_only_the_requester_is_notified_and_only_by_the_result(studio: Studio) -> None:
    thread = await studio.made()

    assert studio.channel.messages[0].pinged_user_ids == frozenset()
    assert thread.messages[0].pinged_user_ids == {studio.mira.id}
    assert set(thread.joined) == {studio.discord.world.bot.id, studio.mira.id}


async def test_a_reaction_reaches_the_bot_with_its_author(studio: Studio) -> None:
    thread = await studio.made()
    await studio.bot.next_seen("reaction")

    await studio.mira.react(thread.messages[0], "🔁")

    payload = await studio.bot.next_seen("reaction")
    assert (payload.user_id, payload.message_author_id) == (studio.mira.id, studio.discord.world.bot.id)
    assert payload.member.display_name == "Mira"
    assert str(payload.emoji) == "🔁"


async def test_a_pressed_button_is_answered_privately(studio: Studio) -> None:
    await studio.made()

    press = await studio.mira.press(studio.channel.messages[0], "Cancel")
    response = await press.first_response()

    assert response.message is not None
    assert (response.ephemeral, response.message.text) == (True, "Cancelled.")
    assert response.message not in studio.channel.messages
    interaction = await studio.bot.next_seen("component")
    assert interaction.message.id == studio.channel.messages[0].id


async def test_every_request_is_recorded_without_the_token(studio: Studio) -> None:
    await studio.made()

    routes = [f"{one.method} {one.route} {one.status}" for one in studio.discord.requests]
    assert "PUT /applications/{application_id}/commands 200" in routes
    assert "POST /interactions/{interaction_id}/{interaction_token}/callback 200" in routes
    assert "POST /channels/{channel_id}/messages/{message_id}/threads 201" in routes
    assert "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me 204" in routes
    assert not any("Authorization" in one.headers for one in studio.discord.requests)


async def test_the_transcript_tells_the_story_in_order(studio: Studio) -> None:
    await studio.made()

    told = [(event.kind, event.place, event.author) for event in studio.discord.events]
    assert told[-6:] == [
        ("call", "#studio", "Mira"),
        ("message", "#studio", "Dramatis"),
        ("thread", "#studio › Character · fictional", "Dramatis"),
        ("edit", "#studio", "Dramatis"),
        ("message", "#studio › Character · fictional", "Dramatis"),
        ("reaction", "#studio › Character · fictional", "Dramatis"),
    ]
