"""`/characters-admin remove`: what was made here is taken down, after a question and with a reason."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.staff.takedown import Takedown
from cogs import failures, forms, pages, replies
from cogs.controls import KEEP, Control
from cogs.forms import Filled, FormId, Forms
from cogs.moderators import Moderators
from cogs.presses import Presses
from cogs.reviews.takedown_views import ASK, REASON, TAKE_DOWN, takedown_form, takedown_question
from cogs.suggestions import Reference
from cogs.texts import takedowns as texts

AREA = "tkd"


class Takedowns(commands.Cog):
    """Looks for whom the server offers the command; button and form ask for the right of the moment."""

    def __init__(self, group: app_commands.Group, *, takedown: Takedown, moderators: Moderators) -> None:
        self._takedown = takedown
        self._moderators = moderators
        group.add_command(
            app_commands.Command(name="remove", description=texts.DESCRIPTION, callback=self.remove)
        )

    @property
    def presses(self) -> Presses:
        return {(AREA, ASK): self.ask, (AREA, KEEP): self.keep}

    @property
    def forms(self) -> Forms:
        return {TAKE_DOWN: self.take_down}

    @app_commands.describe(what=texts.WHAT)
    async def remove(self, interaction: discord.Interaction[Any], what: Reference) -> None:
        """Says what would go, and asks; nothing is done yet."""
        guild_id = self._moderators.offered(interaction)
        sight = await self._takedown.find(guild_id, what)
        await failures.send_privately(interaction, replies.Reply(takedown_question(sight, AREA)))

    async def ask(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Remove…**; who may not, or is not the first, is told before they have typed."""
        guild_id = await self._moderators.overseer(interaction)
        await self._takedown.look(guild_id, control.ref)
        await forms.show(interaction, takedown_form(control.ref))

    async def keep(self, interaction: discord.Interaction[Any], _: Control) -> None:
        """The button **Keep**."""
        self._moderators.offered(interaction)
        await pages.turn_to(interaction, replies.plain(texts.KEPT))

    async def take_down(self, interaction: discord.Interaction[Any], form_id: FormId, filled: Filled) -> None:
        """The form that came back.

        Raises:
            NotAllowed: the caller is no moderator, or not any more.
            NotFound, AlreadyRemoved, ReasonMissing: as `Takedown.remove`.
        """
        guild_id = await self._moderators.overseer(interaction)
        reason = filled.values.get(REASON, "")
        sight = await self._takedown.remove(guild_id, form_id.ref, interaction.user.id, reason)
        await failures.tell(interaction, texts.done(sight))
