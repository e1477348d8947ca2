"""The form for a new character: opened by `/character new` or a start panel's button, and taken in."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.clip import ClipRule
from bot.errors import ClipRejected
from cogs import controls, forms
from cogs.controls import Control
from cogs.forms import Filled, FormId, Forms
from cogs.ordering import Ordering, typed_from
from cogs.presses import Presses
from cogs.texts import forms as texts

ONE_FILE = "one file"


class NewCharacter(commands.Cog):
    """Opens the form for whoever may start a job there, and gives what comes back to `cogs.ordering`."""

    def __init__(self, group: app_commands.Group, ordering: Ordering) -> None:
        self._ordering = ordering
        group.add_command(
            app_commands.Command(name="new", description=texts.NEW_DESCRIPTION, callback=self.open)
        )

    @property
    def presses(self) -> Presses:
        return {(controls.PANEL, controls.NEW): self.open_from_panel}

    @property
    def forms(self) -> Forms:
        return {forms.NEW: self.submit}

    async def open(self, interaction: discord.Interaction[Any]) -> None:
        """What would be refused later is refused now, before anybody has typed for minutes."""
        await self._ordering.welcome(interaction)
        await forms.show(interaction, forms.new_form(await self._ordering.cost()))

    async def open_from_panel(self, interaction: discord.Interaction[Any], _control: Control) -> None:
        """The button **New character**."""
        await self.open(interaction)

    async def submit(self, interaction: discord.Interaction[Any], form_id: FormId, filled: Filled) -> None:
        """Discord's app sends exactly one file; whatever else comes is refused.

        Raises:
            ClipRejected: not one file.
        """
        clips = filled.files.get(forms.CLIP, ())
        if len(clips) != 1:
            raise ClipRejected(ClipRule.FILE_COUNT, found=f"{len(clips)} files", accepted=ONE_FILE)
        await self._ordering.order(interaction, typed_from(filled, clips[0], form_id))
