"""What moderators see of reports: the message in the review channel, and the list. Pure."""

from collections.abc import Sequence

import discord
from discord import ui

from bot.model import Job
from bot.report import Report
from cogs.cards import AMBER, GREY, Item
from cogs.controls import Control, DrawnButton
from cogs.job_links import jump_url
from cogs.pictures import Picture
from cogs.replies import layout
from cogs.review_views import behind_spoiler
from cogs.texts import reports as texts

AREA = "rpt"
REMOVE, DISMISS = "remove", "dismiss"
LISTED = 3
"""Entries of the list: far below 40 components (Discord: Component Reference)."""


def report_message(report: Report, job: Job, poster: Picture | None) -> ui.LayoutView:
    """The report while it is open; what came of it afterwards, without words and picture."""
    if report.decided_at is not None:
        lines = (texts.outcome(report), texts.footer(report))
        return layout([ui.Container(*map(ui.TextDisplay[ui.LayoutView], lines), accent_colour=GREY)])
    items: list[Item] = [behind_spoiler(texts.title(report, job), poster)]
    items += [ui.TextDisplay(said) for said in (texts.words(report),) if said]
    items += [ui.ActionRow(*_buttons(report, job)), ui.TextDisplay(texts.footer(report))]
    return layout([ui.Container(*items, accent_colour=AMBER)])


def reports_view(waiting: Sequence[tuple[Report, Job]]) -> ui.LayoutView:
    """The list, the oldest first."""
    items: list[Item] = [ui.TextDisplay(texts.LIST_TITLE)]
    for report, job in waiting[:LISTED]:
        said = texts.words(report, texts.LISTED_WORDS)
        entry = "\n".join(part for part in (texts.title(report, job), said) if part)
        items += [ui.TextDisplay(entry), ui.ActionRow(*_buttons(report, job))]
    if len(waiting) > LISTED:
        items.append(ui.TextDisplay(texts.more(len(waiting) - LISTED)))
    return layout(items)


def _buttons(report: Report, job: Job) -> list[Item]:
    url = jump_url(job)
    return [
        DrawnButton(
            Control(AREA, REMOVE, report.report_id),
            texts.TAKE_DOWN_LABEL,
            style=discord.ButtonStyle.danger,
        ),
        DrawnButton(Control(AREA, DISMISS, report.report_id), texts.DISMISS_LABEL),
        *([ui.Button[ui.LayoutView](label=texts.JUMP_LABEL, url=url)] if url else []),
    ]
