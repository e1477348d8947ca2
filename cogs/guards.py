"""What is decided from an interaction's own payload, before anything is done: no network, no storage."""

from collections.abc import Mapping
from typing import Any

import discord

from bot.errors import MessageUnreadable, NotAllowed, PermissionsMissing, ServerNotAllowed, WrongPlace
from bot.model import Person, Place, PlaceKind, Visibility
from bot.moderation.servers import Results

IN_CHANNEL = ("view_channel", "send_messages", "read_message_history")
IN_THREAD = ("view_channel", "send_messages_in_threads", "read_message_history")
FOR_THREADS = ("create_public_threads", "send_messages_in_threads")
NEEDED_FOR_PRIVATE = ("view_channel",)

PLACE_KINDS: dict[discord.ChannelType, PlaceKind] = {
    discord.ChannelType.text: PlaceKind.TEXT,
    discord.ChannelType.news: PlaceKind.ANNOUNCEMENT,
    # The posts of a forum or media channel are public threads.
    discord.ChannelType.public_thread: PlaceKind.THREAD,
    discord.ChannelType.private_thread: PlaceKind.THREAD,
    discord.ChannelType.news_thread: PlaceKind.THREAD,
    discord.ChannelType.voice: PlaceKind.VOICE,
    discord.ChannelType.stage_voice: PlaceKind.VOICE,
    discord.ChannelType.private: PlaceKind.DM,
}

AllowedGuilds = frozenset[int] | None
"""The servers the operator allows; None for all of them."""


def is_allowed(guild_id: int, allowed: AllowedGuilds) -> bool:
    return allowed is None or guild_id in allowed


def admit(interaction: discord.Interaction, allowed: AllowedGuilds) -> Person:
    """Who asks, if anybody may ask anything from there.

    Raises:
        ServerNotAllowed: the operator has not allowed the server, or the bot is not installed in it.
        WrongPlace: a conversation that the bot is no member of.
        NotAllowed: another bot asks.
    """
    guild_id = interaction.guild_id
    if interaction.context.private_channel:
        raise WrongPlace("private_channel")
    if guild_id is not None and not (is_allowed(guild_id, allowed) and _is_installed(interaction)):
        raise ServerNotAllowed(guild_id)
    if interaction.user.bot:
        raise NotAllowed("ask")
    return person_of(interaction)


def person_of(interaction: discord.Interaction) -> Person:
    """The caller, with the rights Discord computed for this very call (never kept from an earlier one)."""
    return Person(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        may_manage=moderates(interaction.permissions),
        may_administer=oversees(interaction.permissions),
        role_ids=role_ids_of(interaction.user),
        channel_ids=channel_ids_of(interaction.channel),
        joined_at=getattr(interaction.user, "joined_at", None),
    )


def role_ids_of(user: discord.User | discord.Member) -> frozenset[int]:
    """The roles of a member, with the one that everybody has; of roles that nobody told us about, none."""
    return frozenset(role.id for role in getattr(user, "roles", ()) if role is not None)


def channel_ids_of(channel: object) -> frozenset[int]:
    """A channel, and the one around it where it is a thread."""
    ids = (getattr(channel, "id", None), getattr(channel, "parent_id", None))
    return frozenset(channel_id for channel_id in ids if channel_id is not None)


def moderates(held: discord.Permissions) -> bool:
    """Whether somebody with these permissions may act on other people's jobs."""
    return held.manage_messages or oversees(held)


def oversees(held: discord.Permissions) -> bool:
    """Whether somebody with these permissions may look after the server."""
    return held.manage_guild or held.administrator


def admit_moderator(interaction: discord.Interaction, allowed: AllowedGuilds) -> int:
    """The server in which a command of `/characters-admin` was called; who may is the server's to say.

    Raises:
        ServerNotAllowed, WrongPlace, NotAllowed: as `admit`, and outside of servers.
    """
    guild_id = admit(interaction, allowed).guild_id
    if guild_id is None:
        raise WrongPlace("dm")
    return guild_id


def place_of(interaction: discord.Interaction) -> Place:
    """Where the command was called.

    Raises:
        WrongPlace: a kind of channel in which nothing can be told later.
    """
    channel = interaction.channel
    if channel is None:
        raise WrongPlace("unknown")
    kind = PLACE_KINDS.get(channel.type)
    if kind is None or (kind is PlaceKind.DM) is not (interaction.guild_id is None):
        raise WrongPlace(str(channel.type))
    return Place(guild_id=interaction.guild_id, channel_id=channel.id, kind=kind)


def needed_in(kind: PlaceKind, results: Results) -> tuple[str, ...]:
    """What the bot must hold where a public job is to be told.

    A response needs none of it, the result does, and then the money is spent already.
    """
    match kind:
        case PlaceKind.DM:
            return ()
        case PlaceKind.THREAD:
            return IN_THREAD
        case PlaceKind.TEXT | PlaceKind.ANNOUNCEMENT if results is Results.THREAD:
            return (*IN_CHANNEL, *FOR_THREADS)
        case _:
            return IN_CHANNEL


def check_permissions(
    place: Place, visibility: Visibility, results: Results, held: discord.Permissions
) -> None:
    """Refuses a job whose result could not be told, while it still costs nothing.

    Raises:
        PermissionsMissing: with all that is lacking.
    """
    if place.kind is PlaceKind.DM or held.administrator:
        return
    is_private = visibility is Visibility.PRIVATE
    needed = NEEDED_FOR_PRIVATE if is_private else needed_in(place.kind, results)
    missing = tuple(name for name in needed if not getattr(held, name))
    if missing:
        raise PermissionsMissing(missing, place.channel_id)


def check_reading(place: Place, held: discord.Permissions) -> None:
    """Refuses what needs the messages of the place, where the bot may not read them.

    Raises:
        MessageUnreadable: View Channel or Read Message History is missing.
    """
    if place.kind is PlaceKind.DM or held.administrator:
        return
    if not (held.view_channel and held.read_message_history):
        raise MessageUnreadable(place.channel_id)


def is_sound(payload: Mapping[str, Any]) -> bool:
    """Whether all attachments have the fields, of the types, that discord.py takes for granted.

    They are those of a command or a form, and those of the message that a menu was used on.
    """
    resolved = payload.get("resolved", {})
    attachments = list(resolved.get("attachments", {}).values())
    for message in resolved.get("messages", {}).values():
        attachments += message.get("attachments", [])
    return all(_is_sound_attachment(attachment) for attachment in attachments)


def _is_sound_attachment(attachment: Mapping[str, Any]) -> bool:
    size = attachment.get("size")
    texts = (attachment.get(name) for name in ("id", "filename", "url", "proxy_url"))
    return type(size) is int and all(isinstance(text, str) for text in texts)


def _is_installed(interaction: discord.Interaction) -> bool:
    """False where a member brought the application along (Discord: Installation Context)."""
    return interaction.is_guild_integration() or not interaction.is_user_integration()
