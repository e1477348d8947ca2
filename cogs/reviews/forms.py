"""The form in which a moderator turns an attempt down, and may block the member as well."""

from datetime import timedelta
from typing import Any

import discord

from bot.jobs.staff.oversight import span_of
from bot.orders.prose import clean
from cogs.failures import MalformedPayload
from cogs.forms import DrawnForm, Filled, FormId
from cogs.texts import reviews as texts
from cogs.texts.moderation import SPANS

REJECT, BLOCK = "reject", "block"
REASON, BLOCK_FOR = "reason", "for"
NO, FOR_GOOD = "no", "good"
FIRST_SPAN = "1d"


def reject_form(attempt_id: str) -> DrawnForm:
    """A reason, and no block unless one is chosen."""
    choices = {NO: texts.NO_BLOCK, FIRST_SPAN: SPANS[FIRST_SPAN]}
    return _form(REJECT, attempt_id, texts.REJECT_TITLE, texts.ALSO_BLOCK, choices)


def block_form(attempt_id: str) -> DrawnForm:
    """A reason, and how long the block lasts."""
    choices = {**{span: SPANS[span] for span in (FIRST_SPAN, "7d", "30d")}, FOR_GOOD: texts.FOR_GOOD}
    return _form(BLOCK, attempt_id, texts.BLOCK_TITLE, texts.BLOCK_FOR, choices)


def _form(form: str, attempt_id: str, title: str, question: str, choices: dict[str, str]) -> DrawnForm:
    reason = discord.ui.TextInput[Any](
        custom_id=REASON,
        style=discord.TextStyle.paragraph,
        required=True,
        max_length=texts.REASON_UNITS,
    )
    first = next(iter(choices))
    options = [
        discord.RadioGroupOption(label=label, value=value, default=value == first)
        for value, label in choices.items()
    ]
    block = discord.ui.RadioGroup[Any](custom_id=BLOCK_FOR, options=options, required=True)
    return DrawnForm(
        FormId.fresh(form, attempt_id),
        title,
        discord.ui.Label[Any](text=texts.REASON, description=texts.REASON_NOTE, component=reason),
        discord.ui.Label[Any](text=question, component=block),
    )


def reason_in(filled: Filled) -> str | None:
    """The reason without what cannot be seen, cut to what the form takes."""
    return clean(filled.values.get(REASON, ""))[: texts.REASON_UNITS] or None


def block_in(filled: Filled) -> tuple[bool, timedelta | None]:
    """Whether the member is to be blocked, and for how long; None is until somebody unblocks them.

    Raises:
        MalformedPayload: something else was chosen than is offered.
    """
    chosen = filled.values.get(BLOCK_FOR, NO)
    if chosen not in {NO, FOR_GOOD, *SPANS}:
        raise MalformedPayload
    return chosen != NO, span_of(chosen) if chosen in SPANS else None
