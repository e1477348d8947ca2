"""Routes of channels and threads: read, change, delete, start a thread, its members."""

from collections.abc import Sequence
from typing import Any, Final

from sandbox.discord.access import (
    channel_of,
    guild_of,
    may,
    message_of,
    require,
    require_open,
    server_channel_of,
    thread_of,
    user_of,
)
from sandbox.discord.asks import NO_CONTENT, Answer, Ask, Route
from sandbox.discord.channels import (
    ANNOUNCEMENT,
    ANNOUNCEMENT_THREAD,
    FORUM,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
    GuildChannel,
)
from sandbox.discord.errors import FormFaults, refusal
from sandbox.discord.form import read_form
from sandbox.discord.hub import Json
from sandbox.discord.rest_messages import send
from sandbox.discord.shapes import message_json
from sandbox.discord.threads import Thread

NAME_LIMIT: Final = 100
ARCHIVE_MINUTES: Final = (60, 1440, 4320, 10080)
MEMBERS_LIMIT: Final = 1000


def read_channel(ask: Ask) -> Answer:
    return Answer(200, channel_of(ask).json())


def _check_thread_fields(body: Any, *, name_is_required: bool) -> Json:
    if not isinstance(body, dict):
        raise refusal(50109)
    faults = FormFaults()
    if body.get("name") is not None:
        faults.length(("name",), body["name"], 1, NAME_LIMIT)
    elif name_is_required:
        faults.required(("name",))
    if body.get("auto_archive_duration") is not None:
        faults.choice(("auto_archive_duration",), body["auto_archive_duration"], ARCHIVE_MINUTES)
    faults.raise_if_found()
    return body


def update_channel(ask: Ask) -> Answer:
    """Change a thread, or with Manage Channels a channel."""
    channel = channel_of(ask)
    body = _check_thread_fields(ask.body, name_is_required=False)
    if isinstance(channel, Thread):
        _require_change(channel, body)
        channel.change(archived=body.get("archived"), locked=body.get("locked"), name=body.get("name"))
        channel.auto_archive_minutes = body.get("auto_archive_duration") or channel.auto_archive_minutes
        return Answer(200, channel.json())
    if not isinstance(channel, GuildChannel):
        raise refusal(50003)
    require(channel, "MANAGE_CHANNELS")
    channel.name = body.get("name") or channel.name
    channel.nsfw = body.get("nsfw", channel.nsfw)
    ask.world.emit("CHANNEL_UPDATE", channel.guild_id, channel.json())
    return Answer(200, channel.json())


def _require_change(thread: Thread, body: Json) -> None:
    """Discord: Threads, Permissions. Un-archiving needs sending rights, unless the thread is locked."""
    if may(thread, "MANAGE_THREADS"):
        if thread.archived and body.get("archived") is not False:
            raise refusal(50083)
        return
    only_opens = set(body) <= {"archived", "auto_archive_duration"} and body.get("archived") is False
    if thread.archived and not only_opens:
        raise refusal(50083 if body.get("archived") is not False else 50013)
    if thread.locked:
        raise refusal(160005)
    if only_opens:
        require(thread, "SEND_MESSAGES_IN_THREADS")
    elif thread.owner is not thread.world.bot or "locked" in body:
        raise refusal(50013)


def delete_channel(ask: Ask) -> Answer:
    channel = channel_of(ask)
    if channel.guild is None:
        return Answer(200, channel.json())  # closes the conversation; it opens again by itself
    require(channel, "MANAGE_THREADS" if isinstance(channel, Thread) else "MANAGE_CHANNELS")
    shape = channel.json()
    channel.delete()
    return Answer(200, shape)


def thread_from_message(ask: Ask) -> Answer:
    """Start a thread on a message; it gets the message's id."""
    parent = server_channel_of(ask)
    kinds = {TEXT: PUBLIC_THREAD, ANNOUNCEMENT: ANNOUNCEMENT_THREAD}
    if parent.kind not in kinds:
        raise refusal(50024)
    message = message_of(ask, parent)
    require(parent, "CREATE_PUBLIC_THREADS", "READ_MESSAGE_HISTORY")
    body = _check_thread_fields(ask.body, name_is_required=True)
    if message.thread is not None or message.id in ask.world.channels:
        raise refusal(160004)
    thread = _start(parent, message.id, kinds[parent.kind], body)
    message.thread = thread
    thread.announce()
    parent.tell_update(message)
    return Answer(201, thread.json())


def thread_without_message(ask: Ask) -> Answer:
    """Start a public or private thread on its own, or a post in a forum."""
    parent = server_channel_of(ask)
    if parent.kind == FORUM:
        return _post_in_forum(ask, parent)
    kind = ask.fields().get("type", PRIVATE_THREAD)
    if parent.kind not in {TEXT, ANNOUNCEMENT} or (kind == PRIVATE_THREAD and parent.kind != TEXT):
        raise refusal(50024)
    require(parent, "CREATE_PRIVATE_THREADS" if kind == PRIVATE_THREAD else "CREATE_PUBLIC_THREADS")
    body = _check_thread_fields(ask.body, name_is_required=True)
    thread = _start(parent, ask.world.mint.next(), kind, body)
    thread.invitable = body.get("invitable", True)
    thread.announce()
    return Answer(201, thread.json())


