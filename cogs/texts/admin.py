"""What moderators read: the list of a server's jobs, and the timeline of one.

Of a private job there are no words of the member to be shown: `bot.jobs.staff.oversight` has taken them out.
The provider's own words are shown nowhere else.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.jobs.staff.oversight import JobState, Timeline
from bot.model import Attempt, AttemptState, Job, Visibility
from bot.notices import JOB_WIDE_NOTICES, Announcement, NoticeKind, SettledBy
from bot.records import JobRecord
from cogs.markdown import fence_body, mention, relative, shown
from cogs.texts import faults, notices, sources
from cogs.texts.lost_answers import NOBODY_KNOWS, outlook_for_moderators
from cogs.texts.notices import BROKEN, DONE, NOW, STOPPED, UNSURE, ParkReason, park_reason
from cogs.texts.status import job_name

OPEN_LABEL = "Open"
BACK_TO_LIST_LABEL = "Back to the list"
RELOAD_LABEL = "Reload"
ANYTHING = "any state"
PRIVATE = "only for its owner"
REMOVED = "removed by moderators"
NO_JOBS = "There are no such jobs in this server."
LOOKING_ONLY = (
    "-# Opening a job and turning pages takes the permission **Manage Server** or a role in `mod_roles`; the "
    "options of this command narrow the list down."
)
WHERE_REVIEWED = "`/characters-admin queue` has it, to be decided."
UNHEARD_TITLE = "**Could not be delivered**"
PROMPT_LIMIT = 200
"""Code points of a prompt in a timeline; the card shows more of it."""
SENT_LIMIT, OWN_SENT_LIMIT = 500, 1200
"""Code points of the safety text as the provider got it; the floor is far shorter."""
WORDS_LIMIT = 160
CODE_LIMIT = 40
"""Of the provider's own words and code, in code points."""
TASK_LIMIT = 128

_S = AttemptState
STATES: dict[AttemptState, tuple[str, str]] = {
    _S.RECEIVED: (NOW, "Checking the clip"),
    _S.OFFERED: (NOW, "Waiting for its owner to choose a part of the clip"),
    _S.MENDING: (NOW, "Cutting the clip"),
    _S.REVIEW: (NOW, "Waiting for a moderator"),
    _S.QUEUED: (NOW, "Waiting"),
    _S.HANDED_OVER: (NOW, "Waiting, the provider has the clip"),
    _S.SUBMITTING: (NOW, "Placing the order"),
    _S.WAITING: (NOW, "Running at the provider"),
    _S.UNKNOWN: (UNSURE, "Outcome unknown"),
    _S.SUCCEEDED: (DONE, "Done"),
    _S.FAILED: (BROKEN, "Failed"),
    _S.EXPIRED: (BROKEN, "Not finished in time"),
    _S.CANCELLED: (STOPPED, "Cancelled"),
    _S.REJECTED: (STOPPED, "Clip refused"),
}
CHOICES: dict[JobState, str] = {
    JobState.WAITING: "Waiting",
    JobState.REVIEW: "In review",
    JobState.RUNNING: "Running",
    JobState.UNKNOWN: "Unknown",
    JobState.FAILED: "Failed",
    JobState.DONE: "Done",
    JobState.CANCELLED: "Cancelled",
}
SPANS: dict[str, str] = {
    "1h": "Last hour",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
}
"""What the option `since` offers, by its values."""
_KINDS: dict[NoticeKind, str] = {
    NoticeKind.CARD: "the card",
    NoticeKind.THREAD: "the thread",
    NoticeKind.REVIEW: "the question to the moderators",
    NoticeKind.ATTEMPT: "the line about the attempt",
    NoticeKind.OFFER: "that the clip needs a cut",
    NoticeKind.REFUSAL: "why the clip was refused",
    NoticeKind.RESULT: "the character",
    NoticeKind.FAILURE: "why there is no character",
    NoticeKind.LAPSING: "that the character may stop working",
    NoticeKind.REMOVAL: "that it was removed",
}
_REASONS: dict[ParkReason, str] = {
    ParkReason.GONE: "the message or channel it belongs in was deleted",
    ParkReason.FORBIDDEN: "I lack the permission to post where it belongs",
    ParkReason.CLOSED: "the thread is locked",
    ParkReason.NO_DIRECT_MESSAGES: "the member does not accept direct messages from me",
    ParkReason.TOO_LATE: "Discord lets me answer privately for 15 minutes only",
    ParkReason.REFUSED: "Discord refused the message",
    ParkReason.SERVER_LEFT: "I was not in this server at the time",
}


def list_title(count: int, number: int, pages: int, chosen: Sequence[str]) -> str:
    """How many jobs there are, and what was chosen; `number` of the page counts from 0."""
    noun = "job" if count == 1 else "jobs"
    parts = [f"{count} {noun}", *chosen]
    if pages > 1:
        parts.append(f"page {number + 1} of {pages}")
    return f"### Jobs in this server\n{' · '.join(parts)}"


def chosen(state: JobState | None, span: str | None, owner_id: int | None) -> list[str]:
    """What a list was narrowed down to, in words."""
    words = [CHOICES[state].lower()] if state else []
    words += [SPANS[span].lower()] if span else []
    return words + ([mention(owner_id)] if owner_id is not None else [])


