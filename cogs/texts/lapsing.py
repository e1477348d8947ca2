"""That a character may stop working soon, told to its owner once."""

from datetime import datetime

from bot.jobs.characters.reminders import AHEAD
from bot.model import Story
from cogs.markdown import calendar_date, mention, shown
from cogs.texts import prices
from cogs.texts.notices import NAME_LIMIT


def is_lapsing(story: Story, now: datetime) -> bool:
    """Whether the character is still there, and its id of today may stop working soon."""
    character = story.character
    stops = character.may_stop_working_at if character else None
    return stops is not None and stops - now <= AHEAD


def heading(story: Story) -> str:
    """Who is told, and of which character."""
    character = story.character
    name = shown(character.name or "", NAME_LIMIT) if character else ""
    return f"{mention(story.job.order.owner_id)} **{name or 'Your character'}** may stop working soon"


def body(story: Story) -> str:
    """Since when, why, and what can be done about it."""
    stops = story.character.may_stop_working_at if story.character else None
    when = f" after {calendar_date(stops)}" if stops else ""
    why = (
        f"Its id may stop working{when}: the provider ties an id to its copy of the clip, which it keeps "
        "for a limited time."
    )
    if story.job.clip is None:
        return f"{why}\nMy own copy of the clip is gone: make it anew with `/character create`."
    cost = prices.lately(story.maker)
    return (
        f"{why}\n**Renew** makes a new id under the same name from my own copy. It counts as one attempt, "
        "and costs what a new character costs. The old id is still found by `/character show`."
        + (f"\n{cost}" if cost else "")
    )
