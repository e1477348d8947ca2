"""What is drawn in Discord for a job: the card, the result, a failure, a refused clip, a line about a retry.

Drawing is pure: a story in, a fresh view out, never timed out and never used twice.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import discord
from discord import ui

from bot.fault import Fault
from bot.jobs.desk import can_follow, is_last
from bot.jobs.picturing import can_choose
from bot.model import OPEN_STATES, QUEUE_STATES, AttemptState, Story
from bot.notices import SettledBy
from bot.orders.prose import utf16_units
from cogs import controls
from cogs.markdown import in_code_block
from cogs.offer_view import offer_reply, open_button
from cogs.pictures import Picture
from cogs.replies import OwnWords, Reply, beside
from cogs.replies import refusal as private_refusal
from cogs.texts import failover, lapsing, library, notices, offers, picturing, reports, takedowns

TEXT_UNITS = 4000
"""Of all text in one message (Discord: Component Reference); discord.py does not check it."""
COMPONENTS = 40
LATE_PROMPT_LIMIT = 1500
"""Code points; of two units each at most, so that the reason has room beside them."""

BLURPLE = discord.Colour(0x5865F2)
GREEN = discord.Colour(0x23A55A)
RED = discord.Colour(0xDA373C)
AMBER = discord.Colour(0xF0B232)
GREY = discord.Colour(0x80848E)

_S = AttemptState
COLOURS: dict[AttemptState, discord.Colour] = {
    _S.RECEIVED: BLURPLE,
    _S.OFFERED: AMBER,
    _S.MENDING: BLURPLE,
    _S.REVIEW: AMBER,
    _S.QUEUED: BLURPLE,
    _S.HANDED_OVER: BLURPLE,
    _S.SUBMITTING: BLURPLE,
    _S.WAITING: BLURPLE,
    _S.UNKNOWN: AMBER,
    _S.SUCCEEDED: GREEN,
    _S.FAILED: RED,
    _S.EXPIRED: RED,
    _S.CANCELLED: GREY,
    _S.REJECTED: GREY,
}
CANCELLABLE_STATES = OPEN_STATES - {_S.SUBMITTING}
"""While it is being submitted, nobody can say whether a cancellation would come in time."""

Item = ui.Item[Any]


def progress_card(story: Story, now: datetime, poster: Picture | None = None) -> ui.LayoutView:
    """The card as it looks at `now`: the first response, and what every edit redraws."""
    if story.job.removal is not None:
        return removed_card(story)
    head = "\n".join(part for part in (notices.card_title(story), notices.card_prompt(story)) if part)
    parts = (notices.card_stages(story, now), notices.card_note(story, now))
    items: list[Item] = [beside(head, poster), *_hidden(story), ui.Separator()]
    items += [ui.TextDisplay(part) for part in parts if part]
    items += _row(*_card_buttons(story))
    items.append(ui.TextDisplay(notices.card_footer(story)))
    return _layout(ui.Container(*items, accent_colour=COLOURS[story.attempt.state]))


def removed_card(story: Story) -> ui.LayoutView:
    """What stays of a job that was taken down: that it was, without a word or a picture of it."""
    lines = (
        takedowns.card_title(story),
        takedowns.card_body(story.job),
        f"-# {notices.reference(story)}",
    )
    return _layout(ui.Container(*map(ui.TextDisplay[ui.LayoutView], lines), accent_colour=GREY))


def removal_message(story: Story) -> ui.LayoutView:
    """For the owner: what is gone, why, and what they can do."""
    body = ui.TextDisplay[ui.LayoutView](takedowns.owners_body(story))
    footer = ui.TextDisplay[ui.LayoutView](f"-# {notices.reference(story)}")
    return _layout(
        ui.TextDisplay(takedowns.owners_heading(story)), ui.Container(body, footer, accent_colour=GREY)
    )


def result_message(story: Story, poster: Picture | None = None) -> ui.LayoutView:
    """The id, alone in a code block, for the owner."""
    return _layout(
        ui.TextDisplay(notices.result_heading(story)),
        ui.Container(
            beside(notices.result_body(story), poster),
            *_hidden(story),
            ui.Separator(),
            ui.TextDisplay(notices.result_footer(story)),
            accent_colour=GREEN,
        ),
    )


def failure_message(story: Story, settled_by: SettledBy) -> ui.LayoutView:
    """What happened to an attempt that ended without a character, and the way on."""
    items: list[Item] = [ui.TextDisplay(notices.failure_body(story, settled_by)), ui.Separator()]
    if can_retry(story):
        items += _row(_retry_button(story))
    items.append(ui.TextDisplay(notices.failure_footer(story, offers_retry=can_retry(story))))
    colour = COLOURS[story.attempt.state]
    return _layout(ui.TextDisplay(notices.failure_heading(story)), ui.Container(*items, accent_colour=colour))


def lapsing_message(story: Story) -> ui.LayoutView:
    """That the id may stop working, and the way to a new one."""
    items: list[Item] = [ui.TextDisplay(lapsing.body(story))]
    if story.job.clip is not None and story.character is not None:
        control = controls.renew(story.character.character_id, story.attempt.number)
        items += _row(controls.DrawnButton(control, library.RENEW_LABEL, style=discord.ButtonStyle.primary))
    items.append(ui.TextDisplay(f"-# {notices.reference(story)}"))
    return _layout(ui.TextDisplay(lapsing.heading(story)), ui.Container(*items, accent_colour=AMBER))


def attempt_message(story: Story) -> ui.LayoutView:
    """A short line: which attempt begins, and who asked for it."""
    return _layout(ui.TextDisplay(notices.attempt_line(story)))


def refusal_message(story: Story) -> Reply:
    """For the member alone: why the clip was not taken, and all that they typed."""
    order = story.job.order
    return private_refusal(notices.refusal(story), OwnWords(prompt=order.prompt, safety=order.safety))


def offer_message(story: Story, sheet: Picture | None) -> Reply:
    """For the member alone: what is wrong with the clip, and the choice of a part of it."""
    offer = story.job.offer
    if offer is None:
        raise ValueError(story.job.job_id)
    return offer_reply(story, offer, offer.part, sheet)


def late_offer_message(story: Story) -> ui.LayoutView:
    """The way to that choice, once the interaction cannot be answered any more."""
    return _layout(ui.TextDisplay(offers.late(story)), ui.ActionRow(open_button(story.job.job_id)))


def late_refusal_message(story: Story) -> ui.LayoutView:
    """The same once the interaction cannot be answered any more, for a place that is private anyway."""
    prompt = in_code_block(story.job.order.prompt, LATE_PROMPT_LIMIT)
    return _layout(*(ui.TextDisplay(text) for text in (notices.refusal(story), prompt) if text))


def can_retry(story: Story) -> bool:
    """Whether another attempt is offered; without a clip there is nothing to try again with."""
    attempt = story.attempt
    return (
        can_follow(attempt)
        and not is_last(attempt)
        and attempt.fault is not Fault.CLIP_MISSING
        and story.job.clip is not None
    )


def without_own_words(story: Story) -> Story:
    """The story without what the member typed, for a server whose AutoMod refuses it."""
    order = replace(story.job.order, prompt="", safety="", name=None)
    character = replace(story.character, name=None) if story.character else None
    return replace(story, job=replace(story.job, order=order), character=character)


def overrun(view: ui.LayoutView) -> str | None:
    """By how much a message breaks Discord's limits, or None: it will be taken."""
    units = sum(utf16_units(text) for text in texts(view))
    if units > TEXT_UNITS or view.total_children_count > COMPONENTS:
        return f"{units} of {TEXT_UNITS} units, {view.total_children_count} of {COMPONENTS} components"
    return None


