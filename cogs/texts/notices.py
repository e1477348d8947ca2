"""What is told without being asked: the card, the result, a failure, a refused clip, a line about a retry."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.fault import PERHAPS_MADE, Fault
from bot.jobs.desk import MAX_ATTEMPTS, is_last
from bot.jobs.polling import SLOW_AFTER
from bot.model import Attempt, AttemptState, Job, PlaceKind, Story
from bot.notices import SettledBy
from bot.orders.prose import STANDARD_FLOOR
from cogs.markdown import calendar_date, in_code_block, mention, relative, shown
from cogs.texts import failover, faults, prices, withheld
from cogs.texts.lost_answers import outlook

NAME_LIMIT = 40
"""As long as a name can be."""
PROMPT_LIMIT = 300
"""Code points of a prompt on a card; all of it is kept and comes back where it is needed."""
ID_LIMIT = 1000
"""Far above any character or task id that was ever seen."""
SAFETY_MARK = "Safety: "
RESULT_TITLE = "**Your character ID**"
THREAD_TITLE = "Character"
RETRY_LABEL = "Try again"
RETRY_ANYWAY_LABEL = "Try again anyway"
CANCEL_LABEL = "Cancel"
DETAILS_LABEL = "Details"

_S = AttemptState
TITLES: dict[AttemptState, str] = {
    _S.RECEIVED: "Making a character",
    _S.OFFERED: "Making a character",
    _S.MENDING: "Making a character",
    _S.REVIEW: "Making a character",
    _S.QUEUED: "Making a character",
    _S.HANDED_OVER: "Making a character",
    _S.SUBMITTING: "Making a character",
    _S.WAITING: "Making a character",
    _S.UNKNOWN: "Outcome unknown",
    _S.SUCCEEDED: "Character made",
    _S.FAILED: "Character not made",
    _S.EXPIRED: "Character not made",
    _S.CANCELLED: "Cancelled",
    _S.REJECTED: "Not started",
}
RENEWAL_TITLES: dict[AttemptState, str] = {
    _S.UNKNOWN: "Renewal unknown",
    _S.SUCCEEDED: "Character renewed",
    _S.FAILED: "Character not renewed",
    _S.EXPIRED: "Character not renewed",
    _S.CANCELLED: "Renewal cancelled",
}
RENEWING = "Renewing a character"
HEADINGS: dict[AttemptState, str] = {
    _S.FAILED: "This one didn't work.",
    _S.EXPIRED: "I stopped waiting for this one.",
    _S.UNKNOWN: "I don't know how this one went.",
    _S.CANCELLED: "This one was cancelled.",
    _S.REJECTED: "I couldn't start this one.",
}
DONE, NOW, LATER, UNSURE, BROKEN, STOPPED, SHIELD = "✅", "⏳", "▫️", "❔", "❌", "⏹️", "🛡️"
CREATING: dict[AttemptState, tuple[str, str]] = {
    _S.RECEIVED: (LATER, "Creating"),
    _S.OFFERED: (LATER, "Creating"),
    _S.MENDING: (LATER, "Creating"),
    _S.REVIEW: (SHIELD, "Waiting for a moderator"),
    _S.QUEUED: (NOW, "Waiting"),
    _S.HANDED_OVER: (NOW, "Creating – the provider has the clip, the order is next"),
    _S.SUBMITTING: (NOW, "Creating – placing the order"),
    _S.WAITING: (NOW, "Creating"),
    _S.UNKNOWN: (UNSURE, "Creating – the answer to the order was lost"),
    _S.SUCCEEDED: (DONE, "Created"),
    _S.FAILED: (BROKEN, "Creating – this didn't work"),
    _S.EXPIRED: (BROKEN, "Creating – not finished in time"),
    _S.CANCELLED: (STOPPED, "Cancelled"),
    _S.REJECTED: (STOPPED, "Not started"),
}
CHECKING: dict[AttemptState, str] = {
    _S.RECEIVED: "Checking the clip",
    _S.OFFERED: "It needs a cut",
    _S.MENDING: "Cutting the clip",
}
"""What goes on with a clip until it is accepted."""
NOT_COMING = frozenset({_S.FAILED, _S.EXPIRED, _S.CANCELLED})

NOT_CHARGED = "Nothing was charged."
FAILED_TASKS_ARE_FREE = "The provider says failed tasks are not charged."
PERHAPS_CHARGED = "It may have been charged."
ALL_USED = (
    f"All {MAX_ATTEMPTS} attempts are used. Start a new one with `/character create`, or give the people who "
    "run this bot the reference below."
)
FORMER_ID = "`/character show` finds it by its former id as well."

PLACE_KEPT = "Your place is kept; I go on by myself when the pause is over."
PROMPT_KEPT = "Your prompt is kept."
ID_KEPT = "The character keeps the id that it has."
AGAIN = "`/character create` again"
BELOW = "What you wrote is below."


class ParkReason(StrEnum):
    """Why something could not be told at all; kept for the member's status list."""

    GONE = "gone"
    FORBIDDEN = "forbidden"
    CLOSED = "closed"
    NO_DIRECT_MESSAGES = "no-direct-messages"
    TOO_LATE = "too-late"
    REFUSED = "refused"
    SERVER_LEFT = "server-left"


