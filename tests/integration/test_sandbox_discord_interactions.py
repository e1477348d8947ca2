"""Interactions: what the bot is told, the answers it may give, and how long they are taken."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.discord.calls import Call
from sandbox.discord.commands import ClientRefused
from sandbox.discord.files import AttachmentFile
from sandbox.discord.people import Choice
from tests.integration.sandbox_discord_api import BUTTON, EPHEMERAL, V2, Studio, heard_by, open_studio


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


@pytest.fixture
def heard(studio: Studio) -> list[dict[str, Any]]:
    return heard_by(studio)


async def test_a_command_carries_everything_about_its_place(
    studio: Studio, heard: list[dict[str, Any]]
) -> None:
    studio.channel.deny_bot("ATTACH_FILES")
    clip = AttachmentFile("fox.mp4", b"12345", claims={"duration_secs": 2.5, "content_type": "video/x"})

    await studio.mira.run_command(studio.channel, "character create", clip=clip, subject="me", prompt="fox")

    told = heard[0]
    assert (told["type"], told["context"], told["locale"], told["guild_locale"]) == (2, 0, "en-US", "en-US")
    assert told["member"]["user"]["id"] == str(studio.mira.id)
    assert int(told["member"]["permissions"]) & (1 << 15)
    assert not int(told["app_permissions"]) & (1 << 15)
    assert told["attachment_size_limit"] == 10 * 1024 * 1024
    assert told["channel"]["id"] == told["channel_id"] == str(studio.channel.id)
    subcommand = told["data"]["options"][0]
    assert (told["data"]["name"], subcommand["name"]) == ("character", "create")
    values = {one["name"]: one["value"] for one in subcommand["options"]}
    attachment = told["data"]["resolved"]["attachments"][values["clip"]]
    assert (attachment["filename"], attachment["size"], attachment["ephemeral"]) == ("fox.mp4", 5, True)
    assert (attachment["duration_secs"], attachment["content_type"]) == (2.5, "video/x")
    assert (values["subject"], values["prompt"]) == ("me", "fox")


async def test_members_roles_and_channels_come_resolved(studio: Studio, heard: list[dict[str, Any]]) -> None:
    ola = studio.guild.add_member("Ola", "MANAGE_GUILD")
    role = studio.guild.add_role("Creator")

    await ola.run_command(studio.channel, "admin block add", member=studio.mira, role=role)
    await ola.run_command(studio.channel, "admin diagnose", channel=studio.channel, all=True, count=3)

    block, diagnose = (one["data"] for one in heard)
    assert block["resolved"]["members"][str(studio.mira.id)]["roles"] == []
    assert block["resolved"]["users"][str(studio.mira.id)]["global_name"] == "Mira"
    assert block["resolved"]["roles"][str(role.id)]["name"] == "Creator"
    group = block["options"][0]
    assert (group["name"], group["options"][0]["name"]) == ("block", "add")
    assert diagnose["resolved"]["channels"][str(studio.channel.id)]["name"] == "studio"
    assert [one["value"] for one in diagnose["options"][0]["options"]] == [str(studio.channel.id), True, 3]


async def test_in_a_private_conversation_there_is_a_user_and_no_server(
    studio: Studio, heard: list[dict[str, Any]]
) -> None:
    await studio.mira.run_command(studio.discord.dm(studio.mira), "character list")

    assert heard[0]["user"]["id"] == str(studio.mira.id)
    assert heard[0]["context"] == 1
    assert not {"guild_id", "member", "guild"} & set(heard[0])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("character", {}),
        ("character destroy", {}),
        ("nothing", {}),
        ("character create", {}),
        ("character create", {"clip": AttachmentFile("a.mp4"), "subject": "nobody"}),
        ("character create", {"clip": AttachmentFile("a.mp4"), "subject": "me", "prompt": "x" * 21}),
        ("character create", {"clip": "a.mp4", "subject": "me"}),
        ("character create", {"clip": AttachmentFile("a.mp4"), "subject": "me", "colour": "red"}),
        ("admin diagnose", {}),
    ],
)
async def test_the_app_does_not_send_what_it_would_not_offer(
    studio: Studio, heard: list[dict[str, Any]], name: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ClientRefused):
        await studio.mira.run_command(studio.channel, name, **options)

    assert heard == []


async def test_a_command_for_servers_is_not_offered_in_private(studio: Studio) -> None:
    ola = studio.guild.add_member("Ola", "ADMINISTRATOR")

    with pytest.raises(ClientRefused, match="not offered"):
        await ola.run_command(studio.discord.dm(ola), "admin diagnose")


async def test_menus_on_messages_and_members(studio: Studio, heard: list[dict[str, Any]]) -> None:
    message = await studio.mira.write(studio.channel, "look", [AttachmentFile("fox.mp4", b"x")])

    await studio.mira.run_message_command(message, "Report character")
    await studio.mira.run_member_command(studio.channel, studio.mira, "Character history")

    report, history = (one["data"] for one in heard)
    assert (report["type"], report["target_id"]) == (3, str(message.id))
    told = report["resolved"]["messages"][str(message.id)]
    assert (told["content"], told["attachments"][0]["filename"]) == ("look", "fox.mp4")
    assert (history["type"], history["target_id"]) == (2, str(studio.mira.id))


async def test_a_message_that_is_gone_has_no_menu(studio: Studio) -> None:
    message = await studio.mira.write(studio.channel, "look")
    message.delete()

    with pytest.raises(ClientRefused, match="cannot see"):
        await studio.mira.run_message_command(message, "Report character")


async def test_without_the_intent_a_message_is_read_without_its_files_and_a_menu_brings_them(
    studio: Studio, heard: list[dict[str, Any]]
) -> None:
    message = await studio.mira.write(studio.channel, "look", [AttachmentFile("fox.mp4", b"x")])

    _, read = await studio.api("GET", f"/channels/{studio.channel.id}/messages/{message.id}")
    await studio.mira.run_message_command(message, "Report character")

    assert (read["author"]["id"], read["content"], read["attachments"]) == (str(studio.mira.id), "", [])
    (brought,) = heard[0]["data"]["resolved"]["messages"].values()
    assert [one["filename"] for one in brought["attachments"]] == ["fox.mp4"]


async def test_an_answer_within_three_seconds_is_taken(studio: Studio) -> None:
    call = await studio.call()
    studio.discord.age(1)

    status, receipt = await studio.answer(call, 4, content="hello")

    response = await call.first_response()
    assert status == 200
    assert receipt["interaction"]["response_message_id"] == receipt["resource"]["message"]["id"]
    assert response.message is studio.channel.messages[0]
    assert (response.message.webhook_id, response.message.kind) == (studio.discord.world.application_id, 20)


async def test_a_late_answer_is_10062(studio: Studio) -> None:
    call = await studio.call()
    studio.discord.age(3.1)

    status, body = await studio.answer(call, 4, content="hello")

    assert (status, body["code"]) == (404, 10062)
    assert studio.channel.messages == []


async def test_an_answer_to_nothing_is_10062(studio: Studio) -> None:
    assert await studio.code("POST", "/interactions/1/abc/callback", {"type": 5}) == (404, 10062)


async def test_a_second_answer_is_40060(studio: Studio) -> None:
    call = await studio.call()
    await studio.answer(call, 5)

    status, body = await studio.answer(call, 4, content="hello")

    assert (status, body["code"]) == (400, 40060)


async def test_a_refused_answer_can_be_given_again(studio: Studio) -> None:
    call = await studio.call()
    assert (await studio.answer(call, 4, content="x" * 2001))[1]["code"] == 50035

    assert (await studio.answer(call, 4, content="short"))[0] == 200


@pytest.mark.parametrize("kind", [1, 6, 7, 8])
async def test_a_command_takes_only_fitting_answers(studio: Studio, kind: int) -> None:
    status, body = await studio.answer(await studio.call(), kind)

    assert (status, body["code"]) == (400, 50035)


async def test_a_deferred_answer_is_filled_in_by_the_original(studio: Studio) -> None:
    call = await studio.call()
    _, receipt = await studio.answer(call, 5)
    assert (receipt["interaction"]["response_message_loading"], "resource" in receipt) == (True, False)

    await studio.api("PATCH", studio.webhook(call, "/messages/@original"), {"content": "done"})

    assert (await call.first_response()).kind == "deferred"
    assert (await call.wait_for_answer()).text == "done"
    assert (await call.wait_for_followup()).text == "done"
    assert studio.channel.messages[0].edited_at is None


async def test_the_first_followup_takes_the_place_of_thinking(studio: Studio) -> None:
    call = await studio.call()
    await studio.answer(call, 5, flags=EPHEMERAL)

    _, first = await studio.api("POST", studio.webhook(call), {"content": "first"})
    _, second = await studio.api("POST", studio.webhook(call), {"content": "second"})

    assert call.original is not None
    assert (first["id"], first["flags"] & EPHEMERAL) == (str(call.original.id), EPHEMERAL)
    assert second["flags"] & EPHEMERAL == 0
    assert [message.text for message in call.followups] == ["first", "second"]
    assert [message.text for message in studio.channel.messages] == ["second"]


async def test_followups_can_be_read_changed_and_deleted(studio: Studio) -> None:
    call = await studio.call()
    await studio.answer(call, 4, content="card")
    _, sent = await studio.api("POST", studio.webhook(call), {"content": "more", "flags": EPHEMERAL})
    path = studio.webhook(call, f"/messages/{sent['id']}")

    assert (await studio.api("GET", path))[1]["content"] == "more"
    assert (await studio.api("PATCH", path, {"content": "less"}))[1]["content"] == "less"
    assert await studio.code("DELETE", path) == (204, 0)
    assert await studio.code("GET", path) == (404, 10008)


async def test_an_ephemeral_message_is_unknown_to_the_channel(studio: Studio) -> None:
    call = await studio.call()
    await studio.answer(call, 4, content="only you", flags=EPHEMERAL)
    assert call.original is not None
    path = f"/channels/{studio.channel.id}/messages/{call.original.id}"

    assert await studio.code("GET", path) == (404, 10008)
    assert await studio.code("PATCH", path, {"content": "x"}) == (404, 10008)
    assert await studio.code("PUT", f"{path}/reactions/%E2%9D%8C/@me") == (404, 10008)
    assert await studio.code("POST", f"{path}/threads", {"name": "x"}) == (404, 10008)
    assert studio.channel.messages == []


async def test_a_public_answer_can_be_edited_by_the_channel_route(studio: Studio) -> None:
    call = await studio.call()
    await studio.answer(call, 4, content="card")
    assert call.original is not None
    studio.discord.age(16 * 60)

    path = f"/channels/{studio.channel.id}/messages/{call.original.id}"

    assert await studio.code("PATCH", path, {"content": "changed"}) == (200, 0)


async def test_the_token_ends_after_15_minutes_with_50027(studio: Studio) -> None:
    call = await studio.call()
    await studio.answer(call, 4, content="card")
    studio.discord.age(15 * 60 + 1)

    assert await studio.code("POST", studio.webhook(call), {"content": "x"}) == (401, 50027)
    original = studio.webhook(call, "/messages/@original")
    assert await studio.code("PATCH", original, {"content": "x"}) == (401, 50027)


async def test_followups_need_an_answer_first(studio: Studio) -> None:
    call = await studio.call()

    assert await studio.code("POST", studio.webhook(call), {"content": "x"}) == (404, 10015)


async def test_answers_work_where_plain_messages_do_not(studio: Studio) -> None:
    studio.channel.deny_bot("SEND_MESSAGES", "VIEW_CHANNEL")
    call = await studio.call()

    assert (await studio.answer(call, 4, content="hello"))[0] == 200


async def test_answering_in_a_private_thread_does_not_let_the_bot_in(studio: Studio) -> None:
    thread = await studio.mira.start_thread(studio.channel, "ours", private=True)
    call = await studio.mira.run_command(thread, "character list")

    assert (await studio.answer(call, 4, content="hello"))[0] == 200
    assert await studio.code("POST", f"/channels/{thread.id}/messages", {"content": "x"}) == (403, 50001)


async def suggested(studio: Studio, typed: str, choices: list[Any]) -> list[Choice]:
    """What a member sees while typing, with a bot that answers with `choices`."""
    show = studio.mira.autocomplete(studio.channel, "character show", "character", typed)
    waiting = asyncio.ensure_future(show)
    calls = studio.discord.world.calls
    call: Call = await studio.discord.until(lambda: next(iter(calls.values()), None), 3)
    status, body = await studio.answer(call, 8, choices=choices)
    if status != 200:
        waiting.cancel()
        raise AssertionError(json.dumps(body))
    return await waiting


async def test_autocomplete_shows_what_the_bot_suggests(studio: Studio, heard: list[dict[str, Any]]) -> None:
    found = await suggested(studio, "Fo", [{"name": "Fox", "value": "char_1"}])

    assert found == [Choice("Fox", "char_1")]
    options = heard[0]["data"]["options"][0]["options"]
    assert (heard[0]["type"], options[0]["value"], options[0]["focused"]) == (4, "Fo", True)


@pytest.mark.parametrize(
    "choices", [[{"name": "n", "value": "v"}] * 26, [{"name": "x" * 101, "value": "v"}], [{"value": "v"}]]
)
async def test_autocomplete_has_limits(studio: Studio, choices: list[Any]) -> None:
    with pytest.raises(AssertionError, match="50035"):
        await suggested(studio, "", choices)


async def test_an_answer_may_be_a_components_v2_card(studio: Studio) -> None:
    call = await studio.call()
    components = [{"type": 17, "components": [{"type": 10, "content": "Card"}, BUTTON]}]

    await studio.answer(call, 4, flags=V2, components=components)

    message = (await call.first_response()).message
    assert message is not None
    assert (message.text, list(message.buttons)) == ("Card", ["Retry"])
