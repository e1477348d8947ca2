"""From the interaction to the queue: the clip is copied into our store and judged."""

from datetime import timedelta
from typing import Any

import structlog

from bot.errors import AttachmentGone, AttachmentUnreachable, ClipRejected, DeliveryPostponed
from bot.jobs.checkpoint import Checkpoint
from bot.model import Attempt, AttemptState, Fault, Job, KeptClip, Visibility
from bot.notices import NoticeKind
from bot.ports import Announcer, Attachments, CircuitStore, ClipJudge, ClipStore, Clock, JobStore

ACKNOWLEDGE_WAIT = timedelta(seconds=20)
"""How long after acceptance a job without a known card is looked into: the first response takes under 3 s."""
FETCH_TRIES = 3
FETCH_WAIT = timedelta(seconds=10)

log = structlog.get_logger(__name__)


class Intake:
    """Takes a new job's clip in, or rejects the job."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        circuits: CircuitStore,
        clips: ClipStore,
        attachments: Attachments,
        judge: ClipJudge,
        announcer: Announcer,
        checkpoint: Checkpoint,
        clock: Clock,
        limit_bytes: int,
    ) -> None:
        self._jobs = jobs
        self._circuits = circuits
        self._clips = clips
        self._attachments = attachments
        self._judge = judge
        self._announcer = announcer
        self._checkpoint = checkpoint
        self._clock = clock
        self._limit_bytes = limit_bytes

    async def take_in(self, job: Job, attempt: Attempt) -> None:
        """Leaves the attempt QUEUED with a kept clip, REJECTED with the reason, or due again."""
        try:
            if not (was_acknowledged(job, attempt) or await self._was_shown(job)):
                log.info("job_never_shown", job_id=job.job_id)
                await self._jobs.forget(job.job_id)
                return
            kept = await self._copy_and_judge(job, attempt)
        except ClipRejected as rejection:
            await self.reject(
                job,
                attempt,
                rule=rejection.rule,
                rule_found=rejection.found,
                rule_accepted=rejection.accepted,
            )
        except AttachmentGone as gone:
            await self.reject(job, attempt, fault=Fault.ATTACHMENT_GONE, provider_code=str(gone.status))
        except DeliveryPostponed as postponed:
            due_at = self._clock.now() + timedelta(seconds=postponed.after_seconds)
            # Never earlier, not even by a clock put back: that would read as acknowledged.
            due_at = max(due_at, attempt.created_at + ACKNOWLEDGE_WAIT)
            await self._checkpoint.save(attempt.postpone(due_at))
        except AttachmentUnreachable as unreachable:
            await self._fetch_again(job, attempt, unreachable)
        else:
            await self._queue(attempt, kept)

    async def reject(self, job: Job, attempt: Attempt, **facts: Any) -> None:
        """Ends the attempt before anything was kept: one neutral line in public, the reason in private."""
        rejected = attempt.move(AttemptState.REJECTED, ended_at=self._clock.now(), **facts)
        public = job.order.visibility is Visibility.THREAD
        cards = (NoticeKind.CARD,) if public else ()
        await self._checkpoint.save(rejected, *cards, NoticeKind.REFUSAL)

    async def _was_shown(self, job: Job) -> bool:
        """Whether Discord shows our first response, which a crash may have kept from us."""
        response = await self._announcer.first_response(job)
        if response is None:
            return False
        if job.order.visibility is Visibility.THREAD:
            await self._jobs.place_card(job.job_id, response)
        return True

    async def _copy_and_judge(self, job: Job, attempt: Attempt) -> KeptClip:
        chunks = self._attachments.stream(job.order.attachment.url, self._limit_bytes)
        try:
            staged = await self._clips.stage(attempt.attempt_id, chunks)
            facts = await self._judge.judge(self._clips.read(staged), staged.size_bytes)
            return KeptClip(stored=await self._clips.keep(staged), facts=facts)
        except BaseException:
            await self._clips.discard(attempt.attempt_id)
            raise

    async def _queue(self, attempt: Attempt, kept: KeptClip) -> None:
        circuit = await self._circuits.get(attempt.provider)
        fault = circuit.fault if circuit else None
        queued = attempt.move(AttemptState.QUEUED, due_at=self._clock.now(), fault=fault)
        await self._checkpoint.save(queued, NoticeKind.CARD, NoticeKind.THREAD, clip=kept, forget_ticket=True)

    async def _fetch_again(self, job: Job, attempt: Attempt, trouble: AttachmentUnreachable) -> None:
        log.info("attachment_unreachable", job_id=attempt.job_id, cause=trouble.cause)
        tries = attempt.tries + 1
        if tries >= FETCH_TRIES:
            await self.reject(job, attempt, fault=Fault.ATTACHMENT_UNREACHABLE)
        else:
            await self._checkpoint.save(attempt.postpone(self._clock.now() + FETCH_WAIT, tries=tries))


def was_acknowledged(job: Job, attempt: Attempt) -> bool:
    """Whether the first response is known to be shown.

    A private one leaves no card; but only an acknowledgement makes an attempt due before the wait is over,
    and that can be told however long the process was away, when Discord no longer knows the interaction.
    """
    return job.card is not None or attempt.due_at < attempt.created_at + ACKNOWLEDGE_WAIT
