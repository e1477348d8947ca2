"""What moderators read about an attempt that waits for their yes, and what they are told afterwards."""

from bot.fault import Fault
from bot.model import AttemptState, Story, Visibility
from bot.moderation.reviews import ends_at
from bot.moderation.servers import Approval, ServerSettings
from bot.moderation.text_rules import NAME_UNITS
from bot.refusals.reviews import ReviewOver
from bot.review import Flag, Review
from cogs.markdown import mention, relative, shown
from cogs.texts import notices, sources
from cogs.texts.diagnosis import HELD, MISSING
from cogs.texts.forms import SUBJECTS
from cogs.texts.notices import ParkReason, park_reason

QUEUE_DESCRIPTION = "Review what is waiting for approval."
QUEUE_TITLE = "### Waiting for a moderator"
NOTHING_WAITING = "Nothing waiting."
APPROVE_LABEL = "Approve"
REJECT_LABEL = "Reject…"
BLOCK_LABEL = "Block requester…"
WORDS_LABEL = "Read it all"
JUMP_LABEL = "Jump to it"
WHOLE_TITLE = "**What the member wrote**, only you see it here:"
REJECT_TITLE = "Turn it down"
BLOCK_TITLE = "Turn it down and block"
REASON = "Reason"
REASON_NOTE = "The member reads it."
ALSO_BLOCK = "Block the member as well?"
BLOCK_FOR = "Block the member for how long?"
NO_BLOCK = "No"
FOR_GOOD = "Until somebody unblocks them"
REASON_UNITS = 300
PROMPT_SHOWN = 700
SAFETY_SHOWN = 300
IN_QUEUE_SHOWN = 150
REASON_SHOWN = 300
"""Code points; escaped they are at most twice as long."""

FLAGS: dict[Flag, str] = {
    Flag.EVERYTHING: "this server looks at everything",
    Flag.OTHER_PERSON: "possibly a real person: somebody else is in the clip, with permission as they say",
    Flag.NEWCOMER: "the member is new to Discord or to this server",
    Flag.TEXT_RULE: "what the member wrote hits a rule of this server",
    Flag.OVER_SOFT_LIMIT: "the member has used up what they may in a day without being asked",
}
_UNASKED: dict[ParkReason, str] = {
    ParkReason.GONE: "the review channel, or the message in it, was deleted",
    ParkReason.FORBIDDEN: "I lack the permission to post in the review channel",
}


def title(story: Story) -> str:
    """What is to be decided, whose it is and where it was asked for."""
    order = story.job.order
    private = " · only for its owner" if order.visibility is Visibility.PRIVATE else ""
    name = f" · {shown(order.name, notices.NAME_LIMIT)}" if order.name else ""
    source = f"\n{MISSING} It is {sources.told(order.source_task)}." if order.source_task else ""
    return (
        f"{notices.SHIELD} **Needs a decision**{name}\n"
        f"from {mention(order.owner_id)} in <#{order.place.channel_id}>{private} · "
        f"in the clip: **{SUBJECTS[order.subject]}**{source}"
    )


def why(review: Review) -> str:
    rule = f" (**{shown(review.rule, NAME_UNITS)}**)" if review.rule else ""
    return "\n".join(
        f"- Flag: {FLAGS[flag]}{rule if flag is Flag.TEXT_RULE else ''}" for flag in review.flags
    )


def words(story: Story, prompt_limit: int = PROMPT_SHOWN, safety_limit: int = SAFETY_SHOWN) -> str:
    """The member's texts, behind spoilers that nothing in them opens; empty where there are none."""
    order = story.job.order
    prompt, safety = shown(order.prompt, prompt_limit), shown(order.safety, safety_limit)
    lines = [f"prompt: ||{prompt}||"] if prompt else []
    lines += [f"safety text: ||{safety}||"] if safety else []
    return "\n".join(lines)


def are_cut(story: Story, prompt_limit: int = PROMPT_SHOWN, safety_limit: int = SAFETY_SHOWN) -> bool:
    """Whether there is more of the texts than is shown."""
    order = story.job.order
    return len(order.prompt) > prompt_limit or len(order.safety) > safety_limit


def footer(story: Story) -> str:
    """Until when it waits, and the mark by which the message is found again."""
    ends = f"ends {relative(ends_at(story.attempt))} · " if story.attempt.state is AttemptState.REVIEW else ""
    return f"-# {ends}{mark(story)}"


def mark(story: Story) -> str:
    return f"review · {notices.attempt_mark(story)}"


def outcome(story: Story) -> str:
    """What came of it, for a message whose buttons are gone."""
    review, owner = story.review, mention(story.job.order.owner_id)
    if review is not None and review.decided_by is not None and review.decided_at is not None:
        sign, done = (notices.DONE, "Approved") if review.approved else (notices.BROKEN, "Turned down")
        reason = f": {shown(review.reason, REASON_SHOWN)}" if review.reason else "."
        when = relative(review.decided_at)
        return f"{sign} {done} by {mention(review.decided_by)} {when}{reason}\nIt was from {owner}."
    if story.attempt.fault is Fault.NOT_REVIEWED:
        return f"{notices.STOPPED} Nobody decided about it in time. Nothing was used. It was from {owner}."
    return f"{notices.STOPPED} Nobody has to decide about it any more. It was from {owner}."


def queue_title(number: int, pages: int) -> str:
    """`number` of the page counts from 0."""
    return QUEUE_TITLE if pages == 1 else f"{QUEUE_TITLE}\n-# Page {number + 1} of {pages}, the oldest first."


def queue_entry(story: Story, unasked: str | None, *, asked: bool, words_shown: int) -> str:
    """One that waits, in the list; `unasked` is why its message could not be posted, if it was to be.

    Of the member's texts, `words_shown` code points are shown of each.
    """
    review = story.review
    lines = [title(story)]
    lines += [why(review)] if review else []
    lines += [text] if words_shown and (text := words(story, words_shown, words_shown)) else []
    if unasked is not None:
        reason = _UNASKED.get(park_reason(unasked), "Discord did not take the message")
        lines.append(f"{MISSING} Nobody was asked: {reason}.")
    elif not asked:
        lines.append("It waits here alone: this server has no review channel.")
    return "\n".join([*lines, footer(story)])


def approved(story: Story) -> str:
    return f"Approved. {mention(story.job.order.owner_id)}'s job is in the queue now."


def rejected(story: Story, *, blocked: bool) -> str:
    owner = mention(story.job.order.owner_id)
    also = (
        f" {owner} can't make characters here now; `/characters-admin block remove` ends that."
        if blocked
        else ""
    )
    return f"Turned down. {owner} is told so, with your reason. Nothing was used.{also}"


def review_over(error: ReviewOver) -> str:
    return f"You were not the first, nothing was changed.\n{outcome(error.story)}"


def diagnosis(settings: ServerSettings, *, there: bool, missing: tuple[str, ...]) -> str:
    """Whether moderators can be asked where the server wishes it."""
    if settings.approval is Approval.OFF:
        return f"{HELD} Nothing waits for moderators: `approval` is off."
    if settings.review_channel is None:
        return (
            "▫️ There is no `review_channel`: clips of other people and newcomers are not held, and whatever "
            "else needs a yes waits in `/characters-admin queue` alone."
        )
    channel = f"<#{settings.review_channel}>"
    if not there:
        return (
            f"{MISSING} `review_channel` names what was deleted. What needs a yes waits in the queue alone."
        )
    if missing:
        return f"{MISSING} I can't ask moderators in {channel}. I lack: {', '.join(missing)}."
    return f"{HELD} Moderators are asked in {channel}."
