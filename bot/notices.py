"""What is told to people: announcements, each a stored step of its own. Standard library only."""

from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from bot.model import MessageRef


class NoticeKind(StrEnum):
    """A job has one CARD, one THREAD and one REMOVAL, an attempt one of the others.

    CARD and REVIEW are redrawn.
    """

    CARD = "card"
    THREAD = "thread"
    REVIEW = "review"
    ATTEMPT = "attempt"
    OFFER = "offer"
    REFUSAL = "refusal"
    RESULT = "result"
    FAILURE = "failure"
    LAPSING = "lapsing"
    REMOVAL = "removal"


class NoticeState(StrEnum):
    """Whether an announcement still has to be made."""

    PENDING = "pending"
    DELIVERED = "delivered"
    PARKED = "parked"


class SettledBy(StrEnum):
    """Who can still say how an order went whose answer was lost, besides the operator who looks it up."""

    CALLBACK = "callback"
    """The provider: its callbacks reach us, and are signed."""
    OPERATOR = "operator"
    """Nobody else."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing to tell: a stored step of its own, in the transaction of the change that caused it.

    `nonce` is the same for the same notice for ever, so that Discord drops a repeat (at most 25 characters).
    `attempt_number` is 0 for notices of the job as a whole.
    """

    announcement_id: int
    job_id: str
    attempt_number: int
    kind: NoticeKind
    nonce: str
    state: NoticeState
    due_at: datetime
    created_at: datetime
    revision: int = 0
    tries: int = 0
    message: MessageRef | None = None
    parked_reason: str | None = None


JOB_WIDE_NOTICES = frozenset({NoticeKind.CARD, NoticeKind.THREAD, NoticeKind.REMOVAL})
"""Notices of the job as a whole; their `attempt_number` is 0."""


REDRAWN_NOTICES = frozenset({NoticeKind.CARD, NoticeKind.THREAD, NoticeKind.REVIEW})
"""Notices that are due again when what they show has changed."""


def nonce_of(job_id: str, attempt_number: int, kind: NoticeKind) -> str:
    """A name for one notice: 24 characters, the same after a crash (Discord: a nonce has at most 25)."""
    digest = sha256(f"{job_id}/{attempt_number}/{kind}".encode()).digest()
    return b32encode(digest[:15]).decode()
