"""Messages the way Discord writes them."""

from __future__ import annotations

from sandbox.discord.files import attachment_json
from sandbox.discord.hub import Json
from sandbox.discord.messages import Message


def emoji_json(key: str) -> Json:
    """A reaction's emoji: the character itself, or `name:id` for one of a server."""
    name, _, emoji_id = key.partition(":")
    return {"id": emoji_id or None, "name": name}


def message_json(message: Message, *, content_is_readable: bool = True) -> Json:
    """Discord's message object.

    Without the message content intent, what others wrote arrives empty unless it is addressed to the bot.
    """
    world = message.channel.world
    version = message.version
    is_open = content_is_readable or message.author is world.bot or message.channel.guild is None
    is_open = is_open or world.bot.id in message.mentioned_user_ids
    mentioned = [world.users[user_id] for user_id in message.mentioned_user_ids if user_id in world.users]
    shape: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": message.kind,
        "author": message.author.json(),
        "content": version.content if is_open else "",
        "embeds": list(version.embeds) if is_open else [],
        "components": list(version.components) if is_open else [],
        "attachments": [attachment_json(world, file) for file in message.files] if is_open else [],
        "mentions": [user.json() for user in mentioned],
        "mention_roles": [],
        "mention_everyone": message.mentions_everyone,
        "timestamp": (message.history[0] if message.history else version).at.isoformat(),
        "edited_timestamp": message.edited_at.isoformat() if message.edited_at else None,
        "flags": message.flags,
        "pinned": False,
        "tts": False,
    }
    return shape | _optional(message)


def _optional(message: Message) -> Json:
    shape: Json = {}
    if message.nonce is not None:
        shape["nonce"] = message.nonce
    if message.webhook_id is not None:
        shape |= {"webhook_id": str(message.webhook_id), "application_id": str(message.webhook_id)}
    if message.interaction_metadata is not None:
        shape["interaction_metadata"] = message.interaction_metadata
    if message.thread is not None:
        shape["thread"] = message.thread.json()
    if message.reactions:
        shape["reactions"] = [_reaction_json(message, key) for key in message.reactions]
    if message.kind == REPLY:
        shape |= _reference_json(message)
    return shape


REPLY = 19  # Discord: Message, Message Types


def _reference_json(message: Message) -> Json:
    source = message.replied_to
    if source is None:
        return {"referenced_message": None}
    reference = {"type": 0, "channel_id": str(source.channel.id), "message_id": str(source.id)}
    if source.channel.guild:
        reference["guild_id"] = str(source.channel.guild.id)
    return {
        "message_reference": reference,
        "referenced_message": None if source.deleted else message_json(source),
    }


def _reaction_json(message: Message, key: str) -> Json:
    users = message.reactions[key]
    return {
        "emoji": emoji_json(key),
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "burst_colors": [],
        "me_burst": False,
        "me": message.channel.world.bot.id in users,
    }
