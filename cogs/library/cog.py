"""What the parts of the library share: whom they serve, and what they suggest while a character is named."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.characters.library import CharacterLibrary
from bot.ports import Clock
from cogs import suggestions
from cogs.guards import AllowedGuilds

OWN = "One of your characters: its name or its id."


class LibraryCog(commands.Cog):
    """Some of the library's commands; `suggest_own` and `suggest_usable` are for their options."""

    def __init__(self, *, library: CharacterLibrary, clock: Clock, allowed_guilds: AllowedGuilds) -> None:
        self._library = library
        self._clock = clock
        self._allowed_guilds = allowed_guilds

    async def suggest_own(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        """The caller's own characters."""
        return await self._suggest(interaction, current, self._library.own)

    async def suggest_usable(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        """Those, and what others share with them."""
        return await self._suggest(interaction, current, self._library.usable)

    async def _suggest(
        self, interaction: discord.Interaction[Any], current: str, listed: suggestions.Listed
    ) -> list[app_commands.Choice[str]]:
        return await suggestions.of_characters(
            interaction, current, allowed_guilds=self._allowed_guilds, now=self._clock.now(), listed=listed
        )
