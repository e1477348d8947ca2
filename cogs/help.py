"""`/character help`: how to get a good result, the rules where it is called, and what to do when it fails."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import UserFault
from bot.jobs.desk import Desk
from bot.jobs.staff.moderation import Moderation
from bot.model import Person
from cogs import failures, guards
from cogs.commands import add
from cogs.guards import AllowedGuilds
from cogs.replies import Block, Reply, stacked
from cogs.texts import answers, prices
from cogs.texts import help as texts


class Help(commands.Cog):
    """Tells members what they need to know; nothing of it depends on a job."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        desk: Desk,
        moderation: Moderation,
        allowed_guilds: AllowedGuilds,
    ) -> None:
        self._desk = desk
        self._moderation = moderation
        self._allowed_guilds = allowed_guilds
        add(
            group,
            "help",
            "How to get a good result, the rules here, and what to do when it fails.",
            self.help,
        )

    async def help(self, interaction: discord.Interaction[Any]) -> None:
        """Privately, for whoever asks, with their own limits."""
        person = guards.admit(interaction, self._allowed_guilds)
        rules = texts.NO_SERVER if person.guild_id is None else await self._rules(person.guild_id, person)
        cost = prices.lately(await self._desk.first_maker())
        rules = f"{rules}\n- {cost}" if cost else rules
        parts = (texts.TIPS, rules, texts.WHEN_IT_FAILS, texts.COMMANDS)
        await failures.send_privately(interaction, Reply(stacked(map(Block, parts))))

    async def _rules(self, guild_id: int, person: Person) -> str:
        settings = await self._moderation.settings(guild_id)
        allowance = await self._moderation.allowance(guild_id, person)
        return texts.rules(settings, allowance, await self._in_the_way(person))

    async def _in_the_way(self, person: Person) -> str | None:
        """Why they could not start anything here and now, if so."""
        try:
            await self._moderation.check(person)
        except UserFault as fault:
            return answers.refusal(fault)
        return None
