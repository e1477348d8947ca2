"""Making a character at another provider, while the model of its own one is off: the button on the card."""

from typing import Any

import discord
from discord.ext import commands

from bot.jobs.desk import Desk
from cogs import failures, guards
from cogs.controls import ELSEWHERE, JOB, Control
from cogs.guards import AllowedGuilds
from cogs.presses import Presses, in_time
from cogs.texts import answers, failover


class Elsewhere(commands.Cog):
    """Gives the wish to the desk, which decides. The provider that was offered stands in the button's id."""

    def __init__(self, *, desk: Desk, allowed_guilds: AllowedGuilds) -> None:
        self._desk = desk
        self._allowed_guilds = allowed_guilds

    @property
    def presses(self) -> Presses:
        return {(JOB, ELSEWHERE): in_time(self.move)}

    async def move(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Make it on …**."""
        person = guards.admit(interaction, self._allowed_guilds)
        if control.arg is None:
            await failures.tell(interaction, answers.OLD_CONTROL)
            return
        maker = await self._desk.make_elsewhere(control.ref, control.arg, person)
        await failures.tell(interaction, failover.moved(maker))
