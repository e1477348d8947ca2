"""Settings lose what was deleted: nothing points at a channel or a role that is not there."""

import discord
import structlog
from discord.ext import commands

from bot.jobs.staff.moderation import Moderation

log = structlog.get_logger(__name__)


class ClearedSettings(commands.Cog):
    """Listens for deletions. What was deleted while nobody listened is shown by `diagnose`."""

    def __init__(self, moderation: Moderation) -> None:
        self._moderation = moderation

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self._forget(channel.guild.id, channel.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        await self._forget(event.guild_id, event.thread_id)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        await self._forget(role.guild.id, role.id)

    async def _forget(self, guild_id: int, gone_id: int) -> None:
        """Nobody is waiting for an answer, so a failure is only told in the log."""
        try:
            await self._moderation.forget(guild_id, gone_id)
        except Exception:
            log.exception("settings_not_cleared", guild_id=guild_id, gone_id=gone_id)
