"""**Details** of a job: each attempt, how it went and what it cost; for its owner, what was really sent."""

from typing import Any

import discord
from discord.ext import commands

from bot.jobs.staff.oversight import Oversight
from cogs import controls, failures, guards
from cogs.admin.views import seen_view
from cogs.controls import Control
from cogs.guards import AllowedGuilds
from cogs.presses import Presses
from cogs.replies import Reply


class Details(commands.Cog):
    """Shows them privately, and of another's job no word of theirs."""

    def __init__(self, *, oversight: Oversight, allowed_guilds: AllowedGuilds) -> None:
        self._oversight = oversight
        self._allowed_guilds = allowed_guilds

    @property
    def presses(self) -> Presses:
        return {(controls.JOB, controls.INFO): self.show}

    async def show(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Details**."""
        person = guards.admit(interaction, self._allowed_guilds)
        timeline = await self._oversight.seen_by(control.ref, person)
        await failures.send_privately(interaction, Reply(seen_view(timeline)))
