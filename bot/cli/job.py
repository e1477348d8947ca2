"""`python -m bot job`: the timeline of one job, whatever server it is of."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from bot import operations
from bot.cli.shell import operate, operating, show
from bot.job_report import UNKNOWN_NOTE, has_unknown, lines_of
from bot.jobs.staff.oversight import Timeline
from bot.model import OPEN_STATES, Attempt
from bot.notices import Announcement

TIME = "%Y-%m-%d %H:%M:%S"
DIRECT = "direct message"


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline."""

    at: datetime
    attempt: str
    what: str
    details: str


def job(
    reference: Annotated[
        str, typer.Argument(metavar="JOB", help="Its reference, such as 7F3A-21QX, or its id.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,  # noqa: FBT002 - typer reads options from defaults
) -> None:
    """Show what has become of a job, attempt by attempt; without a word of its member."""
    timeline = operate(operations.timeline(operating(), reference))
    if as_json:
        typer.echo(as_line(timeline))
        return
    typer.echo(headline(timeline))
    show(table_of(timeline))
    if has_unknown([timeline.record]):
        typer.echo(UNKNOWN_NOTE)


def headline(timeline: Timeline) -> str:
    found, order = timeline.record.job, timeline.record.job.order
    place = DIRECT if order.place.guild_id is None else f"server {order.place.guild_id}"
    return f"Job {found.reference} ({found.job_id}) of member {order.owner_id}, {place}"


def table_of(timeline: Timeline) -> Table:
    """Times in UTC, the first at the top."""
    table = Table("when", "attempt", "what", "details")
    table.columns[3].overflow = "fold"
    for moment in sorted(moments(timeline), key=lambda one: one.at):
        # As text: a provider's own words may look like markup.
        table.add_row(f"{moment.at:{TIME}}", moment.attempt, Text(moment.what), Text(moment.details))
    return table


def moments(timeline: Timeline) -> Iterator[Moment]:
    for attempt in timeline.record.attempts:
        yield from _of_attempt(attempt)
    for announcement in timeline.unheard:
        yield _unheard(announcement)


def _of_attempt(attempt: Attempt) -> Iterator[Moment]:
    number = str(attempt.number)
    renewal = ", for a new id" if attempt.renews else ""
    yield Moment(attempt.created_at, number, "asked for", f"by {attempt.requested_by}{renewal}")
    if attempt.waits_since is not None:
        yield Moment(attempt.waits_since, number, "began to wait", "")
    if attempt.submitted_at is not None:
        yield Moment(attempt.submitted_at, number, "ordered", _order_of(attempt))
    if attempt.ended_at is not None:
        yield Moment(attempt.ended_at, number, attempt.state.value, _end_of(attempt))
    elif attempt.state in OPEN_STATES:
        yield Moment(attempt.due_at, number, f"now {attempt.state.value}", "looked at next")


def _order_of(attempt: Attempt) -> str:
    return f"{attempt.provider}, task {attempt.task_id}" if attempt.task_id else attempt.provider


def _end_of(attempt: Attempt) -> str:
    """Our word for the fault, the provider's own, and what it cost."""
    spent = attempt.credits_spent
    own = " ".join(part for part in (attempt.provider_code, attempt.provider_text) if part)
    cost = None if spent is None else f"{spent:g} credits"
    return "; ".join(part for part in (attempt.fault and attempt.fault.value, own, cost) if part)


def _unheard(announcement: Announcement) -> Moment:
    number = str(announcement.attempt_number or "")
    reason = announcement.parked_reason or ""
    return Moment(announcement.created_at, number, f"not told: {announcement.kind.value}", reason)


def as_line(timeline: Timeline) -> str:
    """The job as `jobs --json` has it, and what of it nobody could be told."""
    (line,) = lines_of([timeline.record])
    unheard = [
        {"attempt": one.attempt_number, "kind": one.kind.value, "reason": one.parked_reason}
        for one in timeline.unheard
    ]
    return json.dumps({**json.loads(line), "unheard": unheard}, ensure_ascii=False)
