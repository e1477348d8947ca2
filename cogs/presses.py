"""Where button presses arrive: each goes to the cog that knows its action, and none stays unanswered."""

from collections.abc import Mapping
from typing import Any

import discord
from discord.ext import commands

from cogs import failures
from cogs.controls import Control, Press
from cogs.texts import answers

Presses = Mapping[tuple[str, str], Press]
"""By area and action."""


class Switchboard(commands.Cog):
    """Gives presses to their handlers. `press` is what `cogs.controls.job_buttons` wants."""

    def __init__(self, presses: Presses) -> None:
        self._presses = presses

    async def press(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """Answers every error: discord.py would only log what a button raises."""
        handler = self._presses.get((control.area, control.action))
        try:
            if handler is None:
                await failures.tell(interaction, answers.OLD_CONTROL)
            else:
                await handler(interaction, control)
        except Exception as error:  # noqa: BLE001  # the last place that can answer the person
            await failures.answer(interaction, error)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Answers for components whose ids this version does not read; `press` gets all others."""
        if interaction.type is not discord.InteractionType.component:
            return
        payload: Mapping[str, Any] = interaction.data or {}
        if Control.parse(str(payload.get("custom_id", ""))) is None:
            await failures.tell(interaction, answers.OLD_CONTROL)
