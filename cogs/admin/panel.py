"""`/characters-admin panel`: a message with a button that opens the form for a new character."""

import asyncio
from typing import Any

import discord
import structlog
from discord import app_commands, ui
from discord.ext import commands

from cogs import failures
from cogs.cards import BLURPLE
from cogs.controls import DrawnButton, new_character
from cogs.delivery.policy import TROUBLE
from cogs.orders.ordering import Ordering
from cogs.replies import layout
from cogs.texts import forms as texts

log = structlog.get_logger(__name__)

POST_SECONDS = 2.0
"""Within the three that Discord gives to the first answer."""


class StartPanel(commands.Cog):
    """Posts panels. They hold nothing of their own: a button is recognised by its id, whatever restarted."""

    def __init__(self, group: app_commands.Group, ordering: Ordering, *, client: discord.Client) -> None:
        self._ordering = ordering
        self._client = client
        group.add_command(
            app_commands.Command(name="panel", description=texts.PANEL_DESCRIPTION, callback=self.post)
        )

    async def post(self, interaction: discord.Interaction[Any]) -> None:
        """Where jobs cannot be told there is no panel either.

        The message is the bot's own and no answer to the command, so that it stands alone and names nobody.
        """
        place = await self._ordering.admit(interaction)
        channel = self._client.get_partial_messageable(place.channel_id, guild_id=place.guild_id)
        try:
            async with asyncio.timeout(POST_SECONDS):
                await channel.send(view=panel(), allowed_mentions=discord.AllowedMentions.none())
        except TROUBLE as error:
            log.warning("panel_not_posted", channel_id=place.channel_id, cause=str(error))
            await failures.tell(interaction, texts.PANEL_REFUSED)
            return
        await failures.tell(interaction, texts.PANEL_POSTED)


def panel() -> ui.LayoutView:
    """What it is about, and the one button."""
    button = DrawnButton(new_character(), texts.PANEL_BUTTON, style=discord.ButtonStyle.primary)
    return layout(
        [
            ui.Container(ui.TextDisplay(texts.PANEL), ui.ActionRow(button), accent_colour=BLURPLE),
        ]
    )
