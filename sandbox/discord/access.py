"""Finding what a request names, and refusing what the bot may not do there."""

from sandbox.discord.asks import Ask
from sandbox.discord.channels import Channel, GuildChannel, PrivateChannel
from sandbox.discord.errors import refusal
from sandbox.discord.guilds import Guild
from sandbox.discord.messages import Message
from sandbox.discord.permissions import holds
from sandbox.discord.threads import Thread
from sandbox.discord.users import User


def guild_of(ask: Ask) -> Guild:
    """The server in the path.

    Raises:
        Refusal: 10004 unknown, 50001 the bot is not in it.
    """
    guild = ask.world.guilds.get(ask.number("guild_id"))
    if guild is None:
        raise refusal(10004)
    if not guild.has_bot:
        raise refusal(50001)
    return guild


def channel_of(ask: Ask) -> Channel:
    """The channel in the path, if the bot can see it.

    Raises:
        Refusal: 10003 unknown, 50001 out of sight.
    """
    channel = ask.world.channels.get(ask.number("channel_id"))
    if channel is None:
        raise refusal(10003)
    if channel.guild and not channel.guild.has_bot:
        raise refusal(50001)
    if not channel.is_visible_to_bot():
        raise refusal(50001)
    return channel


def thread_of(ask: Ask) -> Thread:
    """The thread in the path; anything else is refused with 50024."""
    channel = channel_of(ask)
    if not isinstance(channel, Thread):
        raise refusal(50024)
    return channel


def server_channel_of(ask: Ask) -> GuildChannel:
    """The server channel in the path; threads and private conversations are refused with 50024."""
    channel = channel_of(ask)
    if not isinstance(channel, GuildChannel):
        raise refusal(50024)
    return channel


def message_of(ask: Ask, channel: Channel) -> Message:
    """The message in the path. Ephemeral ones are unknown to every channel route.

    Raises:
        Refusal: 10008.
    """
    message = channel.find(ask.number("message_id"))
    if message is None or message.ephemeral:
        raise refusal(10008)
    return message


def user_of(ask: Ask) -> User:
    """The account in the path; 10013 when there is none."""
    user = ask.world.users.get(ask.number("user_id"))
    if user is None:
        raise refusal(10013)
    return user


def may(channel: Channel, *names: str) -> bool:
    """Whether the bot holds all of these in a channel."""
    return holds(channel.bot_permissions(), *names)


def require(channel: Channel, *names: str) -> None:
    """Refuse with 50013 unless the bot holds all of these."""
    if not may(channel, *names):
        raise refusal(50013)


def require_open(channel: Channel) -> None:
    """Refuse what an archived thread (50083) or a locked one (160005) does not take."""
    if not isinstance(channel, Thread):
        return
    if channel.archived:
        raise refusal(50083)
    if channel.locked and not may(channel, "MANAGE_THREADS"):
        raise refusal(160005)


def require_sending(channel: Channel) -> None:
    """Refuse a message the bot may not send; wake an archived thread up, as sending does.

    Raises:
        Refusal: 50007 or 50278 in private, 50008, 50013, 50083, 160005.
    """
    if isinstance(channel, PrivateChannel):
        _require_reachable(channel)
        return
    if isinstance(channel, Thread):
        require(channel, "SEND_MESSAGES_IN_THREADS")
        if channel.locked and not may(channel, "MANAGE_THREADS"):
            raise refusal(50083 if channel.archived else 160005)
        if channel.archived:
            channel.unarchive()
        return
    require(channel, "SEND_MESSAGES")


def _require_reachable(channel: PrivateChannel) -> None:
    if not channel.recipient.accepts_direct_messages:
        raise refusal(50007)
    if not channel.world.shares_server(channel.recipient):
        raise refusal(50278)
