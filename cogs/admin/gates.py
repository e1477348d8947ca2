"""`/characters-admin block`, `pause` and `resume`: who may make characters in a server, if anybody.

Who may run these is the server's to say, under Integrations.
"""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.staff.moderation import Moderation
from cogs import failures
from cogs.blocking import check_blockable, held_by, span_chosen
from cogs.moderators import Moderators
from cogs.texts import moderation as texts

SPANS = [app_commands.Choice(name=name, value=span) for span, name in texts.SPANS.items()]
Reason = app_commands.Range[str, 1, 300]
Person = discord.Member | discord.User


class AdminGates(commands.Cog):
    """Blocks members, pauses the server."""

    def __init__(self, group: app_commands.Group, *, moderation: Moderation, moderators: Moderators) -> None:
        self._moderation = moderation
        self._moderators = moderators
        blocks = app_commands.Group(
            name="block", description="Keep members from making characters here.", parent=group
        )
        for parent, name, callback, description in (
            (blocks, "add", self.block, "Keep a member from making characters here."),
            (blocks, "remove", self.unblock, "Let a blocked member make characters again."),
            (blocks, "list", self.list_blocked, "See who is blocked here."),
            (group, "pause", self.pause, "Stop taking new jobs here."),
            (group, "resume", self.resume, "Take new jobs here again."),
        ):
            parent.add_command(app_commands.Command(name=name, description=description, callback=callback))

    @app_commands.describe(
        member="Who.", duration="For how long; without it, until you unblock them.", reason="They read it."
    )
    @app_commands.choices(duration=SPANS)
    async def block(
        self,
        interaction: discord.Interaction[Any],
        member: discord.User,
        duration: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Blocks a member of this server, or somebody who has left it.

        Raises:
            BlockRefused: it is the caller, a bot, or somebody who may manage the server.
        """
        guild_id = self._moderators.offered(interaction)
        settings = await self._moderation.settings(guild_id)
        check_blockable(member, held_by(member), interaction.user.id, settings)
        span = span_chosen(duration)
        block = await self._moderation.block(guild_id, member.id, span, reason, interaction.user.id)
        await failures.tell(interaction, texts.blocked(block))

    @app_commands.describe(member="Who.")
    async def unblock(self, interaction: discord.Interaction[Any], member: discord.User) -> None:
        """Ends a block."""
        guild_id = self._moderators.offered(interaction)
        was_blocked = await self._moderation.unblock(guild_id, member.id, interaction.user.id)
        await failures.tell(interaction, texts.unblocked(member.id, was_blocked=was_blocked))

    async def list_blocked(self, interaction: discord.Interaction[Any]) -> None:
        """All blocks that last."""
        guild_id = self._moderators.offered(interaction)
        await failures.tell(interaction, texts.blocks(await self._moderation.blocks(guild_id)))

    @app_commands.describe(duration="For how long; without it, until you resume.", reason="Members read it.")
    @app_commands.choices(duration=SPANS)
    async def pause(
        self,
        interaction: discord.Interaction[Any],
        duration: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Pauses the server."""
        guild_id = self._moderators.offered(interaction)
        span = span_chosen(duration)
        pause = await self._moderation.pause(guild_id, span, reason, interaction.user.id)
        await failures.tell(interaction, texts.paused(pause))

    async def resume(self, interaction: discord.Interaction[Any]) -> None:
        """Ends a pause."""
        guild_id = self._moderators.offered(interaction)
        resumed = await self._moderation.resume(guild_id, interaction.user.id)
        await failures.tell(interaction, texts.RESUMED if resumed else texts.NOT_PAUSED)
