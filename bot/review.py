"""What a moderator decides about an attempt before anything is uploaded or paid. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Flag(StrEnum):
    """Why a moderator looks at an attempt first."""

    EVERYTHING = "everything"
    OTHER_PERSON = "other-person"
    NEWCOMER = "newcomer"
    OVER_SOFT_LIMIT = "over-soft-limit"
    TEXT_RULE = "text-rule"


@dataclass(frozen=True, slots=True)
class Review:
    """That an attempt needs a moderator's yes, why, and what was decided by whom.

    `rule` is the name of the rule that its texts hit. `channel_id` is where it is asked for; None where the
    server has no such channel. An attempt that ended without a decision leaves what is said of that as it is.
    """

    attempt_id: str
    flags: tuple[Flag, ...]
    channel_id: int | None = None
    approved: bool = False
    decided_at: datetime | None = None
    decided_by: int | None = None
    reason: str | None = None
    rule: str | None = None
