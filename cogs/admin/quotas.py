"""`/characters-admin quota`: how much members and roles may make."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.staff.moderation import Moderation
from bot.model import Person
from bot.moderation.gates import Quota
from bot.moderation.servers import AT_ONCE_AT_MOST, PER_DAY_AT_MOST
from cogs import failures, guards
from cogs.moderators import Moderators
from cogs.texts import moderation as texts

PerDay = app_commands.Range[int, 0, PER_DAY_AT_MOST]
AtOnce = app_commands.Range[int, 1, AT_ONCE_AT_MOST]
Target = discord.Member | discord.User | discord.Role


class AdminQuotas(commands.Cog):
    """To look is a moderator's, to change an admin's."""

    def __init__(self, group: app_commands.Group, *, moderation: Moderation, moderators: Moderators) -> None:
        self._moderation = moderation
        self._moderators = moderators
        quotas = app_commands.Group(name="quota", description="How much members may make.", parent=group)
        for name, callback, description in (
            ("show", self.show, "See all quotas, and what a member may and has used."),
            ("set", self.set, "Give a member or a role a quota of its own."),
            ("reset", self.reset, "Take the quota of a member or a role away."),
        ):
            quotas.add_command(app_commands.Command(name=name, description=description, callback=callback))

    @app_commands.describe(member="What this member may and has used.")
    async def show(self, interaction: discord.Interaction[Any], member: discord.User | None = None) -> None:
        """All quotas of the server, and one member's in particular."""
        guild_id = self._moderators.offered(interaction)
        quotas = await self._moderation.quotas(guild_id)
        roles = {role.id for role in interaction.guild.roles} if interaction.guild else set()
        words = {one: texts.quota(mark(one, roles), quota) for one, quota in quotas.items()}
        lines = [texts.quotas(words)]
        if member is not None:
            asked = Person(member.id, guild_id, role_ids=guards.role_ids_of(member))
            lines = [texts.allowance(member.id, await self._moderation.allowance(guild_id, asked)), *lines]
        await failures.tell(interaction, "\n".join(lines))

    @app_commands.describe(
        target="Whose. A member's own goes first, then the best of their roles', then the server's.",
        per_day="Attempts in a day (UTC).",
        at_once="Attempts that run at the same time.",
    )
    async def set(
        self,
        interaction: discord.Interaction[Any],
        target: Target,
        per_day: PerDay | None = None,
        at_once: AtOnce | None = None,
    ) -> None:
        """What is left out is decided further on: by the roles, then by the server's own settings."""
        guild_id = await self._moderators.admin(interaction)
        if per_day is None and at_once is None:
            await failures.tell(interaction, texts.QUOTA_EMPTY)
            return
        quota = Quota(per_day, at_once)
        await self._moderation.set_quota(guild_id, target.id, quota, interaction.user.id)
        await failures.tell(interaction, texts.quota(target.mention, quota))

    @app_commands.describe(target="A member or a role.")
    async def reset(self, interaction: discord.Interaction[Any], target: Target) -> None:
        """Takes a quota away."""
        guild_id = await self._moderators.admin(interaction)
        await self._moderation.set_quota(guild_id, target.id, None, interaction.user.id)
        await failures.tell(interaction, texts.quota_reset(target.mention))


def mark(target_id: int, role_ids: set[int]) -> str:
    """How a member or a role is named."""
    return f"<@&{target_id}>" if target_id in role_ids else f"<@{target_id}>"
