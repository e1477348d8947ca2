"""Threads, reactions and private conversations over REST."""

from collections.abc import AsyncIterator

import pytest

from sandbox.discord.commands import ClientRefused
from sandbox.discord.threads import Thread
from tests.integration.sandbox_discord_api import Studio, open_studio

RETRY = "%F0%9F%94%81"  # 🔁 in an address


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


async def opened(studio: Studio) -> Thread:
    """A thread of the bot's on a message of its own."""
    message = await studio.send("card")
    path = f"/channels/{studio.channel.id}/messages/{message.id}/threads"
    status, answer = await studio.api("POST", path, {"name": "Character"})
    assert status == 201, answer
    thread = studio.discord.world.channels[message.id]
    assert isinstance(thread, Thread)
    return thread


async def test_a_thread_has_the_id_of_its_message(studio: Studio) -> None:
    thread = await opened(studio)

    message = studio.channel.messages[0]
    assert (message.thread, thread.parent) == (thread, studio.channel)
    _, read = await studio.api("GET", f"/channels/{studio.channel.id}/messages/{message.id}")
    assert (read["thread"]["name"], read["flags"] & 32) == ("Character", 32)


async def test_a_second_thread_on_a_message_is_160004(studio: Studio) -> None:
    thread = await opened(studio)
    path = f"/channels/{studio.channel.id}/messages/{thread.id}/threads"

    assert await studio.code("POST", path, {"name": "again"}) == (400, 160004)


@pytest.mark.parametrize("name", ["", "x" * 101])
async def test_a_thread_name_has_1_to_100_characters(studio: Studio, name: str) -> None:
    message = await studio.send()
    path = f"/channels/{studio.channel.id}/messages/{message.id}/threads"

    assert await studio.code("POST", path, {"name": name}) == (400, 50035)


async def test_an_archive_time_is_one_of_four(studio: Studio) -> None:
    message = await studio.send()
    path = f"/channels/{studio.channel.id}/messages/{message.id}/threads"

    assert await studio.code("POST", path, {"name": "x", "auto_archive_duration": 61}) == (400, 50035)


async def test_a_thread_needs_its_permission(studio: Studio) -> None:
    message = await studio.send()
    studio.channel.deny_bot("CREATE_PUBLIC_THREADS")
    path = f"/channels/{studio.channel.id}/messages/{message.id}/threads"

    assert await studio.code("POST", path, {"name": "x"}) == (403, 50013)


async def test_a_voice_channel_has_no_threads(studio: Studio) -> None:
    voice = studio.guild.add_voice_channel("Lounge")
    message = await studio.send(channel=voice)

    path = f"/channels/{voice.id}/messages/{message.id}/threads"

    assert await studio.code("POST", path, {"name": "x"}) == (400, 50024)


async def test_an_announcement_channel_gives_an_announcement_thread(studio: Studio) -> None:
    news = studio.guild.add_announcement_channel("news")
    message = await studio.send(channel=news)

    _, answer = await studio.api("POST", f"/channels/{news.id}/messages/{message.id}/threads", {"name": "x"})

    assert answer["type"] == 10


async def test_active_threads_have_a_cap(studio: Studio) -> None:
    studio.guild.active_threads_limit = 1
    await opened(studio)
    message = await studio.send()
    path = f"/channels/{studio.channel.id}/messages/{message.id}/threads"

    assert await studio.code("POST", path, {"name": "x"}) == (400, 160006)


async def test_inside_a_thread_its_own_permission_counts(studio: Studio) -> None:
    thread = await opened(studio)
    studio.channel.deny_bot("SEND_MESSAGES")
    assert await studio.code("POST", f"/channels/{thread.id}/messages", {"content": "x"}) == (200, 0)

    studio.channel.deny_bot("SEND_MESSAGES_IN_THREADS")

    assert await studio.code("POST", f"/channels/{thread.id}/messages", {"content": "x"}) == (403, 50013)


async def test_an_archived_thread_takes_no_edits_and_no_reactions(studio: Studio) -> None:
    thread = await opened(studio)
    message = await studio.send(channel=thread)
    thread.archive()
    path = f"/channels/{thread.id}/messages/{message.id}"

    assert await studio.code("PATCH", path, {"content": "x"}) == (400, 50083)
    assert await studio.code("PUT", f"{path}/reactions/{RETRY}/@me") == (400, 50083)
    with pytest.raises(ClientRefused):
        await studio.mira.react(message, "🔁")


async def test_sending_wakes_an_archived_thread(studio: Studio) -> None:
    thread = await opened(studio)
    thread.archive()

    assert await studio.code("POST", f"/channels/{thread.id}/messages", {"content": "x"}) == (200, 0)
    assert not thread.archived


async def test_a_thread_can_be_unarchived_by_patch(studio: Studio) -> None:
    thread = await opened(studio)
    thread.archive()

    status, answer = await studio.api("PATCH", f"/channels/{thread.id}", {"archived": False})

    assert (status, answer["thread_metadata"]["archived"]) == (200, False)


