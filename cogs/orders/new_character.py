"""The form for a new character: opened by a command, a start panel or where a clip is gone, and taken in."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.clip import ClipRule
from bot.errors import ClipRejected, NotFound
from bot.jobs.characters.library import CharacterLibrary
from bot.model import Person
from cogs import controls, forms, guards
from cogs.controls import Control
from cogs.forms import Filled, FormId, Forms
from cogs.orders.ordering import Ordering, typed_from
from cogs.presses import Presses
from cogs.texts import forms as texts

ONE_FILE = "one file"


class NewCharacter(commands.Cog):
    """Opens the form for whoever may start a job there, and gives what comes back to `ordering`."""

    def __init__(self, group: app_commands.Group, ordering: Ordering, library: CharacterLibrary) -> None:
        self._ordering = ordering
        self._library = library
        group.add_command(
            app_commands.Command(name="new", description=texts.NEW_DESCRIPTION, callback=self.open)
        )

    @property
    def presses(self) -> Presses:
        return {
            (controls.PANEL, controls.NEW): self.open_from_panel,
            (controls.CHARACTER, controls.ANEW): self.open_anew,
        }

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

    async def open_anew(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Upload the clip**: what its owner wrote stands in the form already."""
        await self._ordering.welcome(interaction)
        words = await self._words(guards.person_of(interaction), control.ref)
        await forms.show(interaction, forms.new_form(await self._ordering.cost(), words))

    async def _words(self, person: Person, character_id: str) -> Filled:
        """What the owner of a character wrote of it.

        Raises:
            NotFound: it is not theirs.
        """
        entry = await self._library.entry(person, character_id)
        if entry.character.owner_id != person.user_id:
            raise NotFound("character")
        order = entry.story.job.order if entry.story else None
        written = {forms.PROMPT: order.prompt, forms.SAFETY: order.safety} if order else {}
        return Filled({**written, forms.NAME: entry.character.name or ""}, {})

    async def submit(self, interaction: discord.Interaction[Any], form_id: FormId, filled: Filled) -> None:
        """Discord's app sends exactly one file; whatever else comes is refused.

        Raises:
            ClipRejected: not one file.
        """
        clips = filled.files.get(forms.CLIP, ())
        if len(clips) != 1:
            raise ClipRejected(ClipRule.FILE_COUNT, found=f"{len(clips)} files", accepted=ONE_FILE)
        await self._ordering.order(interaction, typed_from(filled, clips[0], form_id))
