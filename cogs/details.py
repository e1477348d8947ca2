"""**Details** of one's own job: each attempt, what it cost, and what was really sent for it."""

from typing import Any

import discord
from discord.ext import commands

from bot.jobs.staff.oversight import Oversight
from cogs import controls, failures, guards
from cogs.admin.views import own_view
from cogs.controls import Control
from cogs.guards import AllowedGuilds
from cogs.presses import Presses
from cogs.replies import Reply


class Details(commands.Cog):
    """Shows them to the owner of a job and to nobody else; moderators have `/characters-admin jobs`."""

    def __init__(self, *, oversight: Oversight, allowed_guilds: AllowedGuilds) -> None:
        self._oversight = oversight
        self._allowed_guilds = allowed_guilds

    @property
    def presses(self) -> Presses:
        return {(controls.JOB, controls.INFO): self.show}

    async def show(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Details**."""
        person = guards.admit(interaction, self._allowed_guilds)
        timeline = await self._oversight.own(control.ref, person)
        await failures.send_privately(interaction, Reply(own_view(timeline)))
