"""The sentences about reports: what their author, the moderators, and the owner's readers are told."""

from collections.abc import Callable
from typing import Any

from bot.errors import UserFault
from bot.jobs.staff.reporting import NOTE_UNITS, WORDS_UNITS
from bot.model import Job, reference_of
from bot.refusals.reports import AlreadyReported, ReportOver, TooManyReports
from bot.report import Report, ReportKind, ReportOutcome
from cogs.markdown import mention, relative, shown
from cogs.texts import notices
from cogs.texts.forms import SUBJECTS

MENU_NAME = "Report character"
FORM_TITLE = "Report this character"
KIND, WORDS = "What is wrong?", "Anything the moderators should know"
WORDS_NOTE = "Only the moderators of this server read it, and that it is from you."
KINDS = {
    ReportKind.LIKENESS: "It is me, or somebody else, and that person did not agree",
    ReportKind.MINOR: "A minor is to be seen",
    ReportKind.SEXUAL: "It is sexual",
    ReportKind.HARASSMENT: "It harasses or mocks somebody",
    ReportKind.OTHER: "It breaks another rule",
}
DISMISS_TITLE = "Dismiss the report"
NOTE, NOTE_NOTE = "Why nothing is removed", "Whoever reported it reads this."
TAKE_DOWN_LABEL, DISMISS_LABEL, JUMP_LABEL = "Take down…", "Dismiss…", "Jump to it"
LIST_TITLE = "### Reported"
DISMISSED = "Dismissed. Whoever reported it is told so."
HIDDEN = f"-# {notices.SHIELD} Its picture is hidden until a moderator has looked at a report."
FLAG = "🚩"
LISTED_WORDS = 300
"""Of an entry of the list; the message in the review channel has all of them."""


def title(report: Report, job: Job) -> str:
    """What is reported, by whom, and what the owner had stated; for moderators."""
    whose, by = mention(job.order.owner_id), mention(report.reporter_id)
    lines = [
        f"{FLAG} **Report**: {KINDS[report.kind]}",
        f"about `{reference_of(report.job_id)}` from {whose}, by {by} {relative(report.reported_at)}",
        f"stated about the clip: **{SUBJECTS[job.order.subject]}**",
    ]
    if report.kind is ReportKind.MINOR:
        lines.append("Its picture is hidden for everybody else until you decide.")
    return "\n".join(lines)


def words(report: Report, limit: int = WORDS_UNITS) -> str:
    """What was said to it, up to `limit` code points; empty where nothing was."""
    said = shown(report.words, limit)
    return f"> {said}" if said else ""


def footer(report: Report) -> str:
    return f"-# report · ref {reference_of(report.job_id)}"


def more(count: int) -> str:
    return f"-# … and {count} more, which follow when these are decided."


def outcome(report: Report) -> str:
    """How it was decided, for moderators."""
    if report.decided_at is None:
        return ""
    done = "Taken down" if report.outcome is ReportOutcome.REMOVED else "Dismissed"
    sign = notices.DONE if report.outcome is ReportOutcome.REMOVED else notices.STOPPED
    note = f": {shown(report.note, NOTE_UNITS)}" if report.note else "."
    return f"{sign} {done} by {mention(report.decided_by or 0)} {relative(report.decided_at)}{note}"


def filed(report: Report) -> str:
    """What happens now, for the reporter alone."""
    hidden = "Its picture is hidden at once. " if report.kind is ReportKind.MINOR else ""
    return (
        f"Reported. {hidden}The moderators of this server see it next, and that it is from you; the people "
        "who run this bot are told of it without your name. When it is decided I tell you in a direct "
        "message, if you take those from me.\n"
        f"-# ref {reference_of(report.job_id)}"
    )


def decided(report: Report) -> str:
    """What came of it, for the reporter."""
    if report.outcome is ReportOutcome.REMOVED:
        return f"{notices.DONE} What you reported (`{reference_of(report.job_id)}`) was removed. Thank you."
    note = f" They say: {shown(report.note, NOTE_UNITS)}" if report.note else ""
    return (
        f"{notices.STOPPED} The moderators looked at what you reported (`{reference_of(report.job_id)}`) and "
        f"left it.{note}\nIf it is you who is shown, you can also write to whoever runs this bot: the "
        "privacy policy, which `/privacy show` links, says how."
    )


def _already(error: AlreadyReported) -> str:
    report = error.report
    if report.decided_at is not None:
        return decided(report)
    return (
        f"You reported this {relative(report.reported_at)}, and the moderators have not decided yet. Nothing "
        "more is needed."
    )


def _too_many(error: TooManyReports) -> str:
    return (
        f"You have reported {error.limit} within an hour, which is as many as I take from one member. The "
        f"next one can follow {relative(error.again_at)}. If it cannot wait, write to a moderator."
    )


def _over(error: ReportOver) -> str:
    return f"You were not the first, nothing was changed.\n{outcome(error.report)}"


TEXTS: dict[type[UserFault], Callable[[Any], str]] = {
    AlreadyReported: _already,
    TooManyReports: _too_many,
    ReportOver: _over,
}