PARKED: dict[ParkReason, str] = {
    ParkReason.GONE: "the message or channel it belongs in was deleted",
    ParkReason.FORBIDDEN: "I lack the permission to post where it belongs",
    ParkReason.CLOSED: "the thread is locked",
    ParkReason.NO_DIRECT_MESSAGES: "you do not accept direct messages from me",
    ParkReason.TOO_LATE: "Discord lets me answer privately for 15 minutes only",
    ParkReason.REFUSED: "Discord refused the message",
    ParkReason.SERVER_LEFT: "I was not in this server at the time",
}


def thread_name(job: Job) -> str:
    """Never the prompt: Discord's AutoMod reads titles, and everybody sees them (at most 100 characters)."""
    name = " ".join(job.order.name.split())[:NAME_LIMIT] if job.order.name else ""
    return f"{THREAD_TITLE} · {name or job.reference}"


def private_thread_name(job: Job) -> str:
    """By the reference, by which the thread is found again."""
    return f"{THREAD_TITLE} · {job.reference}"


def card_title(story: Story) -> str:
    """What is going on, for whom, and the name if it has one."""
    attempt = story.attempt
    title = RENEWAL_TITLES.get(attempt.state, RENEWING) if attempt.renews else TITLES[attempt.state]
    parts = [f"**{title}**", mention(story.job.order.owner_id)]
    name = name_of(story)
    if name and attempt.state is not _S.REJECTED and not withheld.is_withheld(story):
        parts.append(shown(name, NAME_LIMIT))
    return " · ".join(parts)


def name_of(story: Story) -> str | None:
    """What is being made is called as it was ordered; what is there already, as its owner calls it now."""
    renewed = story.character if story.attempt.renews else None
    return renewed.name if renewed else story.job.order.name


def card_prompt(story: Story) -> str:
    """The prompt as a quotation, cut; nothing when there is none or it was not accepted, or not yet."""
    prompt = shown(story.job.order.prompt, PROMPT_LIMIT)
    is_shown = story.attempt.state is not _S.REJECTED and not withheld.is_withheld(story)
    return f"> {prompt}" if prompt and is_shown else ""


def card_stages(story: Story, now: datetime) -> str:
    """Clip received, checked, creating, ready: where the attempt stands."""
    state = story.attempt.state
    if state is _S.REJECTED:
        lapsed = story.attempt.fault is Fault.PART_NOT_CHOSEN
        reason = "No part of the clip was chosen in time" if lapsed else "The clip could not be used"
        return f"{reason}, so nothing was started. {NOT_CHARGED}"
    received = f"{DONE} Clip received"
    if state in CHECKING:
        received += f"   {NOW} {CHECKING[state]}"
    elif story.job.clip is not None:
        received += f"   {DONE} Checked"
    sign, label = CREATING[state]
    lines = [received, f"{sign} {label}{_progress(story, now)}"]
    if state not in NOT_COMING:
        lines.append(f"{DONE if state is _S.SUCCEEDED else LATER} Ready")
    return "\n".join(lines)


