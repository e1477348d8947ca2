"""The bot is invited to servers and removed from them."""

from collections.abc import Awaitable

import discord
import structlog
from discord.ext import commands

from bot.jobs.keeping.departures import Departures

log = structlog.get_logger(__name__)


class Membership(commands.Cog):
    """Listens for both. discord.py tells an outage by other events."""

    def __init__(self, departures: Departures) -> None:
        self._departures = departures

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await _noted(self._departures.leave(guild.id))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await _noted(self._departures.come_back(guild.id))

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """After every new session: what happened before it was told to nobody."""
        await _noted(self._departures.look())


async def _noted(noting: Awaitable[None]) -> None:
    """Nobody is waiting for an answer, and every hour it is looked again."""
    try:
        await noting
    except Exception:
        log.exception("membership_not_noted")
