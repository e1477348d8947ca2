"""Which reactions are wishes to try again, and who may wish for more than their own."""

import discord

from bot.model import Person
from cogs import guards

RETRY_EMOJI = frozenset("🔁🔄♻")
VARIATION_SELECTORS = "\ufe0e\ufe0f"
"""Clients send ♻ with or without one."""

Place = discord.abc.GuildChannel | discord.Thread


def is_retry_emoji(emoji: discord.PartialEmoji) -> bool:
    """Custom emoji never are, whatever their name."""
    return emoji.id is None and (emoji.name or "").rstrip(VARIATION_SELECTORS) in RETRY_EMOJI


def wisher(member: discord.Member, channel: Place | None) -> Person:
    """Who reacts there, with the rights that they have now."""
    return Person(
        user_id=member.id,
        guild_id=member.guild.id,
        may_manage=may_manage(member, channel),
        role_ids=guards.role_ids_of(member),
        channel_ids=guards.channel_ids_of(channel),
    )


def may_manage(member: discord.Member, channel: Place | None) -> bool:
    """Whether the member may manage messages there, from the roles that Discord has just told."""
    if channel is None:
        return False
    try:
        return channel.permissions_for(member).manage_messages
    except discord.ClientException:
        # A thread whose parent channel is not in the cache.
        return False
