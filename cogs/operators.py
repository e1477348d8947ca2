"""Who may use `/characters-op`: the application's owner or its team, in the operator's server alone."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.errors import NotAllowed, ServerNotAllowed
from bot.operator.operating import Owners

AskOwners = Callable[[], Awaitable[Owners]]


class Operators:
    """Asks Discord at every use: a team changes, and whoever manages the server may give commands away."""

    def __init__(self, guild_id: int, ask_owners: AskOwners) -> None:
        self._guild_id = guild_id
        self._ask_owners = ask_owners

    async def admit(self, interaction: discord.Interaction[Any]) -> Owners:
        """The application's owners, the caller among them.

        Raises:
            ServerNotAllowed: it is another server.
            NotAllowed: the caller is none of them.
        """
        if interaction.guild_id != self._guild_id:
            raise ServerNotAllowed(interaction.guild_id or 0)
        owners = await self._ask_owners()
        if interaction.user.bot or interaction.user.id not in owners.user_ids:
            raise NotAllowed("operate")
        return owners
