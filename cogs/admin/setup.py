"""`/characters-admin setup`: a panel on which a server's settings are picked instead of typed."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.staff.moderation import Moderation
from cogs import failures, pages, replies
from cogs.admin import setting_choices
from cogs.admin.setup_view import PAGE, POST_PANEL, SET, SETUP, There, chosen, page_of, setup_view
from cogs.controls import Control
from cogs.moderators import Moderators
from cogs.presses import Presses
from cogs.texts import answers
from cogs.texts import moderation as texts
from cogs.texts import setup as words

Post = Callable[[discord.Interaction[Any]], Awaitable[None]]


class Setup(commands.Cog):
    """Edits the panel in place. It holds nothing: rights and settings are read afresh at every press."""

    def __init__(
        self, group: app_commands.Group, *, moderation: Moderation, moderators: Moderators, post_panel: Post
    ) -> None:
        self._moderation = moderation
        self._moderators = moderators
        self._post_panel = post_panel
        group.add_command(
            app_commands.Command(name="setup", description=words.DESCRIPTION, callback=self.setup)
        )

    @property
    def presses(self) -> Presses:
        return {(SETUP, PAGE): self.turn, (SETUP, SET): self.set, (SETUP, POST_PANEL): self.post}

    async def setup(self, interaction: discord.Interaction[Any]) -> None:
        """The first page, privately.

        Raises:
            NotAllowed: the caller is no admin.
        """
        guild_id = await self._moderators.admin(interaction)
        view = await self._page(interaction, guild_id, 0)
        await failures.send_privately(interaction, replies.Reply(view))

    async def turn(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """Another page."""
        guild_id = await self._moderators.admin(interaction)
        number = pages.number_of(control.arg)
        await pages.turn_to(interaction, await self._page(interaction, guild_id, number))

    async def set(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """A pick: the setting is changed, and the page drawn with it."""
        guild_id = await self._moderators.admin(interaction)
        name = control.arg or ""
        text = chosen(name, control.values) if name in texts.SETTINGS else None
        if text is None:
            await failures.tell(interaction, answers.OLD_CONTROL)
            return
        await setting_choices.change(self._moderation, interaction, guild_id, name, text)
        await pages.turn_to(interaction, await self._page(interaction, guild_id, page_of(name)))

    async def post(self, interaction: discord.Interaction[Any], _: Control) -> None:
        """The button **Post a start panel here**."""
        await self._moderators.admin(interaction)
        await self._post_panel(interaction)

    async def _page(
        self, interaction: discord.Interaction[Any], guild_id: int, number: int
    ) -> discord.ui.LayoutView:
        guild = interaction.guild
        there = There(
            frozenset(channel.id for channel in guild.channels) if guild else frozenset(),
            frozenset(role.id for role in guild.roles) if guild else frozenset(),
        )
        return setup_view(await self._moderation.settings(guild_id), number, there)
