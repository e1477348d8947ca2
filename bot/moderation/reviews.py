"""Which attempts a moderator looks at first, and where that is remembered. The rules are pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.deeds import Deed
from bot.model import Attempt, AttemptState, Job, Person, Story, Subject
from bot.moderation.gates import Block, Gates, Used
from bot.moderation.servers import Approval
from bot.notices import NoticeKind
from bot.review import Flag, Review

REVIEW_LASTS = timedelta(hours=24)
LOOK_AGAIN = timedelta(hours=1)
"""How far ahead a review is due at most: what is due later than that is taken for a clock that jumped."""
DISCORD_EPOCH_MILLISECONDS = 1420070400000
"""Discord: Reference, Snowflakes."""


def needed_review(  # noqa: PLR0917 - what the transaction has read
    gates: Gates, attempt: Attempt, person: Person, job: Job, used: Used, rule: str | None
) -> Review | None:
    """What a moderator has to decide about an attempt that `person` asks for; None where there is nothing.

    `rule` is the one that its texts hit.
    """
    flags = flags_of(gates, person, job, used, attempt.created_at, hits_rule=rule is not None)
    channel_id = gates.settings.review_channel
    return Review(attempt.attempt_id, flags, channel_id, rule=rule) if flags else None


def flags_of(
    gates: Gates, person: Person, job: Job, used: Used, now: datetime, *, hits_rule: bool = False
) -> tuple[Flag, ...]:
    """Why a moderator has to look at an attempt that `person` asks for; nothing where none has to.

    What is flagged without anybody having asked for it, people in the clip and newcomers, is held only where
    moderators have named a channel to be asked in: nobody would look at it elsewhere.
    """
    settings = gates.settings
    if settings.approval is Approval.OFF:
        return ()
    asked = settings.review_channel is not None
    over = settings.quota_soft_per_day is not None and used.today >= settings.quota_soft_per_day
    found = {
        Flag.EVERYTHING: settings.approval is Approval.ALL,
        Flag.OTHER_PERSON: asked and job.order.subject is Subject.PERSON_WITH_PERMISSION,
        Flag.NEWCOMER: asked and is_newcomer(person, settings.newcomer_days, now),
        Flag.OVER_SOFT_LIMIT: over,
        Flag.TEXT_RULE: hits_rule,
    }
    return tuple(flag for flag, holds in found.items() if holds)


def is_newcomer(person: Person, days: int | None, now: datetime) -> bool:
    """Whether somebody's account, or their membership as far as it is known, is younger than `days`.

    None: nobody counts as new.
    """
    if days is None:
        return False
    since = now - timedelta(days=days)
    return max(created_at(person.user_id), person.joined_at or created_at(person.user_id)) > since


def created_at(user_id: int) -> datetime:
    """When an account was made, by its id."""
    milliseconds = (user_id >> 22) + DISCORD_EPOCH_MILLISECONDS
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def ends_at(attempt: Attempt) -> datetime:
    """Until when an attempt waits for a moderator."""
    return (attempt.waits_since or attempt.created_at) + REVIEW_LASTS


def look_at(attempt: Attempt, now: datetime) -> datetime:
    """When the machine looks next at an attempt that waits for a moderator."""
    return min(ends_at(attempt), now + LOOK_AGAIN)


def held(attempt: Attempt, now: datetime) -> Attempt:
    """A new attempt of a kept clip that waits for a moderator, instead of in the queue."""
    return replace(attempt, state=AttemptState.REVIEW, due_at=look_at(attempt, now), fault=None)


class ReviewStore(Protocol):
    """What is asked of moderators. A decision is one transaction with the move that follows from it."""

    async def of_attempt(self, attempt_id: str) -> Review | None:
        """What is asked about an attempt, or was decided; None where nobody has to look at it."""
        ...

    async def story(self, attempt_id: str) -> Story | None:
        """The attempt as it stands, with its job and its review; None where there is none of that."""
        ...

    async def waiting(self, guild_id: int, limit: int, offset: int = 0) -> list[Story]:
        """What waits in a server for a decision, the oldest first."""
        ...

    async def count_waiting(self, guild_id: int) -> int:
        """How much waits there."""
        ...

    async def decide(
        self,
        attempt: Attempt,
        review: Review,
        *,
        deed: Deed,
        block: Block | None,
        notices: Sequence[NoticeKind],
    ) -> None:
        """Stores the attempt as it is by the decision, the block that goes with it, and who decided.

        Raises:
            JobConflict: somebody else moved the attempt first.
        """
