"""What a member reads of an order that needs a moderator's yes."""

from bot.fault import Fault
from bot.model import Attempt, AttemptState, Story
from bot.moderation.reviews import ends_at
from cogs.markdown import relative, shown

REASON_LIMIT = 300
"""Of a moderator's reason, in code points."""
GOES_TO_MODERATOR = "It goes to a moderator of this server first."
NOTHING_YET = "Nothing has been uploaded or paid."
_BEFORE = frozenset({AttemptState.RECEIVED, AttemptState.MENDING})


def is_withheld(story: Story) -> bool:
    """Whether the member's words wait for a moderator's yes before they are shown in public."""
    return story.review is not None and not story.review.approved


def since(attempt: Attempt) -> str:
    return f" – since {relative(attempt.waits_since or attempt.created_at)}"


def note(story: Story) -> str:
    """What it waits for, and until when; empty where no moderator is asked, or not any more."""
    if is_withheld(story) and story.attempt.state in _BEFORE:
        return GOES_TO_MODERATOR
    if story.attempt.state is AttemptState.REVIEW:
        ends = relative(ends_at(story.attempt))
        return f"{GOES_TO_MODERATOR} {NOTHING_YET} Without a decision it ends {ends}."
    return ""


def turned_down(story: Story) -> str:
    """A moderator's own reason; empty where there is none."""
    reason = story.review.reason if story.review else None
    if story.attempt.fault is not Fault.NOT_APPROVED or not reason:
        return ""
    return f"A moderator did not approve this: {shown(reason, REASON_LIMIT)}"