def texts(view: ui.LayoutView) -> Iterator[str]:
    """Every text of a message, in order."""
    return (item.content for item in view.walk_children() if isinstance(item, ui.TextDisplay))


def _hidden(story: Story) -> list[Item]:
    return [ui.TextDisplay(reports.HIDDEN)] if story.job.media_hidden else []


def _card_buttons(story: Story) -> Iterator[controls.DrawnButton]:
    attempt = story.attempt
    if attempt.state is _S.OFFERED:
        yield open_button(story.job.job_id)
    if story.elsewhere is not None:
        to_other = controls.elsewhere(story.job.job_id, story.elsewhere.provider)
        yield controls.DrawnButton(
            to_other, failover.label(story.elsewhere), style=discord.ButtonStyle.primary
        )
    if _may_be_of_picture(story):
        yield controls.DrawnButton(controls.choose_picture(story.job.job_id), picturing.LABEL)
    if attempt.state in CANCELLABLE_STATES:
        yield controls.DrawnButton(controls.cancel(story.job.job_id), notices.CANCEL_LABEL)
    if attempt.state is _S.CANCELLED and can_retry(story):
        # Nothing else is posted about a cancelled attempt.
        yield _retry_button(story)
    if attempt.state is not _S.REJECTED:
        # Of a refused clip nothing is kept that could be shown.
        yield controls.DrawnButton(controls.details(story.job.job_id), notices.DETAILS_LABEL)


def _may_be_of_picture(story: Story) -> bool:
    """Whether a job that waits is, or can be, made of a picture that may be chosen."""
    makers = (story.maker, story.elsewhere)
    waits = story.attempt.state in QUEUE_STATES and can_choose(story)
    return waits and any(maker is not None and maker.from_picture for maker in makers)


def _retry_button(story: Story) -> controls.DrawnButton:
    attempt = story.attempt
    return controls.DrawnButton(
        controls.retry(story.job.job_id, attempt.number),
        notices.retry_label(attempt.state),
        style=discord.ButtonStyle.primary,
        emoji=controls.RETRY_EMOJI,
    )


def _row(*buttons: controls.DrawnButton) -> list[Item]:
    return [ui.ActionRow(*buttons)] if buttons else []


def _layout(*items: Item) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    return view