def job_line(record: JobRecord) -> str:
    """Whose job it is, and where it stands; what is unknown is called that."""
    latest = record.latest
    sign, words = STATES[latest.state]
    facts = [job_name(record.job), mention(record.job.order.owner_id), relative(latest.created_at)]
    facts += [PRIVATE] if _is_private(record.job) else []
    facts += [REMOVED] if record.job.removal else []
    facts += [notices.attempt_word(latest)] if latest.number > 1 else []
    unmeasured = replace(latest, rule_found=None, rule_accepted=None)  # there is no room for it
    lines = [f"{sign} {' · '.join(facts)}", _reason(unmeasured) or f"{words}."]
    earlier = [str(one.number) for one in record.unknown if one is not latest]
    if earlier:
        lines.append(f"-# {UNSURE} Outcome unknown as well: attempt {', '.join(earlier)}")
    return "\n".join(lines)


def timeline_title(job: Job, url: str | None, sent_limit: int = SENT_LIMIT) -> str:
    """Whose job it is, where it began, what everybody can see of it anyway, and what was sent with it."""
    order = job.order
    facts = [mention(order.owner_id), f"<#{order.place.channel_id}>", relative(job.created_at)]
    facts += [PRIVATE] if _is_private(job) else []
    facts += [f"[Jump to it]({url})"] if url and not _is_private(job) else []
    lines = [f"### {job_name(job)}", " · ".join(facts)]
    prompt, sent = shown(order.prompt, PROMPT_LIMIT), shown(order.safety_sent, sent_limit)
    lines += [f"> {prompt}"] if prompt else []
    lines += [f"-# It is {sources.told(order.source_task)}."] if order.source_task else []
    return "\n".join([*lines, f"-# Sent as the safety text: {sent}"] if sent else lines)


def attempt_paragraph(attempt: Attempt) -> str:
    """One attempt: who asked and when, how it stands and why, what the provider said and took."""
    sign, words = STATES[attempt.state]
    lines = [f"**Attempt {attempt.number}** · {sign} {words}", _times(attempt)]
    reason = _reason(attempt)
    lines += [reason] if reason else []
    if not attempt.is_open and attempt.state is not _S.UNKNOWN:
        lines.append(notices.cost(attempt))
    lines += [f"Task at the provider: `{_cut(attempt.task_id, TASK_LIMIT)}`"] if attempt.task_id else []
    said = [shown(attempt.provider_code or "", CODE_LIMIT), shown(attempt.provider_text or "", WORDS_LIMIT)]
    if any(said):
        lines.append(f"The provider's own words: {' – '.join(part for part in said if part)}")
    return "\n".join(lines)


def way_on(timeline: Timeline, settled_by: SettledBy, *, offers_retry: bool) -> str:
    """What there is to know before a button is pressed; empty where that is nothing."""
    record = timeline.record
    lines = []
    if record.unknown:
        lines.append(outlook_for_moderators(settled_by, record.job.reference, record.unknown[-1]))
    fault = record.latest.fault
    if offers_retry and record.latest.state is _S.UNKNOWN and fault is not None:
        lines.append(f"**{faults.FAULTS[fault].now}**")
    return "\n".join(lines)


def decision(timeline: Timeline) -> str:
    """Where moderators decide about it; empty where there is nothing to decide."""
    return WHERE_REVIEWED if timeline.record.latest.state is _S.REVIEW else ""


def unheard(announcements: Sequence[Announcement], job: Job) -> str:
    """What could not be told to anybody, or taken away again, and why; empty where everything was."""
    if not announcements:
        return ""
    lines = [_unheard_line(one, is_removed=job.removal is not None) for one in announcements]
    return "\n".join([UNHEARD_TITLE, *lines])


def _unheard_line(announcement: Announcement, *, is_removed: bool) -> str:
    if is_removed and announcement.message is not None:
        return f"- {_KINDS[announcement.kind]} is still there: Discord did not let me delete that message"
    reason = _REASONS[park_reason(announcement.parked_reason)]
    whole = announcement.kind in JOB_WIDE_NOTICES
    of_attempt = "" if whole else f" (attempt {announcement.attempt_number})"
    return f"- {_KINDS[announcement.kind]}{of_attempt}: {reason}"


def _is_private(job: Job) -> bool:
    return job.order.visibility is Visibility.PRIVATE


def _times(attempt: Attempt) -> str:
    parts = [f"asked by {mention(attempt.requested_by)} {relative(attempt.created_at)}"]
    parts += [f"ordered {relative(attempt.submitted_at)}"] if attempt.submitted_at else []
    parts += [f"ended {relative(attempt.ended_at)}"] if attempt.ended_at else []
    return " · ".join(parts)


def _reason(attempt: Attempt) -> str:
    if attempt.state is _S.UNKNOWN:
        return NOBODY_KNOWS
    if attempt.rule is not None:
        return faults.of_rule(attempt.rule, attempt.rule_found, attempt.rule_accepted).what
    return faults.FAULTS[attempt.fault].what if attempt.fault is not None else ""


def _cut(text: str, limit: int) -> str:
    plain = fence_body(text)
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}…"
