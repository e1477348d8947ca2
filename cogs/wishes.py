"""Which reactions are wishes to try again, and who may wish for more than their own."""

import discord

RETRY_EMOJI = frozenset("🔁🔄♻")
VARIATION_SELECTORS = "\ufe0e\ufe0f"
"""Clients send ♻ with or without one."""

Place = discord.abc.GuildChannel | discord.Thread


def is_retry_emoji(emoji: discord.PartialEmoji) -> bool:
    """Custom emoji never are, whatever their name."""
    return emoji.id is None and (emoji.name or "").rstrip(VARIATION_SELECTORS) in RETRY_EMOJI


def may_manage(member: discord.Member, channel: Place | None) -> bool:
    """Whether the member may manage messages there, from the roles that Discord has just told."""
    if channel is None:
        return False
    try:
        return channel.permissions_for(member).manage_messages
    except discord.ClientException:
        # A thread whose parent channel is not in the cache.
        return False
