"""The sentences about takedowns: the question before, the receipt, what the owner reads."""

from collections.abc import Callable
from typing import Any

from bot.deeds import Deed
from bot.errors import UserFault
from bot.jobs.staff.takedown import REASON_UNITS
from bot.model import AttemptState, Job, Story, reference_of
from bot.moderation.takedowns import Sight
from bot.refusals.removals import AlreadyRemoved, ReasonMissing
from bot.removal import Removal
from cogs.markdown import mention, relative, shown
from cogs.texts import notices

DESCRIPTION = "Delete what was made here, with its messages and its clip, and tell its owner."
WHAT = "Its reference, such as 7F3A-21QX, which each message about it ends with; or the id of the character."
ASK_LABEL, KEEP_LABEL = "Remove…", "Keep"
FORM_TITLE = "Remove it"
REASON = "Reason"
REASON_NOTE = "Its owner reads it, and it stands in the audit log."
KEPT = "Nothing was removed."
CARD_TITLE = "Removed"
NOT_DELETED = "undeleted"
"""What the audit log calls a message of the bot that could not be deleted."""

MODERATORS, OPERATORS = "moderators", "people who run this bot"


_RUNNING = frozenset({AttemptState.SUBMITTING, AttemptState.WAITING})


def question(sight: Sight) -> str:
    """What would go and what would stay."""
    return (
        f"### Remove `{reference_of(sight.job_id)}`?\n"
        f"from {mention(sight.owner_id)}, begun {relative(sight.created_at)}\n"
        f"- {_characters(sight.characters)}\n"
        f"- {_posts(sight.posts)}; the card says that it was removed, and no more\n"
        "- my copy of the clip and its picture, within two hours, unless another job has the very same clip\n"
        f"{_stopped(sight)}"
        "Its owner is told, with your reason. It can't be undone. The provider offers no way to delete an "
        "id, and what others have copied is out of my reach."
    )


def _characters(count: int) -> str:
    if not count:
        return "no character, for none was made yet"
    made = "one character" if count == 1 else f"{count} characters"
    return f"{made} with all ids, for everybody it is shared with"


def _posts(count: int) -> str:
    return {0: "no message that shows it", 1: "one message that shows it"}.get(
        count, f"{count} messages that show it"
    )


def _stopped(sight: Sight) -> str:
    if sight.state in _RUNNING:
        return (
            "- the order at the provider, which may still be charged; what comes of it is shown to nobody\n"
        )
    is_over = sight.state in notices.HEADINGS or sight.state is AttemptState.SUCCEEDED
    return "" if is_over else "- the order, before anything is paid\n"


def done(sight: Sight) -> str:
    """The receipt for the moderator."""
    return (
        f"Removed: `{reference_of(sight.job_id)}`. I delete the messages now; one that I can't delete is "
        f"named in the log channel and in `/characters-admin jobs`. {mention(sight.owner_id)} is told, with "
        "your reason."
    )


def done_by_operator(sight: Sight) -> str:
    """The receipt for the operator."""
    return (
        f"Removed: `{reference_of(sight.job_id)}`. I delete the messages now; one that I can't delete is "
        "named in that server's log channel and under `/characters-op job`. Its owner is told, with your "
        "reason, and its moderators find it in their audit log, with your name."
    )


def removed_by(removal: Removal | None) -> str:
    """Who did it, when and why, for moderators; empty where nobody did."""
    if removal is None:
        return ""
    why = f": {shown(removal.reason, REASON_UNITS)}" if removal.reason else "."
    role = ", who runs this bot," if removal.by_operator else ""
    return f"{notices.SHIELD} **Removed** by {mention(removal.actor_id)}{role} {relative(removal.at)}{why}"


def owners_line(removal: Removal) -> str:
    """The same for its owner, who does not read by whom."""
    why = f": {shown(removal.reason, REASON_UNITS)}" if removal.reason else "."
    return f"{notices.SHIELD} Removed by the {_who(removal, ' of this server')} {relative(removal.at)}{why}"


def card_title(story: Story) -> str:
    return f"**{CARD_TITLE}** · {mention(story.job.order.owner_id)}"


def card_body(job: Job) -> str:
    when = f" {relative(job.removal.at)}" if job.removal else ""
    return f"{notices.SHIELD} The {_who(job.removal, ' of this server')} removed what was made here{when}."


def owners_heading(story: Story) -> str:
    """What the owner reads first."""
    return f"{mention(story.job.order.owner_id)} {heading(story.job.removal)}"


def heading(removal: Removal | None) -> str:
    """What no other message says."""
    return f"**The {_who(removal)} removed what you made.**"


def owners_body(story: Story) -> str:
    """What went, why, what it cost, and what they can do."""
    job, removal = story.job, story.job.removal
    reason = shown(removal.reason, REASON_UNITS) if removal else ""
    cost = notices.cost(story.attempt) if story.attempt.state is AttemptState.CANCELLED else ""
    gone = (
        f"You made it in <#{job.order.place.channel_id}>. All that there was of it here is gone: the "
        "character with its id, my messages that showed it, my copy of the clip. It can't be tried again or "
        "renewed."
    )
    why = f"Their reason: {reason}" if reason else ""
    how_to_ask = "whom to ask and " if removal and removal.by_operator else ""
    what_now = (
        f"If you think that this is a mistake, ask the {_who(removal, ' of that server')} and quote the "
        f"reference below. `/privacy show` says {how_to_ask}what is still stored about you."
    )
    return "\n".join(line for line in (gone, why, cost, what_now) if line)


def _who(removal: Removal | None, of_server: str = "") -> str:
    """Who has removed it, as a plural."""
    return OPERATORS if removal is not None and removal.by_operator else f"{MODERATORS}{of_server}"


def not_deleted(deed: Deed, jump_base: str) -> str:
    """What the log says of a message that stays; `after` names it as channel and message."""
    return f"could not delete [a message]({jump_base}/{deed.guild_id}/{deed.after}) of `{deed.subject}`"


def _already(error: AlreadyRemoved) -> str:
    return f"You were not the first, nothing was changed.\n{removed_by(error.removal)}"


def _no_reason(_: ReasonMissing) -> str:
    return "Nothing was removed. Say in a few words why: its owner reads that."


TEXTS: dict[type[UserFault], Callable[[Any], str]] = {
    AlreadyRemoved: _already,
    ReasonMissing: _no_reason,
}
