"""Who may look after a server: asked afresh at every command and every press.

Integrations lets a server give commands to anybody, and does not cover buttons.
"""

from typing import Any

import discord

from bot.jobs.staff.moderation import Moderation
from cogs import guards
from cogs.guards import AllowedGuilds


class Moderators:
    """Admits people by the permissions and roles that Discord tells with their very call."""

    def __init__(self, moderation: Moderation, allowed_guilds: AllowedGuilds) -> None:
        self._moderation = moderation
        self._allowed_guilds = allowed_guilds

    def offered(self, interaction: discord.Interaction[Any]) -> int:
        """The server in which a command was called that the server itself offers to whom it likes.

        Raises:
            ServerNotAllowed, WrongPlace, NotAllowed: nobody, or not this one, may ask anything from there.
        """
        return guards.admit_moderator(interaction, self._allowed_guilds)

    async def overseer(self, interaction: discord.Interaction[Any]) -> int:
        """The server, where Manage Server or one of its `mod_roles` is asked for.

        Raises:
            ServerNotAllowed, WrongPlace, NotAllowed: as `offered`, and where the caller has neither.
        """
        guild_id = self.offered(interaction)
        await self._moderation.check_overseer(guards.person_of(interaction))
        return guild_id

    async def admin(self, interaction: discord.Interaction[Any]) -> int:
        """The server, where Manage Server or one of its `admin_roles` is asked for.

        Raises:
            ServerNotAllowed, WrongPlace, NotAllowed: as `offered`, and where the caller has neither.
        """
        guild_id = self.offered(interaction)
        await self._moderation.check_admin(guards.person_of(interaction))
        return guild_id

    async def oversees(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether `overseer` would let them through."""
        return await self._moderation.oversees(guards.person_of(interaction))

    async def administers(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether `admin` would let them through."""
        return await self._moderation.administers(guards.person_of(interaction))
