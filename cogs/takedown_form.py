"""The form in which a moderator says why something is taken down, wherever it was opened from."""

from typing import Any

import discord

from bot.jobs.takedown import REASON_UNITS
from cogs.forms import DrawnForm, FormId
from cogs.texts import takedowns as texts

TAKE_DOWN = "takedown"
REASON = "reason"


def takedown_form(job_id: str) -> DrawnForm:
    """Asks why."""
    why = discord.ui.TextInput[Any](
        custom_id=REASON,
        style=discord.TextStyle.paragraph,
        required=True,
        max_length=REASON_UNITS,
    )
    label = discord.ui.Label[Any](text=texts.REASON, description=texts.REASON_NOTE, component=why)
    return DrawnForm(FormId.fresh(TAKE_DOWN, job_id), texts.FORM_TITLE, label)
