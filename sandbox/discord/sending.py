"""Posting and editing messages, once they have been found acceptable."""

from dataclasses import dataclass, field, replace
from typing import Final

from sandbox.discord.channels import Channel
from sandbox.discord.files import StoredFile
from sandbox.discord.hub import Json
from sandbox.discord.mentions import Mentions, mentions_in
from sandbox.discord.messages import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    TEXT_DISPLAY,
    Message,
    MessageVersion,
    walk,
)
from sandbox.discord.threads import Thread
from sandbox.discord.users import User

DEFAULT_KIND: Final = 0  # Discord: Message, Message Types
REPLY_KIND: Final = 19
COMMAND_ANSWER_KIND: Final = 20


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Everything a message begins with."""

    author: User
    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    flags: int = 0
    files: list[StoredFile] = field(default_factory=list)
    allowed_mentions: Json | None = None
    nonce: str | None = None
    replied_to: Message | None = None
    kind: int = DEFAULT_KIND
    metadata: Json | None = None
    webhook_id: int | None = None
    visible_to: User | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit replaces; None leaves it alone."""

    content: str | None = None
    embeds: tuple[Json, ...] | None = None
    components: tuple[Json, ...] | None = None
    flags: int | None = None
    files: list[StoredFile] | None = None
    allowed_mentions: Json | None = None


def post(channel: Channel, new: NewMessage) -> Message:
    """Put a message into a channel and notify those it mentions."""
    world = channel.world
    version = MessageVersion(
        world.clock.now(), new.content, new.embeds, new.components, new.flags, _names(new.files)
    )
    message = Message(
        id=world.mint.next(),
        channel=channel,
        author=new.author,
        version=version,
        files=new.files,
        kind=REPLY_KIND if new.replied_to else new.kind,
        nonce=new.nonce,
        replied_to=new.replied_to,
        interaction_metadata=new.metadata,
        webhook_id=new.webhook_id,
        visible_to=new.visible_to,
    )
    if not new.flags & LOADING:
        _notify(message, new.allowed_mentions)
    channel.add_message(message)
    return message


def _names(files: list[StoredFile]) -> tuple[str, ...]:
    return tuple(file.filename for file in files)


def _mentions(message: Message, allowed: Json | None) -> Mentions:
    version = message.version
    displays = [one.get("content", "") for one in walk(version.components) if one.get("type") == TEXT_DISPLAY]
    text = "\n".join([version.content, *displays])
    found = mentions_in(message.channel, message.author, text, allowed, message.replied_to)
    if message.visible_to is not None:
        found = replace(found, pinged=found.pinged & {message.visible_to.id})
    return found


def _notify(message: Message, allowed: Json | None) -> None:
    found = _mentions(message, allowed)
    message.mentioned_user_ids = found.user_ids
    message.mentions_everyone = found.everyone
    message.pinged_user_ids = found.pinged
    channel = message.channel
    if isinstance(channel, Thread):
        users = channel.world.users
        # Answering a command does not make the bot a member of the thread; plain sending does.
        author = [message.author] if message.webhook_id is None else []
        channel.join([*author, *(users[one] for one in sorted(found.pinged))])


def edit(message: Message, change: Change) -> None:
    """Replace parts of a message. An edit notifies nobody, unless it fills in a deferred answer."""
    old = message.version
    was_loading = message.loading
    files = message.files if change.files is None else change.files
    new_flags = (
        old.flags if change.flags is None else change.flags | (old.flags & (EPHEMERAL | COMPONENTS_V2))
    )
    version = MessageVersion(
        message.channel.world.clock.now(),
        old.content if change.content is None else change.content,
        old.embeds if change.embeds is None else change.embeds,
        old.components if change.components is None else change.components,
        new_flags & ~LOADING,
        _names(files),
    )
    message.files = files
    message.change(version)
    if was_loading:
        _notify(message, change.allowed_mentions)
    else:
        message.edited_at = version.at
        message.mentioned_user_ids = _mentions(message, change.allowed_mentions).user_ids
    message.channel.message_edited(message)
