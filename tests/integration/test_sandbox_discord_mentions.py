"""Who is notified by what the bot sends, and how tests wait for what happens."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.box import open_sandbox
from tests.integration.sandbox_discord_api import EPHEMERAL, V2, Studio, open_studio


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


NOBODY: dict[str, Any] = {"parse": []}


async def pinged(studio: Studio, content: str, **more: Any) -> set[str]:
    """Names of those notified."""
    message = await studio.send(content, **more)
    return {studio.discord.world.users[one].name for one in message.pinged_user_ids}


async def test_a_mention_notifies_unless_told_otherwise(studio: Studio) -> None:
    assert await pinged(studio, studio.mira.mention) == {"Mira"}
    assert await pinged(studio, studio.mira.mention, allowed_mentions=NOBODY) == set()


async def test_only_the_listed_users_are_notified(studio: Studio) -> None:
    ola = studio.guild.add_member("Ola")
    text = f"{studio.mira.mention} {ola.mention}"

    assert await pinged(studio, text, allowed_mentions={"parse": [], "users": [str(ola.id)]}) == {"Ola"}
    assert await pinged(studio, text, allowed_mentions={"parse": ["users"]}) == {"Mira", "Ola"}


async def test_mentions_in_code_notify_nobody(studio: Studio) -> None:
    mention = studio.mira.mention

    assert await pinged(studio, f"`{mention}` ```\n{mention}\n```") == set()


async def test_embeds_notify_nobody_and_text_displays_do(studio: Studio) -> None:
    mention = studio.mira.mention
    components = [{"type": 17, "components": [{"type": 10, "content": mention}]}]

    assert await pinged(studio, "", embeds=[{"description": mention}]) == set()
    assert await pinged(studio, "", flags=V2, components=components) == {"Mira"}


async def test_an_edit_notifies_nobody(studio: Studio) -> None:
    message = await studio.send("quiet")

    path = f"/channels/{studio.channel.id}/messages/{message.id}"
    _, body = await studio.api("PATCH", path, {"content": studio.mira.mention})

    assert message.pinged_user_ids == frozenset()
    assert [one["global_name"] for one in body["mentions"]] == ["Mira"]


async def test_a_filled_in_deferred_answer_notifies(studio: Studio) -> None:
    call = await studio.call()
    await studio.answer(call, 5)

    await studio.api("PATCH", studio.webhook(call, "/messages/@original"), {"content": studio.mira.mention})

    assert (await call.wait_for_answer()).pinged_user_ids == {studio.mira.id}


async def test_an_ephemeral_message_notifies_at_most_its_reader(studio: Studio) -> None:
    ola = studio.guild.add_member("Ola")
    call = await studio.call()

    await studio.answer(call, 4, content=f"{ola.mention} {studio.mira.mention}", flags=EPHEMERAL)

    assert (await call.wait_for_answer()).pinged_user_ids == {studio.mira.id}


async def test_a_role_is_notified_when_it_may_be_mentioned(studio: Studio) -> None:
    quiet = studio.guild.add_role("Quiet")
    loud = studio.guild.add_role("Loud", mentionable=True)
    studio.mira.give_role(quiet)
    studio.mira.give_role(loud)

    assert await pinged(studio, f"<@&{quiet.id}>") == set()
    assert await pinged(studio, f"<@&{loud.id}>") == {"Mira"}
    assert await pinged(studio, f"<@&{loud.id}>", allowed_mentions={"parse": ["users"]}) == set()


async def test_everyone_needs_its_permission(studio: Studio) -> None:
    assert await pinged(studio, "@everyone") == set()

    studio.channel.allow_bot("MENTION_EVERYONE")

    assert "Mira" in await pinged(studio, "@everyone")


async def test_who_cannot_see_the_channel_is_not_notified(studio: Studio) -> None:
    studio.channel.overwrite_for(studio.mira.id, deny=1 << 10)

    assert await pinged(studio, studio.mira.mention) == set()


async def test_a_reply_notifies_the_author_unless_told_otherwise(studio: Studio) -> None:
    written = await studio.mira.write(studio.channel, "hello")
    reference = {"message_id": str(written.id)}

    assert await pinged(studio, "hi", message_reference=reference) == {"Mira"}
    assert await pinged(studio, "hi", message_reference=reference, allowed_mentions=NOBODY) == set()


@pytest.mark.parametrize(
    "allowed",
    [
        {"parse": ["people"]},
        {"parse": ["users"], "users": ["1"]},
        {"users": [str(number) for number in range(101)]},
    ],
)
async def test_contradictory_rules_are_refused(studio: Studio, allowed: dict[str, Any]) -> None:
    path = f"/channels/{studio.channel.id}/messages"

    assert await studio.code("POST", path, {"content": "x", "allowed_mentions": allowed}) == (400, 50035)


async def test_a_mention_in_a_thread_brings_the_person_in(studio: Studio) -> None:
    _, made = await studio.api("POST", f"/channels/{studio.channel.id}/threads", {"name": "x", "type": 11})
    thread = studio.discord.world.channels[int(made["id"])]

    await studio.send(studio.mira.mention, channel=thread)

    _, members = await studio.api("GET", f"/channels/{thread.id}/thread-members")
    assert str(studio.mira.id) in {one["user_id"] for one in members}


async def test_waiting_finds_what_is_there_and_what_comes(studio: Studio) -> None:
    await studio.send("first")
    assert (await studio.channel.wait_for_message(lambda message: message.text == "first", 1)).text == "first"

    waiting = asyncio.ensure_future(
        studio.channel.wait_for_message(lambda message: message.text == "second", 5)
    )
    message = await studio.send("not yet")
    await studio.api("PATCH", f"/channels/{studio.channel.id}/messages/{message.id}", {"content": "second"})

    assert await waiting is message


async def test_waiting_in_vain_tells_what_was_there(studio: Studio) -> None:
    await studio.send("hello")

    with pytest.raises(TimeoutError, match="hello"):
        await studio.channel.wait_for_message(lambda message: message.text == "bye", 0.01)
    with pytest.raises(TimeoutError, match="thread"):
        await studio.channel.wait_for_thread(0.01)
    with pytest.raises(TimeoutError, match="commands: 4"):
        await studio.discord.bot_ready(0.01)


async def test_the_transcript_can_be_followed(studio: Studio) -> None:
    start = len(studio.discord.events)
    message = await studio.send("hello")
    message.delete()
    told = []

    async for event in studio.discord.watch(start):
        told.append((event.kind, event.place, event.author, event.text))
        if event.kind == "delete":
            break

    assert told == [
        ("message", "#studio", "Dramatis", "hello"),
        ("delete", "#studio", "Dramatis", "hello"),
    ]
    assert studio.discord.events[start].message.text == "hello"


async def test_a_box_holds_both_servers_and_the_settings_for_them(tmp_path: Path) -> None:
    async with open_sandbox(webhook_key="hmac") as box:
        settings = box.environment(tmp_path)

    assert settings["DISCORD_API_BASE_URL"] == box.discord.api_base_url
    assert settings["DISCORD_CDN_HOSTS"] in settings["DISCORD_API_BASE_URL"]
    assert settings["KIE_API_BASE_URL"].startswith("http://127.0.0.1:")
    assert (settings["DATA_DIR"], settings["KIE_WEBHOOK_HMAC_KEY"]) == (str(tmp_path), "hmac")
