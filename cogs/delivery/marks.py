"""By what a message of ours is known again when a crash left open whether it was sent. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.model import Story
from bot.notices import Announcement, NoticeKind
from cogs.cards import can_retry
from cogs.delivery.calls import Posted
from cogs.markdown import in_code_block
from cogs.texts import lapsing, notices, reviews, takedowns

NONCE_LASTS = timedelta(minutes=2)
"""Discord drops repeats of a nonce "in the past few minutes" (Discord: Create Message); then we look."""


def may_be_a_repeat(announcement: Announcement, now: datetime) -> bool:
    """Whether an earlier try may have come through without Discord still knowing its nonce."""
    return announcement.tries > 0 or now - announcement.created_at > NONCE_LASTS


def find(announcement: Announcement, story: Story, candidates: Iterable[Posted]) -> Posted | None:
    """The message that makes this announcement already, by its nonce or by what it says."""
    marks = marks_of(announcement.kind, story)
    for posted in candidates:
        if posted.nonce == announcement.nonce or says(posted, marks):
            return posted
    return None


def says(posted: Posted, marks: tuple[str, ...]) -> bool:
    return bool(marks) and all(mark in posted.words for mark in marks)


def marks_of(kind: NoticeKind, story: Story) -> tuple[str, ...]:
    """What a message about this attempt holds and no other does; nothing for what is never looked for."""
    reference = f"ref {story.job.reference}"
    if story.job.removal is not None:
        # The id itself is not known any more.
        heading = takedowns.heading(story.job.removal)
        removed = {NoticeKind.RESULT: notices.RESULT_TITLE, NoticeKind.REMOVAL: heading}
        return (removed[kind], reference) if kind in removed else ()
    match kind:
        case NoticeKind.RESULT if story.character is not None:
            provider_id = story.character.provider_character_id
            return in_code_block(provider_id, notices.ID_LIMIT), reference
        case NoticeKind.FAILURE if story.attempt.state in notices.HEADINGS:
            footer = notices.failure_footer(story, offers_retry=can_retry(story))
            return notices.failure_heading(story), footer
        case NoticeKind.LAPSING if story.character is not None:
            return lapsing.heading(story), reference
        case NoticeKind.ATTEMPT:
            return (notices.attempt_line(story),)
        case NoticeKind.REVIEW:
            return (reviews.mark(story),)
        case NoticeKind.CARD:
            return notices.SAFETY_MARK, reference
        case _:
            return ()