def card_note(story: Story, now: datetime) -> str:
    """What holds it up, if anything does."""
    attempt, circuit = story.attempt, story.circuit
    if attempt.state in (_S.CANCELLED, _S.UNKNOWN):
        return cost(attempt)
    if attempt.state is _S.OFFERED:
        owner, until = mention(story.job.order.owner_id), relative(attempt.due_at)
        return f"{owner} chooses the part of the clip to keep. The offer ends {until}."
    if attempt.state is not _S.QUEUED:
        return withheld.note(story)
    if attempt.fault is Fault.SERVER_PAUSED:
        # No time: the moderators may change it, and this card is not drawn anew for that.
        return f"{faults.FAULTS[attempt.fault].what} Nothing has been paid. {PLACE_KEPT}"
    if circuit is not None:
        untouched = "paid" if attempt.handed_over or attempt.submitted_at else "uploaded or paid"
        waits = (
            f"{faults.FAULTS[circuit.fault].what} Nothing has been {untouched}. "
            # No time: a failed try moves it, and redrawing every card for that would tell nobody anything.
            "Your place is kept; I keep asking, and go on by myself."
        )
        return f"{waits}\n{failover.offer(story.elsewhere)}" if story.elsewhere else waits
    if attempt.fault is not None:
        return f"{faults.FAULTS[attempt.fault].what} I try again {_soon(attempt.due_at, now)}."
    return ""


def card_footer(story: Story) -> str:
    """How strict it is made, and what to quote when asking about it."""
    if story.attempt.state is _S.REJECTED:
        return f"-# {reference(story)}"
    own = ", plus the member's own text" if story.job.order.safety else ""
    by = f" · {failover.made_by(story.maker)}" if story.maker else ""
    is_standard = story.job.order.safety_sent.startswith(STANDARD_FLOOR)
    floor = "standard minimum" if is_standard else "strict minimum"
    return f"-# {SAFETY_MARK}{floor}{own}{by} · {reference(story)}"


def reference(story: Story) -> str:
    """The short name of a job, and which attempt it is once there is more than one."""
    number = story.attempt.number
    return f"ref {story.job.reference}" + (f" · {attempt_word(story.attempt)}" if number > 1 else "")


def attempt_mark(story: Story) -> str:
    """By this a failure message is known for its attempt."""
    return f"ref {story.job.reference} · {attempt_word(story.attempt)}"


def attempt_word(attempt: Attempt) -> str:
    """Which attempt it is; of renewals there is no fixed number."""
    number = f"attempt {attempt.number}"
    return f"renewal, {number}" if attempt.renews else f"{number} of {MAX_ATTEMPTS}"


def failure_heading(story: Story) -> str:
    """Who is told, and in one sentence what."""
    return f"{mention(story.job.order.owner_id)} **{HEADINGS[story.attempt.state]}**"


def failure_body(story: Story, settled_by: SettledBy) -> str:
    """What happened, what it cost, who can still tell where nobody knows that, what to do now."""
    attempt = story.attempt
    if attempt.state is _S.CANCELLED:
        lines = [cost(attempt), ID_KEPT if attempt.renews else PROMPT_KEPT]
    else:
        text = faults.FAULTS[attempt.fault or Fault.UNEXPLAINED]
        now = ALL_USED if is_last(attempt) else faults.way_on(text, has_clip=story.job.clip is not None)
        kept = ID_KEPT if attempt.renews else PROMPT_KEPT
        what = withheld.turned_down(story) or text.what
        lines = [what, whole_cost(story, settled_by), now, kept]
        again = "" if is_last(attempt) else prices.lately(story.maker)
        lines += [again] if again else []
    if attempt.state is _S.EXPIRED and attempt.task_id:
        lines.append(f"Number of the task at the provider: {shown(attempt.task_id, ID_LIMIT)}")
    return "\n".join(lines)


def failure_footer(story: Story, *, offers_retry: bool) -> str:
    """Who may press the button, if there is one, and the reference."""
    order = story.job.order
    who = f"Only {mention(order.owner_id)} or a moderator can retry. · "
    is_open_to_others = offers_retry and order.place.kind is not PlaceKind.DM
    return f"-# {who if is_open_to_others else ''}{attempt_mark(story)}"


def retry_label(state: AttemptState) -> str:
    return RETRY_ANYWAY_LABEL if state is _S.UNKNOWN else RETRY_LABEL


def result_heading(story: Story) -> str:
    """Who is told that what is ready."""
    character = story.character
    name = shown(character.name, NAME_LIMIT) if character and character.name else ""
    done = "is renewed" if story.attempt.renews else "is ready"
    return f"{mention(story.job.order.owner_id)} **{name or 'Your character'}** {done}"


