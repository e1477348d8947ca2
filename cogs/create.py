"""`/character create`: everything in one line."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import prose
from bot.model import Attachment, Visibility
from bot.names import NAME_UNITS
from cogs.ordering import Ordering, Typed
from cogs.texts import answers
from cogs.texts.forms import SUBJECT_NOTE, SUBJECTS

TYPED_SOURCE = 100
"""Characters; a task's number has 32."""
CHOICES_SHOWN = 25
"""Discord: Application Commands, Autocomplete."""

SUBJECT_CHOICES = [
    app_commands.Choice(name=label, value=subject.value) for subject, label in SUBJECTS.items()
]
VISIBILITIES = [
    app_commands.Choice(name="In a thread here", value=Visibility.THREAD.value),
    app_commands.Choice(name="Only me", value=Visibility.PRIVATE.value),
]


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

    async def safety_presets(
        self, _interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        found = [preset for preset in answers.SAFETY_PRESETS if current.casefold() in preset.casefold()]
        return [app_commands.Choice(name=preset, value=preset) for preset in found[:CHOICES_SHOWN]]

    @app_commands.describe(
        clip="The video clip to use: 1 to 4 seconds, one subject, clearly visible.",
        subject=f"Who or what is in the clip. {SUBJECT_NOTE}",
        prompt="Describe the character: look, voice, manner.",
        safety="What to avoid. It adds to this bot's own safety text, which always applies.",
        name="A short name for your library.",
        visibility="Where progress and result are posted.",
        source_task="To take it from a video of this bot's account at the provider: the number of its task.",
        source_seconds="With it: which 1 to 4 seconds of that video, such as 0.5-3.",
    )
    @app_commands.choices(subject=SUBJECT_CHOICES, visibility=VISIBILITIES)
    @app_commands.autocomplete(safety=safety_presets)
    async def create(  # noqa: PLR0917  # Discord's options arrive by name; discord.py wants plain parameters
        self,
        interaction: discord.Interaction[Any],
        clip: discord.Attachment,
        subject: str,
        prompt: app_commands.Range[str, 0, prose.LIMIT_UNITS] | None = None,
        safety: app_commands.Range[str, 0, prose.LIMIT_UNITS] | None = None,
        name: app_commands.Range[str, 1, NAME_UNITS] | None = None,
        visibility: str = Visibility.THREAD.value,
        source_task: app_commands.Range[str, 1, TYPED_SOURCE] | None = None,
        source_seconds: app_commands.Range[str, 1, TYPED_SOURCE] | None = None,
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
                source_task=source_task,
                source_seconds=source_seconds,
            ),
        )
