"""Routes of messages: list, read, send, edit, delete."""

from datetime import timedelta
from typing import Final

from sandbox.discord.access import channel_of, may, message_of, require, require_open, require_sending
from sandbox.discord.asks import NO_CONTENT, Answer, Ask, Route, snowflake
from sandbox.discord.channels import FORUM, Channel
from sandbox.discord.errors import FormFaults, refusal
from sandbox.discord.form import MessageForm, read_form
from sandbox.discord.hub import Json
from sandbox.discord.messages import COMPONENTS_V2, EPHEMERAL, SUPPRESS_EMBEDS, Message
from sandbox.discord.sending import Change, NewMessage, edit, post
from sandbox.discord.shapes import message_json
from sandbox.discord.threads import Thread

NONCE_MEMORY: Final = timedelta(minutes=5)  # Discord: "the past few minutes"
PAGE_LIMIT: Final = 100
PAGE_DEFAULT: Final = 50
BOT_FLAGS: Final = SUPPRESS_EMBEDS | 1 << 12 | COMPONENTS_V2  # the ones a bot may set; 1 << 12 silences


def list_messages(ask: Ask) -> Answer:
    """Newest first. Without Read Message History the list is empty, as on Discord."""
    channel = channel_of(ask)
    if not may(channel, "READ_MESSAGE_HISTORY"):
        return Answer(200, [])
    found = _page(channel, ask, ask.page_limit(PAGE_DEFAULT, PAGE_LIMIT))
    readable = ask.world.content_is_readable
    return Answer(200, [message_json(one, content_is_readable=readable) for one in found])


def _page(channel: Channel, ask: Ask, limit: int) -> list[Message]:
    newest_first = list(reversed(channel.messages))
    if "after" in ask.query:
        after = snowflake(ask.query["after"], "after")
        return [one for one in newest_first if one.id > after][-limit:]
    if "around" in ask.query:
        around = snowflake(ask.query["around"], "around")
        nearest = sorted(newest_first, key=lambda one: abs(one.id - around))[:limit]
        return sorted(nearest, key=lambda one: -one.id)
    if "before" in ask.query:
        before = snowflake(ask.query["before"], "before")
        newest_first = [one for one in newest_first if one.id < before]
    return newest_first[:limit]


def read_message(ask: Ask) -> Answer:
    channel = channel_of(ask)
    require(channel, "READ_MESSAGE_HISTORY")
    message = message_of(ask, channel)
    return Answer(200, message_json(message, content_is_readable=ask.world.content_is_readable))


def create_message(ask: Ask) -> Answer:
    """Send a message as the bot."""
    channel = channel_of(ask)
    if channel.kind == FORUM:
        raise refusal(50008)
    form = read_form(ask.body, ask.uploads)
    if form.nonce is not None and ask.body.get("enforce_nonce"):
        earlier = _sent_with(ask, form.nonce)
        if earlier is not None:
            return Answer(200, message_json(earlier))
    require_sending(channel)
    message = send(ask, channel, form, _replied_to(ask, channel))
    if form.nonce is not None:
        ask.world.sent_nonces[form.nonce] = message
    return Answer(200, message_json(message))


def send(ask: Ask, channel: Channel, form: MessageForm, replied_to: Message | None = None) -> Message:
    """Post what a form asks for.

    Raises:
        Refusal: 50006 for nothing at all, 50013 for embeds or files the bot may not add.
    """
    world = ask.world
    if form.embeds:
        require(channel, "EMBED_LINKS")
    if form.uploads:
        require(channel, "ATTACH_FILES")
    if not (form.content or form.embeds or form.components or form.uploads):
        raise refusal(50006)
    files = form.files(world, f"attachments/{channel.id}") or []
    new = NewMessage(
        author=world.bot,
        content=form.content or "",
        embeds=form.embeds or (),
        components=form.shown_components(world, files) or (),
        flags=(form.flags or 0) & BOT_FLAGS,
        files=files,
        allowed_mentions=form.allowed_mentions,
        nonce=form.nonce,
        replied_to=replied_to,
    )
    return post(channel, new)


def _sent_with(ask: Ask, nonce: str) -> Message | None:
    """The message an earlier request with this nonce made.

    Raises:
        Refusal: 10008 when it was deleted since.
    """
    earlier = ask.world.sent_nonces.get(nonce)
    if earlier is None:
        return None
    created_at = (earlier.history[0] if earlier.history else earlier.version).at
    if ask.world.clock.now() - created_at > NONCE_MEMORY:
        return None
    if earlier.deleted or earlier.channel.deleted:
        raise refusal(10008)
    return earlier


def _replied_to(ask: Ask, channel: Channel) -> Message | None:
    """The message answered to; None without one, or with one that is gone and need not exist."""
    reference: Json | None = ask.body.get("message_reference")
    if not reference:
        return None
    message = channel.find(snowflake(reference.get("message_id"), "message_id"))
    if message is None or message.ephemeral:
        if reference.get("fail_if_not_exists", True):
            faults = FormFaults()
            faults.add(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            faults.raise_if_found()
        return None
    if not may(channel, "READ_MESSAGE_HISTORY"):
        raise refusal(160002)
    return message


def update_message(ask: Ask) -> Answer:
    """Edit one of the bot's own messages."""
    channel = channel_of(ask)
    message = message_of(ask, channel)
    if message.author is not ask.world.bot:
        raise refusal(50005)
    require_open(channel)
    form = read_form(ask.body, ask.uploads, message)
    if form.uploads:
        require(channel, "ATTACH_FILES")
    edit(message, change_of(ask, message, form))
    return Answer(200, message_json(message))


def change_of(ask: Ask, message: Message, form: MessageForm) -> Change:
    """What a form changes in a message.

    Raises:
        Refusal: 50006 when nothing would be left.
    """
    folder = f"attachments/{message.channel.id}"
    files = form.files(ask.world, folder, message.files)
    components = form.shown_components(ask.world, message.files if files is None else files)
    change = Change(
        content=form.content,
        embeds=form.embeds,
        components=components,
        flags=None if form.flags is None else form.flags & (BOT_FLAGS | EPHEMERAL),
        files=files,
        allowed_mentions=form.allowed_mentions,
    )
    left = (
        (change.content, message.content),
        (change.embeds, message.embeds),
        (change.components, message.components),
        (change.files, message.files),
    )
    if not any(old if new is None else new for new, old in left):
        raise refusal(50006)
    return change


def delete_message(ask: Ask) -> Answer:
    channel = channel_of(ask)
    message = message_of(ask, channel)
    if message.author is not ask.world.bot:
        require(channel, "MANAGE_MESSAGES")
    require_open(channel)
    message.delete()
    return NO_CONTENT


def start_typing(ask: Ask) -> Answer:
    channel = channel_of(ask)
    require(channel, "SEND_MESSAGES_IN_THREADS" if isinstance(channel, Thread) else "SEND_MESSAGES")
    return NO_CONTENT


MESSAGES: Final = "/channels/{channel_id}/messages"
MESSAGE: Final = "/channels/{channel_id}/messages/{message_id}"
ROUTES: Final = (
    Route("GET", MESSAGES, list_messages),
    Route("POST", MESSAGES, create_message),
    Route("GET", MESSAGE, read_message),
    Route("PATCH", MESSAGE, update_message),
    Route("DELETE", MESSAGE, delete_message),
    Route("POST", "/channels/{channel_id}/typing", start_typing),
)
