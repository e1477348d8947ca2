"""**Remove…** under `/characters-op job`: the operator takes down what was made in any server.

Moderators decide about their server. This is for what they leave, and for servers where nobody does.
"""

from typing import Any

import discord
from discord.ext import commands

from bot.errors import NotFound
from bot.jobs.staff.control_room import ControlRoom
from bot.jobs.staff.takedown import Takedown
from cogs import failures, forms, pages, replies
from cogs.controls import KEEP, Control
from cogs.forms import Filled, FormId, Forms
from cogs.operators import Operators
from cogs.presses import Presses
from cogs.reviews.takedown_views import ASK, LOOK, OPERATOR, REASON, takedown_form, takedown_question
from cogs.texts import takedowns as texts

OPERATOR_TAKE_DOWN = "optakedown"


class OperatorRemovals(commands.Cog):
    """Asks at every step whether it is still an operator who presses, and only in their own server."""

    def __init__(self, *, operators: Operators, room: ControlRoom, takedown: Takedown) -> None:
        self._operators = operators
        self._room = room
        self._takedown = takedown

    @property
    def presses(self) -> Presses:
        return {(OPERATOR, LOOK): self.look, (OPERATOR, ASK): self.ask, (OPERATOR, KEEP): self.keep}

    @property
    def forms(self) -> Forms:
        return {OPERATOR_TAKE_DOWN: self.take_down}

    async def look(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """Says what would go, and asks; nothing is done yet."""
        guild_id = await self._server_of(interaction, control.ref)
        sight = await self._takedown.look(guild_id, control.ref)
        await failures.send_privately(interaction, replies.Reply(takedown_question(sight, OPERATOR)))

    async def ask(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """Opens the form; whoever is not the first is told before they have typed."""
        guild_id = await self._server_of(interaction, control.ref)
        await self._takedown.look(guild_id, control.ref)
        await forms.show(interaction, takedown_form(control.ref, OPERATOR_TAKE_DOWN))

    async def keep(self, interaction: discord.Interaction[Any], _: Control) -> None:
        await self._operators.admit(interaction)
        await pages.turn_to(interaction, replies.plain(texts.KEPT))

    async def take_down(self, interaction: discord.Interaction[Any], form_id: FormId, filled: Filled) -> None:
        """The form that came back.

        Raises:
            NotAllowed, ServerNotAllowed: as `Operators.admit`.
            NotFound, AlreadyRemoved, ReasonMissing: as `Takedown.remove`.
        """
        guild_id = await self._server_of(interaction, form_id.ref)
        reason = filled.values.get(REASON, "")
        sight = await self._takedown.remove(
            guild_id, form_id.ref, interaction.user.id, reason, by_operator=True
        )
        await failures.tell(interaction, texts.done_by_operator(sight))

    async def _server_of(self, interaction: discord.Interaction[Any], job_id: str) -> int:
        """The server of a job that an operator names.

        Raises:
            NotAllowed, ServerNotAllowed: as `Operators.admit`.
            NotFound: there is no such job, or it was made in a conversation with the bot.
        """
        await self._operators.admit(interaction)
        guild_id = (await self._room.timeline(job_id)).record.job.order.place.guild_id
        if guild_id is None:
            raise NotFound("removable")
        return guild_id
