"""Messages over REST: sending, editing, reading, deleting, and what is refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.discord.files import AttachmentFile
from tests.integration.sandbox_discord_api import V2, Studio, open_studio


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


@pytest.fixture
def messages(studio: Studio) -> str:
    return f"/channels/{studio.channel.id}/messages"


async def test_an_unknown_address_is_a_plain_404_and_recorded(studio: Studio) -> None:
    status, body = await studio.api("GET", "/no/such/thing")

    assert (status, body) == (404, {"message": "404: Not Found", "code": 0})
    assert (studio.discord.requests[-1].path, studio.discord.requests[-1].route) == ("/no/such/thing", "")


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_a_wrong_token_is_refused(studio: Studio, token: str | None) -> None:
    status, body = await studio.api("GET", "/users/@me", token=token)

    assert (status, body) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_broken_json_is_refused(studio: Studio, messages: str) -> None:
    assert await studio.code("POST", messages, b'{"content":') == (400, 50109)


async def test_an_unknown_channel_is_10003(studio: Studio) -> None:
    assert await studio.code("POST", "/channels/1/messages", {"content": "x"}) == (404, 10003)


async def test_an_unknown_message_is_10008(studio: Studio, messages: str) -> None:
    assert await studio.code("GET", f"{messages}/1") == (404, 10008)
    assert await studio.code("PATCH", f"{messages}/1", {"content": "x"}) == (404, 10008)


async def test_an_id_that_is_no_number_is_a_field_error(studio: Studio) -> None:
    status, body = await studio.api("GET", "/channels/studio")

    assert (status, body["code"]) == (400, 50035)
    assert body["errors"]["channel_id"]["_errors"][0]["code"] == "NUMBER_TYPE_COERCE"


async def test_nothing_at_all_is_50006(studio: Studio, messages: str) -> None:
    assert await studio.code("POST", messages, {"content": ""}) == (400, 50006)


async def test_an_edit_may_not_leave_nothing(studio: Studio, messages: str) -> None:
    message = await studio.send()

    assert await studio.code("PATCH", f"{messages}/{message.id}", {"content": ""}) == (400, 50006)


async def test_content_over_2000_characters_is_a_field_error(studio: Studio, messages: str) -> None:
    status, body = await studio.api("POST", messages, {"content": "x" * 2001})

    assert (status, body["code"]) == (400, 50035)
    assert body["errors"] == {
        "content": {
            "_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]
        }
    }


@pytest.mark.parametrize(
    ("embed", "path"),
    [
        ({"title": "x" * 257}, ("embeds", "0", "title")),
        ({"description": "x" * 4097}, ("embeds", "0", "description")),
        ({"fields": [{"name": "n", "value": "x" * 1025}]}, ("embeds", "0", "fields", "0", "value")),
        ({"fields": [{"name": "", "value": "v"}]}, ("embeds", "0", "fields", "0", "name")),
        ({"fields": [{"name": "n", "value": "v"}] * 26}, ("embeds", "0", "fields")),
        ({"footer": {"text": "x" * 2049}}, ("embeds", "0", "footer", "text")),
        ({"author": {"name": "x" * 257}}, ("embeds", "0", "author", "name")),
        ({"description": "x" * 4096, "footer": {"text": "x" * 1905}}, ("embeds",)),
    ],
)
async def test_embeds_have_limits(
    studio: Studio, messages: str, embed: dict[str, Any], path: tuple[str, ...]
) -> None:
    _, body = await studio.api("POST", messages, {"embeds": [embed]})

    node = body["errors"]
    for step in path:
        node = node[step]
    assert node["_errors"]


async def test_eleven_embeds_are_too_many(studio: Studio, messages: str) -> None:
    assert await studio.code("POST", messages, {"embeds": [{"title": "x"}] * 11}) == (400, 50035)


async def test_a_message_reads_as_people_see_it(studio: Studio) -> None:
    embed = {"title": "Title", "description": "Body", "fields": [{"name": "Name", "value": "Value"}]}
    message = await studio.send("Above", embeds=[embed])

    assert message.text == "Above\nTitle\nBody\nName\nValue"


async def test_an_edit_keeps_the_earlier_version(studio: Studio, messages: str) -> None:
    message = await studio.send("first")

    status, body = await studio.api("PATCH", f"{messages}/{message.id}", {"content": "second"})

    assert (status, body["content"]) == (200, "second")
    assert body["edited_timestamp"] is not None
    assert [version.text for version in message.history] == ["first"]


async def test_somebody_elses_message_cannot_be_edited(studio: Studio, messages: str) -> None:
    message = await studio.mira.write(studio.channel, "mine")

    assert await studio.code("PATCH", f"{messages}/{message.id}", {"content": "x"}) == (403, 50005)


async def test_deleting_somebody_elses_message_needs_manage_messages(studio: Studio, messages: str) -> None:
    message = await studio.mira.write(studio.channel, "mine")
    assert await studio.code("DELETE", f"{messages}/{message.id}") == (403, 50013)

    studio.channel.allow_bot("MANAGE_MESSAGES")

    assert await studio.code("DELETE", f"{messages}/{message.id}") == (204, 0)
    assert studio.channel.messages == []


async def test_a_nonce_makes_sending_idempotent(studio: Studio, messages: str) -> None:
    body = {"content": "once", "nonce": "job-1", "enforce_nonce": True}

    _, first = await studio.api("POST", messages, body)
    _, second = await studio.api("POST", messages, body | {"content": "twice"})

    assert first["id"] == second["id"]
    assert [message.text for message in studio.channel.messages] == ["once"]


async def test_a_nonce_is_forgotten_after_some_minutes(studio: Studio, messages: str) -> None:
    body = {"content": "once", "nonce": "job-1", "enforce_nonce": True}
    await studio.api("POST", messages, body)

    studio.discord.age(301)
    await studio.api("POST", messages, body)

    assert len(studio.channel.messages) == 2


async def test_a_nonce_without_enforcement_changes_nothing(studio: Studio) -> None:
    await studio.send("once", nonce="job-1")
    await studio.send("twice", nonce="job-1")

    assert len(studio.channel.messages) == 2


async def test_the_nonce_of_a_deleted_message_is_10008(studio: Studio, messages: str) -> None:
    body = {"content": "once", "nonce": "job-1", "enforce_nonce": True}
    await studio.api("POST", messages, body)
    studio.channel.messages[0].delete()

    assert await studio.code("POST", messages, body) == (404, 10008)


async def test_a_nonce_has_25_characters_at_most(studio: Studio, messages: str) -> None:
    assert await studio.code("POST", messages, {"content": "x", "nonce": "n" * 26}) == (400, 50035)


async def test_a_reply_to_a_missing_message_is_a_field_error(studio: Studio, messages: str) -> None:
    body = {"content": "x", "message_reference": {"message_id": "1"}}

    _, answer = await studio.api("POST", messages, body)

    assert answer["errors"]["message_reference"]["_errors"][0]["code"] == "REPLIES_UNKNOWN_MESSAGE"


async def test_a_reply_may_do_without_the_message(studio: Studio) -> None:
    message = await studio.send(message_reference={"message_id": "1", "fail_if_not_exists": False})

    assert message.replied_to is None


async def test_a_reply_needs_read_message_history(studio: Studio, messages: str) -> None:
    message = await studio.send()
    studio.channel.deny_bot("READ_MESSAGE_HISTORY")

    body = {"content": "x", "message_reference": {"message_id": str(message.id)}}

    assert await studio.code("POST", messages, body) == (400, 160002)


@pytest.mark.parametrize(
    ("denied", "body", "code"),
    [
        ("VIEW_CHANNEL", {"content": "x"}, 50001),
        ("SEND_MESSAGES", {"content": "x"}, 50013),
        ("EMBED_LINKS", {"embeds": [{"title": "x"}]}, 50013),
    ],
)
async def test_missing_permissions_are_refused(
    studio: Studio, messages: str, denied: str, body: dict[str, Any], code: int
) -> None:
    studio.channel.deny_bot(denied)

    assert await studio.code("POST", messages, body) == (403, code)


async def test_files_need_attach_files(studio: Studio, messages: str) -> None:
    studio.channel.deny_bot("ATTACH_FILES")

    assert await studio.code("POST", messages, {}, files=[("a.txt", b"a")]) == (403, 50013)


async def test_a_permission_can_be_given_back(studio: Studio, messages: str) -> None:
    studio.channel.deny_bot("SEND_MESSAGES")
    studio.channel.allow_bot("SEND_MESSAGES")

    assert await studio.code("POST", messages, {"content": "x"}) == (200, 0)


async def test_the_bot_meets_50001_where_it_was_thrown_out(studio: Studio, messages: str) -> None:
    studio.guild.remove_bot()

    assert await studio.code("POST", messages, {"content": "x"}) == (403, 50001)
    assert await studio.code("GET", f"/guilds/{studio.guild.id}") == (403, 50001)


async def test_files_are_kept_and_can_be_fetched(studio: Studio, messages: str) -> None:
    _, body = await studio.api("POST", messages, {"content": "see"}, files=[("list.csv", b"a;b")])

    attachment = body["attachments"][0]
    assert (attachment["filename"], attachment["size"], attachment["content_type"]) == (
        "list.csv",
        3,
        "text/csv",
    )
    async with studio.session.get(attachment["url"]) as response:
        assert await response.read() == b"a;b"


async def test_a_file_over_ten_mebibytes_is_40005(studio: Studio, messages: str) -> None:
    files = [("big.bin", bytes(10 * 1024 * 1024 + 1))]

    assert await studio.code("POST", messages, {}, files=files) == (413, 40005)


async def test_an_edit_can_drop_a_file(studio: Studio, messages: str) -> None:
    _, body = await studio.api("POST", messages, {"content": "see"}, files=[("a.txt", b"a"), ("b.txt", b"b")])
    kept = body["attachments"][1]["id"]

    path = f"{messages}/{body['id']}"
    _, edited = await studio.api("PATCH", path, {"attachments": [{"id": kept}]})

    assert [one["filename"] for one in edited["attachments"]] == ["b.txt"]


async def test_an_attachment_nobody_sent_is_a_field_error(studio: Studio, messages: str) -> None:
    body = {"content": "x", "attachments": [{"id": 0, "filename": "a.txt"}]}

    assert await studio.code("POST", messages, body) == (400, 50035)


async def test_a_listing_is_newest_first_and_can_be_paged(studio: Studio, messages: str) -> None:
    sent = [await studio.send(str(number)) for number in range(4)]

    _, before = await studio.api("GET", messages, query={"before": str(sent[3].id), "limit": "2"})
    _, after = await studio.api("GET", messages, query={"after": str(sent[0].id), "limit": "2"})

    assert [one["content"] for one in before] == ["2", "1"]
    assert [one["content"] for one in after] == ["2", "1"]


async def test_a_listing_without_history_is_empty(studio: Studio, messages: str) -> None:
    await studio.send()
    studio.channel.deny_bot("READ_MESSAGE_HISTORY")

    assert await studio.api("GET", messages) == (200, [])


async def test_what_others_wrote_is_blank_unless_it_mentions_the_bot(studio: Studio, messages: str) -> None:
    clip = AttachmentFile("fox.mp4", b"x")
    await studio.mira.write(studio.channel, "secret", [clip])
    await studio.mira.write(studio.channel, f"<@{studio.discord.world.bot.id}> hello")

    _, listed = await studio.api("GET", messages)

    assert [(one["content"], len(one["attachments"])) for one in listed] == [
        (f"<@{studio.discord.world.bot.id}> hello", 0),
        ("", 0),
    ]


async def test_a_components_v2_message_takes_no_content(studio: Studio, messages: str) -> None:
    components = [{"type": 10, "content": "text"}]
    body = {"flags": V2, "content": "x", "components": components}

    _, answer = await studio.api("POST", messages, body)

    code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    assert answer["errors"]["content"]["_errors"][0]["code"] == code


async def test_components_v2_cannot_be_undone(studio: Studio, messages: str) -> None:
    components = [{"type": 10, "content": "text"}]
    _, sent = await studio.api("POST", messages, {"flags": V2, "components": components})
    path = f"{messages}/{sent['id']}"

    _, edited = await studio.api("PATCH", path, {"flags": 0})

    assert edited["flags"] & V2
    assert await studio.code("PATCH", path, {"content": "x", "components": []}) == (400, 50035)


async def test_a_plain_message_cannot_be_ephemeral(studio: Studio) -> None:
    message = await studio.send(flags=64)

    assert (message.ephemeral, message in studio.channel.messages) == (False, True)


async def test_a_typing_sign_is_accepted(studio: Studio) -> None:
    assert await studio.api("POST", f"/channels/{studio.channel.id}/typing") == (204, None)
