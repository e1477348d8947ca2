"""A provider's word that a task has ended: a reason to look, never a result.

The address that was called carries the attempt's own random token, so a hint also tells which attempt a task
belongs to when the answer to its submission was lost, or is still on its way.
"""

from enum import StrEnum

import structlog

from bot.jobs.checkpoint import Checkpoint
from bot.jobs.polling import before_all
from bot.jobs.settling import found_again
from bot.model import Attempt, AttemptState
from bot.notices import NoticeKind
from bot.ports import Clock
from bot.stores import JobStore

SETTLED_BY_HINT = frozenset({AttemptState.SUBMITTING, AttemptState.UNKNOWN})
"""States in which we do not know whether a task exists."""

log = structlog.get_logger(__name__)


class HintOutcome(StrEnum):
    """What a hint led to; for counters and logs."""

    LOOKED_AT_SOON = "looked_at_soon"
    SETTLED = "settled"
    NOTHING_NEW = "nothing_new"
    CONTRADICTS = "contradicts"
    NOBODYS = "nobodys"


class Hints:
    """Takes hints; every one of them may come twice, late, early or never."""

    def __init__(self, jobs: JobStore, checkpoint: Checkpoint, clock: Clock) -> None:
        self._jobs = jobs
        self._checkpoint = checkpoint
        self._clock = clock

    async def is_expected(self, token: str) -> bool:
        """Whether an attempt has this token."""
        return await self._jobs.attempt_of_token(token) is not None

    async def take(self, token: str, task_id: str, *, signed: bool) -> HintOutcome:
        """Makes the attempt due before all others; a signed hint also gives it the task id that was lost."""
        attempt = await self._jobs.attempt_of_token(token)
        if attempt is None:
            return HintOutcome.NOBODYS
        outcome = await self._follow(attempt, task_id, signed=signed)
        log.info("hint_taken", job_id=attempt.job_id, attempt=attempt.number, outcome=outcome)
        return outcome

    async def _follow(self, attempt: Attempt, task_id: str, *, signed: bool) -> HintOutcome:
        now = self._clock.now()
        if attempt.state in SETTLED_BY_HINT and signed:
            found = found_again(attempt, task_id, before_all(now))
            saved = await self._checkpoint.save(found, NoticeKind.CARD)
            return HintOutcome.SETTLED if saved else HintOutcome.NOTHING_NEW
        if attempt.task_id is not None and attempt.task_id != task_id:
            log.error("hint_contradicts", job_id=attempt.job_id, task_id=attempt.task_id, hinted=task_id)
            return HintOutcome.CONTRADICTS
        if attempt.state is AttemptState.EXPIRED and signed:
            again = attempt.move(AttemptState.WAITING, due_at=before_all(now), fault=None, ended_at=None)
            saved = await self._checkpoint.save(again, NoticeKind.CARD)
            return HintOutcome.SETTLED if saved else HintOutcome.NOTHING_NEW
        if attempt.state is AttemptState.WAITING:
            await self._checkpoint.save(attempt.postpone(before_all(now)))
            return HintOutcome.LOOKED_AT_SOON
        return HintOutcome.NOTHING_NEW