async def test_a_locked_thread_stays_shut(studio: Studio) -> None:
    thread = await opened(studio)
    message = await studio.send(channel=thread)
    thread.lock()
    messages = f"/channels/{thread.id}/messages"

    assert await studio.code("POST", messages, {"content": "x"}) == (400, 160005)
    assert await studio.code("PATCH", f"{messages}/{message.id}", {"content": "x"}) == (400, 160005)

    thread.archive()

    assert await studio.code("POST", messages, {"content": "x"}) == (400, 50083)
    assert await studio.code("PATCH", f"/channels/{thread.id}", {"archived": False}) == (400, 160005)


async def test_manage_threads_opens_a_locked_thread(studio: Studio) -> None:
    thread = await opened(studio)
    thread.lock()
    studio.channel.allow_bot("MANAGE_THREADS")

    assert await studio.code("POST", f"/channels/{thread.id}/messages", {"content": "x"}) == (200, 0)


async def test_a_deleted_thread_is_an_unknown_channel(studio: Studio) -> None:
    thread = await opened(studio)
    thread.delete()

    assert await studio.code("POST", f"/channels/{thread.id}/messages", {"content": "x"}) == (404, 10003)
    assert studio.channel.messages[0].thread is None


async def test_a_deleted_channel_takes_its_threads_along(studio: Studio) -> None:
    thread = await opened(studio)
    studio.channel.delete()

    assert await studio.code("GET", f"/channels/{thread.id}") == (404, 10003)


async def test_a_private_thread_needs_its_permission(studio: Studio) -> None:
    path = f"/channels/{studio.channel.id}/threads"
    assert await studio.code("POST", path, {"name": "x", "type": 12}) == (201, 0)

    studio.channel.deny_bot("CREATE_PRIVATE_THREADS")

    assert await studio.code("POST", path, {"name": "x", "type": 12}) == (403, 50013)


async def test_a_private_thread_of_others_is_out_of_sight(studio: Studio) -> None:
    thread = await studio.mira.start_thread(studio.channel, "ours", private=True)
    assert await studio.code("POST", f"/channels/{thread.id}/messages", {"content": "x"}) == (403, 50001)

    thread.join([studio.discord.world.bot])

    assert await studio.code("POST", f"/channels/{thread.id}/messages", {"content": "x"}) == (200, 0)


async def test_members_are_added_listed_and_removed(studio: Studio) -> None:
    _, thread = await studio.api("POST", f"/channels/{studio.channel.id}/threads", {"name": "x", "type": 12})
    members = f"/channels/{thread['id']}/thread-members"
    mira = f"{members}/{studio.mira.id}"
    assert await studio.code("GET", mira) == (404, 10007)

    assert await studio.code("PUT", mira) == (204, 0)
    _, listed = await studio.api("GET", members)
    assert {one["user_id"] for one in listed} == {str(studio.discord.world.bot.id), str(studio.mira.id)}

    assert await studio.code("DELETE", mira) == (204, 0)
    assert await studio.code("GET", mira) == (404, 10007)


async def test_active_and_archived_threads_are_listed_apart(studio: Studio) -> None:
    thread = await opened(studio)
    other = await opened(studio)
    other.archive()

    _, active = await studio.api("GET", f"/guilds/{studio.guild.id}/threads/active")
    _, archived = await studio.api("GET", f"/channels/{studio.channel.id}/threads/archived/public")

    assert [one["id"] for one in active["threads"]] == [str(thread.id)]
    assert [one["id"] for one in archived["threads"]] == [str(other.id)]


async def test_a_forum_takes_posts_and_no_messages(studio: Studio) -> None:
    forum = studio.guild.add_forum_channel("ideas", requires_tag=True)
    post = {"name": "x", "message": {"content": "first"}}

    assert await studio.code("POST", f"/channels/{forum.id}/messages", {"content": "x"}) == (400, 50008)
    assert await studio.code("POST", f"/channels/{forum.id}/threads", post) == (400, 40067)

    status, answer = await studio.api("POST", f"/channels/{forum.id}/threads", post | {"applied_tags": ["1"]})

    assert (status, answer["message"]["content"]) == (201, "first")


async def test_a_reaction_needs_add_reactions_only_when_it_is_new(studio: Studio) -> None:
    message = await studio.send()
    studio.channel.deny_bot("ADD_REACTIONS")
    path = f"/channels/{studio.channel.id}/messages/{message.id}/reactions/{RETRY}"
    assert await studio.code("PUT", f"{path}/@me") == (403, 50013)

    await studio.mira.react(message, "🔁")

    assert await studio.code("PUT", f"{path}/@me") == (204, 0)
    assert message.reactions == {"🔁": [studio.mira.id, studio.discord.world.bot.id]}


async def test_a_reaction_needs_read_message_history(studio: Studio) -> None:
    message = await studio.send()
    studio.channel.deny_bot("READ_MESSAGE_HISTORY")
    path = f"/channels/{studio.channel.id}/messages/{message.id}/reactions/{RETRY}/@me"

    assert await studio.code("PUT", path) == (403, 50013)


