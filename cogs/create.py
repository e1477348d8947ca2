"""`/character create`: everything in one line."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import prose
from bot.model import Attachment, Visibility
from bot.names import NAME_UNITS
from cogs import order_options
from cogs.ordering import Ordering, Typed


class Create(commands.Cog):
    """The command with all its options; what they come to is `cogs.ordering`."""

    def __init__(self, group: app_commands.Group, ordering: Ordering) -> None:
        self._ordering = ordering
        group.add_command(
            app_commands.Command(
                name="create",
                description="Create a character from a short video clip.",
                callback=self.create,
            )
        )

    @app_commands.describe(**order_options.DESCRIPTIONS)
    @app_commands.choices(subject=order_options.SUBJECTS, visibility=order_options.VISIBILITIES)
    @app_commands.autocomplete(safety=order_options.presets)
    async def create(  # noqa: PLR0917  # Discord's options arrive by name; discord.py wants plain parameters
        self,
        interaction: discord.Interaction[Any],
        clip: discord.Attachment,
        subject: str,
        prompt: app_commands.Range[str, 0, prose.LIMIT_UNITS] | None = None,
        safety: app_commands.Range[str, 0, prose.LIMIT_UNITS] | None = None,
        name: app_commands.Range[str, 1, NAME_UNITS] | None = None,
        visibility: str = Visibility.THREAD.value,
    ) -> None:
        """Errors go to the tree, which answers them and gives the texts back."""
        await self._ordering.order(
            interaction,
            Typed(
                clip=Attachment(url=clip.url, filename=clip.filename, size_bytes=clip.size),
                subject=subject,
                prompt=prompt,
                safety=safety,
                name=name,
                visibility=visibility,
            ),
        )