def _post_in_forum(ask: Ask, parent: GuildChannel) -> Answer:
    require(parent, "SEND_MESSAGES")
    body = _check_thread_fields(ask.body, name_is_required=True)
    if parent.requires_tag and not body.get("applied_tags"):
        raise refusal(40067)
    form = read_form(body.get("message") or {}, ask.uploads)
    thread = _start(parent, ask.world.mint.next(), PUBLIC_THREAD, body)
    thread.applied_tags = [str(tag_id) for tag_id in body.get("applied_tags") or ()]
    message = send(ask, thread, form)
    thread.announce()
    return Answer(201, thread.json() | {"message": message_json(message)})


def _start(parent: GuildChannel, thread_id: int, kind: int, body: Json) -> Thread:
    if len(parent.guild.active_threads) >= parent.guild.active_threads_limit:
        raise refusal(160007 if kind == ANNOUNCEMENT_THREAD else 160006)
    thread = Thread(parent, thread_id, kind, body["name"], parent.world.bot)
    thread.auto_archive_minutes = body.get("auto_archive_duration") or thread.auto_archive_minutes
    thread.joined[parent.world.bot.id] = parent.world.clock.now()
    return thread


def join_thread(ask: Ask) -> Answer:
    thread = thread_of(ask)
    require_open(thread)
    thread.join([ask.world.bot])
    return NO_CONTENT


def add_thread_member(ask: Ask) -> Answer:
    """Bring somebody into a thread."""
    thread = thread_of(ask)
    require_open(thread)
    require(thread, "SEND_MESSAGES_IN_THREADS")
    user = user_of(ask)
    if user.id not in thread.guild.members:
        raise refusal(10007)
    if len(thread.joined) >= MEMBERS_LIMIT:
        raise refusal(30033)
    thread.join([user])
    return NO_CONTENT


def leave_thread(ask: Ask) -> Answer:
    thread = thread_of(ask)
    require_open(thread)
    thread.leave(ask.world.bot)
    return NO_CONTENT


def remove_thread_member(ask: Ask) -> Answer:
    thread = thread_of(ask)
    require_open(thread)
    owns_private = thread.is_private and thread.owner is ask.world.bot
    if not owns_private:
        require(thread, "MANAGE_THREADS")
    thread.leave(user_of(ask))
    return NO_CONTENT


def read_thread_member(ask: Ask) -> Answer:
    thread = thread_of(ask)
    user = user_of(ask)
    if user.id not in thread.joined:
        raise refusal(10007)
    return Answer(200, thread.member_json(user.id))


def list_thread_members(ask: Ask) -> Answer:
    thread = thread_of(ask)
    return Answer(200, [thread.member_json(user_id) for user_id in thread.joined])


def active_threads(ask: Ask) -> Answer:
    guild = guild_of(ask)
    return Answer(200, _listing(ask, [one for one in guild.active_threads if one.is_visible_to_bot()]))


def _listing(ask: Ask, threads: Sequence[Thread]) -> Json:
    own = ask.world.bot.id
    members = [thread.member_json(own) for thread in threads if own in thread.joined]
    return {"threads": [thread.json() for thread in threads], "members": members, "has_more": False}


def archived_threads(ask: Ask) -> Answer:
    """Archived public threads of a channel, newest first."""
    parent = server_channel_of(ask)
    require(parent, "READ_MESSAGE_HISTORY")
    return Answer(200, _listing(ask, _archived(parent, private=False)))


def archived_private_threads(ask: Ask) -> Answer:
    parent = server_channel_of(ask)
    require(parent, "READ_MESSAGE_HISTORY", "MANAGE_THREADS")
    return Answer(200, _listing(ask, _archived(parent, private=True)))


def _archived(parent: GuildChannel, *, private: bool) -> list[Thread]:
    found = [one for one in parent.threads if one.archived and one.is_private is private]
    return sorted(found, key=lambda one: one.archived_at, reverse=True)


THREAD_MEMBERS: Final = "/channels/{channel_id}/thread-members"
ROUTES: Final = (
    Route("GET", "/channels/{channel_id}", read_channel),
    Route("PATCH", "/channels/{channel_id}", update_channel),
    Route("DELETE", "/channels/{channel_id}", delete_channel),
    Route("POST", "/channels/{channel_id}/messages/{message_id}/threads", thread_from_message),
    Route("POST", "/channels/{channel_id}/threads", thread_without_message),
    Route("GET", "/channels/{channel_id}/threads/archived/public", archived_threads),
    Route("GET", "/channels/{channel_id}/threads/archived/private", archived_private_threads),
    Route("GET", "/guilds/{guild_id}/threads/active", active_threads),
    Route("GET", THREAD_MEMBERS, list_thread_members),
    Route("PUT", f"{THREAD_MEMBERS}/@me", join_thread),
    Route("DELETE", f"{THREAD_MEMBERS}/@me", leave_thread),
    Route("PUT", f"{THREAD_MEMBERS}/{{user_id}}", add_thread_member),
    Route("DELETE", f"{THREAD_MEMBERS}/{{user_id}}", remove_thread_member),
    Route("GET", f"{THREAD_MEMBERS}/{{user_id}}", read_thread_member),
)