async def test_a_word_is_no_emoji(studio: Studio) -> None:
    message = await studio.send()
    path = f"/channels/{studio.channel.id}/messages/{message.id}/reactions/retry/@me"

    assert await studio.code("PUT", path) == (400, 10014)


async def test_a_message_takes_20_different_reactions(studio: Studio) -> None:
    message = await studio.send()
    for number in range(20):
        await studio.mira.react(message, chr(0x1F600 + number))
    path = f"/channels/{studio.channel.id}/messages/{message.id}/reactions/{RETRY}/@me"

    assert await studio.code("PUT", path) == (400, 30010)


async def test_the_reaction_of_another_needs_manage_messages(studio: Studio) -> None:
    message = await studio.send()
    await studio.mira.react(message, "🔁")
    path = f"/channels/{studio.channel.id}/messages/{message.id}/reactions/{RETRY}/{studio.mira.id}"
    assert await studio.code("DELETE", path) == (403, 50013)

    studio.channel.allow_bot("MANAGE_MESSAGES")

    assert await studio.code("DELETE", path) == (204, 0)
    assert message.reactions == {}


async def test_reacting_people_are_listed_in_pages(studio: Studio) -> None:
    message = await studio.send()
    people = [studio.mira, studio.guild.add_member("Ola"), studio.guild.add_member("Noor")]
    for person in people:
        await person.react(message, "🔁")
    path = f"/channels/{studio.channel.id}/messages/{message.id}/reactions/{RETRY}"

    _, first = await studio.api("GET", path, query={"limit": "2"})
    _, rest = await studio.api("GET", path, query={"after": first[-1]["id"]})

    assert [one["global_name"] for one in [*first, *rest]] == ["Mira", "Ola", "Noor"]


async def test_reactions_of_an_archived_thread_can_still_be_read(studio: Studio) -> None:
    thread = await opened(studio)
    message = await studio.send(channel=thread)
    await studio.mira.react(message, "🔁")
    thread.archive()

    _, found = await studio.api("GET", f"/channels/{thread.id}/messages/{message.id}/reactions/{RETRY}")

    assert [one["global_name"] for one in found] == ["Mira"]


async def test_what_is_wrong_about_reading_reactions_is_said(studio: Studio) -> None:
    message = await studio.send()
    messages = f"/channels/{studio.channel.id}/messages"
    path = f"{messages}/{message.id}/reactions"

    assert await studio.code("GET", f"{path}/{RETRY}") == (200, 0), "nobody is no error"
    assert await studio.code("GET", f"{path}/retry") == (400, 10014)
    assert await studio.code("GET", f"{messages}/1/reactions/{RETRY}") == (404, 10008)
    assert await studio.code("GET", f"/channels/1/messages/{message.id}/reactions/{RETRY}") == (404, 10003)
    for limit in ("0", "101", "many"):
        status, body = await studio.api("GET", f"{path}/{RETRY}", query={"limit": limit})
        assert (status, body["code"]) == (400, 50035)
    studio.channel.deny_bot("READ_MESSAGE_HISTORY")
    assert await studio.code("GET", f"{path}/{RETRY}") == (403, 50013)


async def test_a_private_conversation_is_opened_once(studio: Studio) -> None:
    body = {"recipient_id": str(studio.mira.id)}

    _, first = await studio.api("POST", "/users/@me/channels", body)
    _, second = await studio.api("POST", "/users/@me/channels", body)

    assert first["id"] == second["id"] == str(studio.discord.dm(studio.mira).id)
    assert await studio.code("POST", f"/channels/{first['id']}/messages", {"content": "x"}) == (200, 0)


async def test_closed_private_messages_are_50007(studio: Studio) -> None:
    studio.mira.refuse_direct_messages()
    conversation = studio.discord.dm(studio.mira)

    assert await studio.code("POST", f"/channels/{conversation.id}/messages", {"content": "x"}) == (
        403,
        50007,
    )


async def test_without_a_common_server_private_messages_are_50278(studio: Studio) -> None:
    conversation = studio.discord.dm(studio.mira)
    studio.guild.remove_member(studio.mira)

    assert await studio.code("POST", f"/channels/{conversation.id}/messages", {"content": "x"}) == (
        403,
        50278,
    )


async def test_servers_members_and_roles_can_be_read(studio: Studio) -> None:
    guild = f"/guilds/{studio.guild.id}"

    assert (await studio.api("GET", guild))[1]["name"] == "Studio"
    assert (await studio.api("GET", f"{guild}/members/{studio.mira.id}"))[1]["user"]["global_name"] == "Mira"
    assert await studio.code("GET", f"{guild}/members/1") == (404, 10013)
    assert await studio.code("GET", f"{guild}/members") == (403, 50001)
    assert (await studio.api("GET", f"{guild}/roles"))[1][0]["name"] == "@everyone"
    assert await studio.code("GET", "/guilds/1") == (404, 10004)
