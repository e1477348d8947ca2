"""Where button presses arrive: each goes to the cog that knows its action, and none stays unanswered."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import discord
from discord.ext import commands

from cogs import failures
from cogs.controls import Control, Press
from cogs.delivery.policy import TROUBLE
from cogs.texts import answers

LATE_SECONDS = 2.0
"""An interaction has to be answered within three seconds (Discord: Receiving and Responding)."""

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


def in_time(press: Press) -> Press:
    """The same press, privately; when it takes long, Discord is told in time that its answer will come."""

    async def answered(interaction: discord.Interaction[Any], control: Control) -> None:
        pressing = asyncio.ensure_future(press(interaction, control))
        try:
            await asyncio.wait([pressing], timeout=LATE_SECONDS)
            if not (pressing.done() or interaction.response.is_done()):
                with suppress(*TROUBLE):
                    await interaction.response.defer(ephemeral=True, thinking=True)
            await pressing
        finally:
            pressing.cancel()

    return answered
