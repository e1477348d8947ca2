"""The question before something is taken down, and the form that asks why, wherever they were opened from."""

from typing import Any

import discord

from bot.jobs.staff.takedown import REASON_UNITS
from bot.model import Job
from bot.moderation.takedowns import Sight
from cogs import replies
from cogs.controls import KEEP, Control, DrawnButton
from cogs.forms import DrawnForm, FormId
from cogs.texts import takedowns as texts

OPERATOR = "opr"
LOOK, ASK = "look", "ask"
TAKE_DOWN = "takedown"
REASON = "reason"


def takedown_question(sight: Sight, area: str) -> discord.ui.LayoutView:
    """What would go, with a way on and a way out, which are of `area`."""
    ask = Control(area, ASK, sight.job_id)
    return replies.plain(
        texts.question(sight),
        DrawnButton(ask, texts.ASK_LABEL, style=discord.ButtonStyle.danger),
        DrawnButton(Control(area, KEEP, sight.job_id), texts.KEEP_LABEL),
    )


def takedown_form(job_id: str, form: str = TAKE_DOWN) -> DrawnForm:
    """Asks why."""
    why = discord.ui.TextInput[Any](
        custom_id=REASON,
        style=discord.TextStyle.paragraph,
        required=True,
        max_length=REASON_UNITS,
    )
    label = discord.ui.Label[Any](text=texts.REASON, description=texts.REASON_NOTE, component=why)
    return DrawnForm(FormId.fresh(form, job_id), texts.FORM_TITLE, label)


def way_to_remove(job: Job) -> list[DrawnButton]:
    """The button for operators, where there is something that could be taken down."""
    if job.removal is not None or job.order.place.guild_id is None:
        return []
    look = Control(OPERATOR, LOOK, job.job_id)
    return [DrawnButton(look, texts.ASK_LABEL, style=discord.ButtonStyle.danger)]
