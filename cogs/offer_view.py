"""The private message in which a member chooses a part of a clip. Pure: the choice stands in its controls."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.clip import Offer, Part
from bot.model import Story
from bot.orders import parts
from cogs.controls import Control, DrawnButton, DrawnSelect
from cogs.pictures import Picture
from cogs.replies import OwnWords, Reply, with_words
from cogs.texts import offers

CUT = "cut"
OPEN, USE, STEP, START, LENGTH, DROP = "open", "use", "step", "start", "length", "drop"
OPTIONS = 25
"""Discord: Component Reference, String Select."""

Item = ui.Item[Any]


def open_button(job_id: str) -> DrawnButton:
    """On a card or in a list: shows the offer to the owner alone."""
    return DrawnButton(
        Control(CUT, OPEN, job_id), offers.OPEN_LABEL, style=discord.ButtonStyle.primary, emoji="✂️"
    )


def offer_reply(story: Story, offer: Offer, part: Part, sheet: Picture | None) -> Reply:
    """What is wrong, the clip at a glance, the part as it is chosen now, and the member's own words."""
    order = story.job.order
    items: list[Item] = [ui.TextDisplay(offers.heading(story))]
    if sheet is not None:
        items.append(ui.MediaGallery(discord.MediaGalleryItem(sheet.url)))
    items.append(ui.TextDisplay(offers.kept(part, offer.seconds)))
    items += [ui.ActionRow(select) for select in _selects(story.job.job_id, part, offer.seconds)]
    items.append(ui.ActionRow(*_buttons(story.job.job_id, part, offer.seconds)))
    items.append(ui.TextDisplay(offers.footer(story)))
    files = () if sheet is None else (sheet.file(),)
    return with_words(items, OwnWords(prompt=order.prompt, safety=order.safety), files)


def encoded(part: Part) -> str:
    """The part as the argument of an id."""
    return f"{part.start_milliseconds}-{part.length_milliseconds}"


def decoded(arg: str | None) -> tuple[int, int] | None:
    """Start and length in milliseconds, whatever they are worth; None for an argument that holds none."""
    start, dash, length = (arg or "").partition("-")
    if not dash or not all(text.isascii() and text.isdigit() for text in (start, length)):
        return None
    return int(start), int(length)


def _selects(job_id: str, part: Part, seconds: float) -> list[DrawnSelect]:
    """One for the start and one for the length, as far as there is anything to choose."""
    starts = _thinned(parts.starts(seconds, part.length_milliseconds), part.start_milliseconds)
    lengths = parts.lengths(seconds)
    found = []
    if len(starts) > 1:
        options = [_option(offers.clock_time(one), one, part.start_milliseconds) for one in starts]
        found.append(DrawnSelect(Control(CUT, START, job_id, encoded(part)), options, offers.STARTS))
    if len(lengths) > 1:
        options = [_option(offers.length(one), one, part.length_milliseconds) for one in lengths]
        found.append(DrawnSelect(Control(CUT, LENGTH, job_id, encoded(part)), options, offers.LENGTHS))
    return found


def _thinned(starts: Sequence[int], present: int) -> list[int]:
    """At most as many as a select holds, the present one among them; the buttons reach those between."""
    every = -(-len(starts) // (OPTIONS - 1))
    return sorted({*starts[::every], present})


def _option(label: str, milliseconds: int, present: int) -> discord.SelectOption:
    return discord.SelectOption(label=label, value=str(milliseconds), default=milliseconds == present)


def _buttons(job_id: str, part: Part, seconds: float) -> list[DrawnButton]:
    buttons = []
    starts = parts.starts(seconds, part.length_milliseconds)
    if len(starts) > 1:
        for label, by in ((offers.EARLIER_LABEL, -parts.STEP), (offers.LATER_LABEL, parts.STEP)):
            moved = Part(part.start_milliseconds + by, part.length_milliseconds)
            there = moved.start_milliseconds in starts
            # The dead end keeps an id of its own: two alike in one message are refused.
            arg = encoded(moved) if there else "end"
            buttons.append(DrawnButton(Control(CUT, STEP, job_id, arg), label, disabled=not there))
    use = Control(CUT, USE, job_id, encoded(part))
    label = offers.use_label(part, seconds)
    buttons.append(DrawnButton(use, label, style=discord.ButtonStyle.primary, emoji="✂️"))
    buttons.append(DrawnButton(Control(CUT, DROP, job_id), offers.DROP_LABEL))
    return buttons
