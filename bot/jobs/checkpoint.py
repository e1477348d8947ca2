"""Saving what a step decided: one place for every checkpoint and every end."""

from typing import Any

import structlog

from bot.clip import KeptClip, Offer
from bot.errors import ClipRejected, JobConflict, ProviderError
from bot.fault import Fault
from bot.jobs.lanes import Ring
from bot.model import Attempt, AttemptState, Character, Job, Visibility
from bot.notices import NoticeKind, NoticeState
from bot.ports import Clock
from bot.stores import JobStore, Rate

END_NOTICES = (NoticeKind.CARD, NoticeKind.FAILURE)
SAVE_TRIES = 5
"""A worker may save between our look and our save; it does so a few times in an attempt's life at most."""

log = structlog.get_logger(__name__)


class Checkpoint:
    """Stores attempts and rings for the lane that goes on with them."""

    def __init__(self, jobs: JobStore, clock: Clock, ring: Ring) -> None:
        self._jobs = jobs
        self._clock = clock
        self._ring = ring

    async def save(
        self,
        attempt: Attempt,
        *notices: NoticeKind,
        clip: KeptClip | None = None,
        offer: Offer | None = None,
        character: Character | None = None,
        forget_ticket: bool = False,
    ) -> bool:
        """Stores the attempt with all that follows; False when somebody else moved the row first."""
        try:
            await self._jobs.save(
                attempt,
                now=self._clock.now(),
                notices=notices,
                clip=clip,
                offer=offer,
                character=character,
                forget_ticket=forget_ticket,
            )
        except JobConflict:
            log.info("moved_meanwhile", job_id=attempt.job_id, attempt=attempt.number, state=attempt.state)
            return False
        self._ring(attempt.state, *((NoticeState.PENDING,) if notices else ()))
        return True

    async def reject(self, job: Job, attempt: Attempt, **facts: Any) -> None:
        """Ends the attempt before a clip was accepted: one neutral line in public, the reason in private."""
        rejected = attempt.move(AttemptState.REJECTED, ended_at=self._clock.now(), **facts)
        public = job.order.visibility is Visibility.THREAD
        cards = (NoticeKind.CARD,) if public else ()
        await self.save(rejected, *cards, NoticeKind.REFUSAL)

    async def reject_clip(self, job: Job, attempt: Attempt, rejection: ClipRejected) -> None:
        """The same for a rule that the clip breaks."""
        await self.reject(
            job,
            attempt,
            fault=None,
            rule=rejection.rule,
            rule_found=rejection.found,
            rule_accepted=rejection.accepted,
        )

    async def begin_submission(self, attempt: Attempt, rate: Rate) -> Attempt | None:
        """Marks the attempt SUBMITTING, now; None when the rate is used up.

        Raises:
            JobConflict: somebody else moved the row first.
        """
        marked = await self._jobs.begin_submission(attempt, now=self._clock.now(), rate=rate)
        if marked is not None:
            self._ring(AttemptState.SUBMITTING)
        return marked

    async def fail(
        self,
        attempt: Attempt,
        fault: Fault,
        *,
        cause: ProviderError | None = None,
        credits_spent: float | None = None,
    ) -> None:
        """Ends the attempt; a person may start another."""
        failed = attempt.move(
            AttemptState.FAILED,
            fault=fault,
            provider_code=cause.code if cause else None,
            provider_text=cause.text if cause else None,
            credits_spent=credits_spent,
            ended_at=self._clock.now(),
        )
        await self.save(failed, *END_NOTICES)

    async def expire(self, attempt: Attempt, fault: Fault) -> None:
        """Stops following the attempt without calling it failed."""
        expired = attempt.move(AttemptState.EXPIRED, fault=fault, ended_at=self._clock.now())
        asked = (NoticeKind.REVIEW,) if attempt.state is AttemptState.REVIEW else ()
        await self.save(expired, *END_NOTICES, *asked)
