"""How a job stands, in a line of a list."""

from datetime import datetime

from bot.fault import Fault
from bot.jobs.staff.moderation import Allowance
from bot.model import AttemptState, Job, Story
from bot.notices import SettledBy
from cogs.markdown import fence_body, relative, shown
from cogs.texts import notices, offers, takedowns
from cogs.texts.faults import FAULTS, rule_sentence

_S = AttemptState
READY = "Ready"
STATE_WORDS: dict[AttemptState, str] = {
    _S.RECEIVED: "checking the clip",
    _S.OFFERED: "needs a cut",
    _S.MENDING: "cutting the clip",
    _S.REVIEW: "waiting for a moderator",
    _S.QUEUED: "waiting",
    _S.HANDED_OVER: "about to be ordered",
    _S.SUBMITTING: "being ordered",
    _S.WAITING: "being made",
    _S.UNKNOWN: "outcome unknown",
    _S.SUCCEEDED: "ready",
    _S.FAILED: "failed",
    _S.EXPIRED: "not finished in time",
    _S.CANCELLED: "cancelled",
    _S.REJECTED: "not started",
}
"""For a line that is only text."""


def job_name(job: Job) -> str:
    """The name the member gave, or the reference."""
    name = shown(job.order.name or "", notices.NAME_LIMIT)
    return f"**{name}** · {job.reference}" if name else f"**{job.reference}**"


def choice_label(story: Story, now: datetime) -> str:
    """A line for autocompletion, where nothing is formatted: `Fen · 7F3A-21QX · cancelled · today`."""
    job, state = story.job, story.attempt.state
    days = max(0, (now - job.created_at).days)
    when = {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
    name = fence_body(job.order.name or "")
    return " · ".join([*([name] if name else []), job.reference, STATE_WORDS[state], when])


def state_line(story: Story, now: datetime, settled_by: SettledBy) -> str:
    """What goes on or how it ended, with the reason and the money where it did not end well."""
    state = story.attempt.state
    if story.job.removal is not None:
        return takedowns.owners_line(story.job.removal)
    if state is _S.OFFERED:
        return f"{notices.NOW} {offers.status_line(story.attempt)}"
    if state in notices.CHECKING:
        return f"{notices.NOW} {notices.CHECKING[state]}"
    if state is _S.SUCCEEDED:
        return f"{notices.DONE} {READY}"
    sign, label = notices.CREATING[state]
    return " ".join([f"{sign} {label}.", *_more(story, now, settled_by)])


def allowance_line(found: Allowance) -> str:
    """What of a member's limits is left, and when they start afresh; empty where there are none."""
    quota, used = found.quota, found.used
    parts = []
    if quota.per_day is not None:
        parts.append(f"{max(quota.per_day - used.today, 0)} of {quota.per_day} attempts today")
    if quota.at_once is not None:
        parts.append(f"{max(quota.at_once - used.now, 0)} of {quota.at_once} at once")
    if found.server_per_day is not None:
        left = max(found.server_per_day - used.by_all, 0)
        parts.append(f"{left} of {found.server_per_day} of the whole server today")
    if not parts:
        return ""
    daily = quota.per_day is not None or found.server_per_day is not None
    afresh = f" A new day starts {relative(found.resets_at)}." if daily else ""
    return f"-# Left for you here: {', '.join(parts)}.{afresh}"


def undelivered(story: Story, parked_reason: str | None) -> str:
    """What goes before an id that could not be posted."""
    return f"{job_name(story.job)} is ready, but {notices.parked(parked_reason)}. Its id:"


def _more(story: Story, now: datetime, settled_by: SettledBy) -> list[str]:
    attempt = story.attempt
    if attempt.state is _S.QUEUED:
        place = f"About {notices.ordinal(story.ahead + 1)} in line." if story.ahead else "Next in line."
        return [part for part in (place, notices.card_note(story, now)) if part]
    if attempt.state is _S.REVIEW:
        return [notices.card_note(story, now)]
    if attempt.state is _S.REJECTED and attempt.rule is not None and attempt.fault is None:
        return [rule_sentence(attempt.rule, attempt.rule_found, attempt.rule_accepted), notices.NOT_CHARGED]
    if attempt.state is _S.CANCELLED:
        return [notices.cost(attempt)]
    if attempt.is_open:
        return []
    text = FAULTS[attempt.fault or Fault.UNEXPLAINED]
    return [text.what, notices.whole_cost(story, settled_by), text.now]
