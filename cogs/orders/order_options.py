"""The options that every command for an order has: what they are, and what is suggested for them."""

from typing import Any

import discord
from discord import app_commands

from bot.model import Visibility
from cogs.texts import answers, forms

CHOICES_SHOWN = 25
"""Discord: Application Commands, Autocomplete."""

DESCRIPTIONS = {
    "clip": "The video clip to use: 1 to 4 seconds, one subject, clearly visible.",
    "subject": f"Who or what is in the clip. {forms.SUBJECT_NOTE}",
    "prompt": "Describe the character: look, voice, manner.",
    "safety": "What to avoid. It adds to this bot's own safety text, which always applies.",
    "name": "A short name for your library.",
    "visibility": "Where progress and result are posted.",
}
SUBJECTS = [app_commands.Choice(name=label, value=subject.value) for subject, label in forms.SUBJECTS.items()]
VISIBILITIES = [
    app_commands.Choice(name="Here, for everybody to see", value=Visibility.THREAD.value),
    app_commands.Choice(name="Only me", value=Visibility.PRIVATE.value),
]


async def presets(_interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
    """Texts about safety that contain what is typed so far."""
    found = [preset for preset in answers.SAFETY_PRESETS if current.casefold() in preset.casefold()]
    return [app_commands.Choice(name=preset, value=preset) for preset in found[:CHOICES_SHOWN]]
