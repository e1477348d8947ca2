"""Where button presses and forms arrive: each goes to the cog that knows it, and none stays unanswered."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import discord
from discord.ext import commands

from cogs import failures, forms
from cogs.controls import Control, Press
from cogs.delivery.policy import TROUBLE
from cogs.forms import FormId, Forms
from cogs.replies import OwnWords, refusal
from cogs.texts import answers

LATE_SECONDS = 2.0
"""An interaction has to be answered within three seconds (Discord: Receiving and Responding)."""

Presses = Mapping[tuple[str, str], Press]
"""By area and action."""


class Switchboard(commands.Cog):
    """Gives presses and forms to their handlers. `press` is what `cogs.controls.job_buttons` wants."""

    def __init__(self, presses: Presses, forms: Forms) -> None:
        self._presses = presses
        self._forms = forms

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
        """Takes all forms, and answers for components whose ids this version does not read."""
        payload: Mapping[str, Any] = interaction.data or {}
        custom_id = str(payload.get("custom_id", ""))
        if interaction.type is discord.InteractionType.modal_submit:
            await self._submitted(interaction, payload, FormId.parse(custom_id))
        elif interaction.type is discord.InteractionType.component and Control.parse(custom_id) is None:
            await failures.tell(interaction, answers.OLD_CONTROL)

    async def _submitted(
        self, interaction: discord.Interaction[Any], payload: Mapping[str, Any], form_id: FormId | None
    ) -> None:
        """Answers every error, and gives back what was typed."""
        words = OwnWords()
        try:
            filled = forms.read(payload)
            words = filled.words
            submit = self._forms.get(form_id.form) if form_id else None
            if submit is None or form_id is None:
                await failures.send_privately(interaction, refusal(answers.OLD_FORM, words))
            else:
                await submit(interaction, form_id, filled)
        except Exception as error:  # noqa: BLE001  # the last place that can answer the person
            await failures.answer(interaction, error, prompt=words.prompt, safety=words.safety)


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
