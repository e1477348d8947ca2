"""The list of what waits for moderators in a server. Pure."""

from collections.abc import Sequence

from discord import ui

from bot.model import Story
from bot.orders.prose import utf16_units
from cogs import controls
from cogs.cards import Item
from cogs.controls import Control
from cogs.pages import Page
from cogs.replies import MARGIN_UNITS, TEXT_UNITS, layout
from cogs.review_views import buttons_about, link_to
from cogs.texts import reviews as texts

LISTED = 4
"""Entries of a page: with their buttons far below 40 components (Discord: Component Reference)."""


def queue_view(waiting: Sequence[tuple[Story, str | None]], page: Page) -> ui.LayoutView:
    """A page of the list, the oldest first; with each why nobody could be asked about it, if so."""
    if not waiting:
        return layout([ui.TextDisplay(texts.NOTHING_WAITING)])
    items: list[Item] = [ui.TextDisplay(texts.queue_title(page.number, page.pages))]
    for (story, _), entry in zip(waiting, _entries(waiting), strict=True):
        items.append(ui.TextDisplay(entry))
        items.append(ui.ActionRow(*buttons_about(story, is_cut=True), *link_to(story)))
    turning = page.buttons(lambda number: Control(controls.REVIEW, controls.PAGE, "0", str(number)))
    return layout([*items, *([ui.ActionRow(*turning)] if turning else [])])


def _entries(waiting: Sequence[tuple[Story, str | None]]) -> Sequence[str]:
    """With the beginning of what was written, or without where there is no room: **Read it all** shows it."""
    room = TEXT_UNITS - MARGIN_UNITS
    with_words = [_entry(story, unasked, words=True) for story, unasked in waiting]
    if sum(map(utf16_units, with_words)) <= room:
        return with_words
    return [_entry(story, unasked, words=False) for story, unasked in waiting]


def _entry(story: Story, unasked: str | None, *, words: bool) -> str:
    asked = story.review is not None and story.review.channel_id is not None
    return texts.queue_entry(story, unasked, asked=asked, words_shown=texts.IN_QUEUE_SHOWN if words else 0)
