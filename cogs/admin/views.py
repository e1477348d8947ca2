"""What `/characters-admin jobs` draws: a page of jobs, and the timeline of one. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import discord

from bot.jobs.staff.oversight import JobState, Search, Timeline, span_of
from bot.model import Story
from bot.notices import SettledBy
from bot.records import JobRecord
from cogs import replies
from cogs.controls import Control, DrawnButton
from cogs.job_links import buttons_for, jump_url
from cogs.pages import Page, number_of
from cogs.replies import Block
from cogs.texts import admin
from cogs.texts.statements import stated
from cogs.texts.takedowns import removed_by

ADMIN = "adm"
LIST = "list"
OPEN = "open"
SPOT = re.compile(r"(?P<page>[0-9]{1,6})_(?P<state>[a-z]+)_(?P<span>[a-z0-9]+)_(?P<whose>member|all)")
ANY = "any"

Item = discord.ui.Item[discord.ui.LayoutView]


@dataclass(frozen=True, slots=True)
class Spot:
    """A page of a list, as a control carries it: which jobs are listed, and how far one has turned.

    A list of one member's jobs says so and no more; whose they are is read from the job that the control
    names.
    """

    page: int = 0
    state: JobState | None = None
    span: str | None = None
    of_member: bool = False

    @property
    def arg(self) -> str:
        """For a control (at most 28 characters)."""
        whose = "member" if self.of_member else "all"
        return f"{max(self.page, 0)}_{self.state or ANY}_{self.span or ANY}_{whose}"

    @classmethod
    def parse(cls, arg: str | None) -> Self | None:
        """The spot of a control, or None for one that this version does not read."""
        found = SPOT.fullmatch(arg or "")
        if found is None:
            return None
        state, span = found["state"], found["span"]
        if state not in {ANY, *JobState} or span not in {ANY, *admin.SPANS}:
            return None
        return cls(
            page=number_of(found["page"]),
            state=None if state == ANY else JobState(state),
            span=None if span == ANY else span,
            of_member=found["whose"] == "member",
        )

    def search(self, owner_id: int | None) -> Search:
        """What is looked for, with the member if there is one."""
        span = span_of(self.span) if self.span else None
        return Search(state=self.state, span=span, owner_id=owner_id)


def list_view(
    records: Sequence[JobRecord],
    count: int,
    spot: Spot,
    owner_id: int | None,
    *,
    may_open: bool,
) -> discord.ui.LayoutView:
    """One page of `count` jobs; with `may_open` each has a way into it, and there are ways to other pages."""
    page = Page.of(spot.page, count)
    here = replace(spot, page=page.number)
    chosen = admin.chosen(spot.state, spot.span, owner_id)
    title: Item = discord.ui.TextDisplay(admin.list_title(count, page.number, page.pages, chosen))
    if not records:
        return replies.layout([title, discord.ui.TextDisplay(admin.NO_JOBS)])
    if not may_open:
        lines = map(admin.job_line, records)
        return replies.layout([title, *map(discord.ui.TextDisplay, (*lines, admin.LOOKING_ONLY))])
    turning = page.buttons(lambda number: to_list(records[0].job.job_id, replace(here, page=number)))
    row = [discord.ui.ActionRow(*turning)] if turning else []
    return replies.layout([title, *(_entry(record, here) for record in records), *row])


def timeline_view(timeline: Timeline, spot: Spot, settled_by: SettledBy) -> discord.ui.LayoutView:
    """A job, attempt by attempt; what can be done about it; what of it nobody heard."""
    job, latest = timeline.record.job, timeline.record.latest
    actions = buttons_for(Story(job, latest))
    back = DrawnButton(to_list(job.job_id, spot), admin.BACK_TO_LIST_LABEL)
    again = DrawnButton(Control(ADMIN, OPEN, job.job_id, spot.arg), admin.RELOAD_LABEL)
    way_on = admin.way_on(timeline, settled_by, offers_retry=bool(actions))
    return replies.stacked(
        [
            Block(admin.timeline_title(job, jump_url(job))),
            Block(stated(timeline.statement)),
            Block(removed_by(job.removal)),
            *(Block(admin.attempt_paragraph(attempt)) for attempt in timeline.record.attempts),
            Block(admin.decision(timeline)),
            Block(way_on, [*actions, again, back]),
            Block(admin.unheard(timeline.unheard, job)),
        ]
    )


def looking_view(
    timeline: Timeline, settled_by: SettledBy, actions: Sequence[DrawnButton]
) -> discord.ui.LayoutView:
    """The same for somebody who is in another server, with nothing to press but `actions`."""
    job = timeline.record.job
    return replies.stacked(
        [
            Block(admin.timeline_title(job, jump_url(job))),
            Block(stated(timeline.statement)),
            Block(removed_by(job.removal)),
            *(Block(admin.attempt_paragraph(attempt)) for attempt in timeline.record.attempts),
            Block(admin.way_on(timeline, settled_by, offers_retry=False), list(actions)),
            Block(admin.unheard(timeline.unheard, job)),
        ]
    )


def seen_view(timeline: Timeline) -> discord.ui.LayoutView:
    """The same for whoever sees its card, with what was sent where they may know it."""
    job = timeline.record.job
    return replies.stacked(
        [
            Block(admin.timeline_title(job, jump_url(job), sent_limit=admin.OWN_SENT_LIMIT)),
            Block(stated(timeline.statement)),
            Block(removed_by(job.removal)),
            *(Block(admin.attempt_paragraph(attempt)) for attempt in timeline.record.attempts),
            Block(admin.unheard(timeline.unheard, job)),
        ]
    )


def to_list(job_id: str, spot: Spot) -> Control:
    """The way to a page of a list that the job is in."""
    return Control(ADMIN, LIST, job_id, spot.arg)


def _entry(record: JobRecord, spot: Spot) -> Item:
    """A job with the way into it, which remembers the way back."""
    control = Control(ADMIN, OPEN, record.job.job_id, spot.arg)
    return discord.ui.Section(admin.job_line(record), accessory=DrawnButton(control, admin.OPEN_LABEL))
