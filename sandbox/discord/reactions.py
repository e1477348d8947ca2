"""Reactions: who may add which, and the events they cause."""

from typing import Final

from sandbox.discord.hub import Json
from sandbox.discord.messages import Message
from sandbox.discord.permissions import holds
from sandbox.discord.shapes import emoji_json
from sandbox.discord.threads import Thread
from sandbox.discord.users import User

DISTINCT_LIMIT: Final = 20  # different emoji on one message


def check_reaction(message: Message, emoji: str, permissions: int) -> int:
    """The JSON error code a reaction meets, or 0. Discord: Create Reaction."""
    if isinstance(message.channel, Thread) and message.channel.archived:
        return 50083
    if not holds(permissions, "VIEW_CHANNEL"):
        return 50001
    is_new = emoji not in message.reactions
    wanted = ("READ_MESSAGE_HISTORY", "ADD_REACTIONS") if is_new else ("READ_MESSAGE_HISTORY",)
    if not holds(permissions, *wanted):
        return 50013
    if is_new and len(message.reactions) >= DISTINCT_LIMIT:
        return 30010
    return 0


def is_emoji(text: str) -> bool:
    """Whether Discord would take this for an emoji: a character of its own, or `name:id`."""
    name, _, emoji_id = text.partition(":")
    return bool(name) and (
        emoji_id.isdigit() if emoji_id else not any(sign.isascii() and sign.isalpha() for sign in name)
    )


def add_reaction(message: Message, emoji: str, user: User) -> None:
    """Add one; a second by the same person changes nothing."""
    users = message.reactions.setdefault(emoji, [])
    if user.id in users:
        return
    users.append(user.id)
    channel = message.channel
    payload = _payload(message, emoji, user) | {"message_author_id": str(message.author_id)}
    member = channel.guild.members.get(user.id) if channel.guild else None
    payload |= {"member": member.json()} if member else {}
    if channel.is_visible_to_bot():
        channel.world.emit("MESSAGE_REACTION_ADD", channel.guild_id, payload)
    channel.world.record("reaction", channel.place, user.name, emoji, message.version)


def remove_reaction(message: Message, emoji: str, user: User) -> None:
    """Take one away; an absent one changes nothing."""
    users = message.reactions.get(emoji, [])
    if user.id not in users:
        return
    users.remove(user.id)
    if not users:
        del message.reactions[emoji]
    channel = message.channel
    if channel.is_visible_to_bot():
        channel.world.emit("MESSAGE_REACTION_REMOVE", channel.guild_id, _payload(message, emoji, user))
    channel.world.record("reaction_removed", channel.place, user.name, emoji, message.version)


def _payload(message: Message, emoji: str, user: User) -> Json:
    payload: Json = {
        "user_id": str(user.id),
        "channel_id": str(message.channel.id),
        "message_id": str(message.id),
        "emoji": emoji_json(emoji),
        "burst": False,
        "type": 0,
    }
    guild_id = message.channel.guild_id
    return payload | ({"guild_id": str(guild_id)} if guild_id else {})
