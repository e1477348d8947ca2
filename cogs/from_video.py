"""`/character from-video`: the same from a part of a video that the provider has made before."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import prose
from bot.model import Attachment, Visibility
from bot.names import NAME_UNITS
from cogs import order_options
from cogs.ordering import Ordering, Typed
from cogs.texts import sources as texts

TYPED_SOURCE = 100
"""Characters; a task's number has 32."""


class FromVideo(commands.Cog):
    """The command; it is there only where a provider takes such a part."""

    def __init__(self, group: app_commands.Group, ordering: Ordering) -> None:
        self._ordering = ordering
        group.add_command(
            app_commands.Command(name="from-video", description=texts.DESCRIPTION, callback=self.create)
        )

    @app_commands.describe(**order_options.DESCRIPTIONS | texts.OPTIONS)
    @app_commands.choices(subject=order_options.SUBJECTS, visibility=order_options.VISIBILITIES)
    @app_commands.autocomplete(safety=order_options.presets)
    async def create(  # noqa: PLR0917  # Discord's options arrive by name; discord.py wants plain parameters
        self,
        interaction: discord.Interaction[Any],
        task: app_commands.Range[str, 1, TYPED_SOURCE],
        seconds: app_commands.Range[str, 1, TYPED_SOURCE],
        clip: discord.Attachment,
        subject: str,
        prompt: app_commands.Range[str, 1, prose.LIMIT_UNITS],
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
                part=(task, seconds),
            ),
        )