def result_body(story: Story) -> str:
    """The id alone between fences, and until when it certainly works."""
    character = story.character
    if character is None:
        raise ValueError(story.attempt.attempt_id)
    lines = [RESULT_TITLE, in_code_block(character.provider_character_id, ID_LIMIT)]
    if character.may_stop_working_at is not None:
        lines.append(
            f"May stop working after {calendar_date(character.may_stop_working_at)}: the provider ties "
            "an id to its copy of the clip, which it keeps for a limited time."
        )
    else:
        lines.append("How long this id works is not known: the provider does not say.")
    if story.attempt.renews:
        lines.append(FORMER_ID)
    return "\n".join(lines)


def result_footer(story: Story) -> str:
    """That a machine made it, how long that took, and what it cost if that was told."""
    attempt = story.attempt
    parts = ["AI-generated", *([failover.made_by(story.maker)] if story.maker else [])]
    if attempt.ended_at is not None:
        parts.append(f"took {duration(attempt.ended_at - attempt.created_at)}")
    if attempt.credits_spent is not None:
        parts.append(_credits(attempt.credits_spent))
    return "-# " + " · ".join([*parts, reference(story)])


def attempt_line(story: Story) -> str:
    """Which attempt begins, and who asked for it."""
    attempt = story.attempt
    begins = "Renewing" if attempt.renews else "Trying again"
    is_for_owner = attempt.renews and attempt.requested_by == story.job.order.owner_id
    asked = f"{'for' if is_for_owner else 'asked by'} {mention(attempt.requested_by)}"
    number = f"attempt {attempt.number}" if attempt.renews else attempt_word(attempt)
    return f"{begins}: {number}, {asked}.\n-# ref {story.job.reference}"


def refusal(story: Story) -> str:
    """Why the clip was not taken, and what to do; for the member alone."""
    attempt, order = story.attempt, story.job.order
    if attempt.rule is not None and attempt.fault is None:
        text = faults.of_rule(attempt.rule, attempt.rule_found, attempt.rule_accepted)
        now = f"{text.now} Then call {AGAIN}."
    else:
        text = faults.FAULTS[attempt.fault or Fault.INTERNAL]
        now = f"Attach the clip and call {AGAIN}."
    below = f" {BELOW}" if order.prompt or order.safety else ""
    return f"{text.what} {NOT_CHARGED}\n{now}{below}\n-# {reference(story)}"


def cost(attempt: Attempt) -> str:
    """What an attempt that has ended cost: only what is known."""
    if attempt.credits_spent is not None:
        return (
            f"The provider charged {_credits(attempt.credits_spent)}."
            if attempt.credits_spent
            else NOT_CHARGED
        )
    if attempt.state is _S.UNKNOWN or attempt.fault in PERHAPS_MADE:
        return PERHAPS_CHARGED
    if attempt.task_id is None:
        return NOT_CHARGED
    if attempt.state is _S.FAILED:
        return FAILED_TASKS_ARE_FREE
    return "The provider had started, so it may still be charged."


def whole_cost(story: Story, settled_by: SettledBy) -> str:
    """The cost, and where nobody knows it yet, whether anything can still come."""
    known = cost(story.attempt)
    if story.attempt.state is not _S.UNKNOWN:
        return known
    return f"{known} {outlook(settled_by, story.job.reference, story.attempt.fault)}"


def duration(length: timedelta) -> str:
    """A length of time as people say it, in whole seconds."""
    seconds = max(int(length.total_seconds()), 0)
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def parked(reason: str | None) -> str:
    """Why something could not be told, to go on a sentence."""
    return PARKED[park_reason(reason)]


def park_reason(stored: str | None) -> ParkReason:
    """What a stored reason means; one that this version does not know is a refusal like any other."""
    return next((reason for reason in ParkReason if reason == stored), ParkReason.REFUSED)


def ordinal(number: int) -> str:
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _progress(story: Story, now: datetime) -> str:
    attempt = story.attempt
    if attempt.state is _S.QUEUED:
        # By arrival; turns are fair between servers and members, so it is only about right.
        return f" – about {ordinal(story.ahead + 1)} in line" if story.ahead else " – next in line"
    if attempt.state is _S.REVIEW:
        return withheld.since(attempt)
    if attempt.state is not _S.WAITING or attempt.submitted_at is None:
        return ""
    slow = ", longer than usual; I keep watching" if now - attempt.submitted_at > SLOW_AFTER else ""
    return f" – started {relative(attempt.submitted_at)}{slow}"


def _soon(moment: datetime, now: datetime) -> str:
    return relative(moment) if moment > now else "in a moment"


def _credits(amount: float) -> str:
    return f"{amount:g} credit" + ("" if amount == 1 else "s")
