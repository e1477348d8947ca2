"""From the interaction to the queue: the clip is copied into our store and judged."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.clip import StoredClip
from bot.errors import AttachmentGone, AttachmentUnreachable, ClipRejected, DeliveryPostponed
from bot.fault import Fault
from bot.jobs.acceptance import Acceptance
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.mending import Mending
from bot.model import TICKET_LIFE, Attempt, Job, Visibility
from bot.ports import Announcer, Attachments, ClipJudge, ClipStore, Clock
from bot.stores import JobStore

ACKNOWLEDGE_WAIT = timedelta(seconds=20)
"""How long after acceptance a job without a known card is looked into: the first response takes under 3 s."""
FETCH_TRIES = 3
FETCH_WAIT = timedelta(seconds=10)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """What a clip may have to be used as it is, and what a source may have to be cut."""

    clip_bytes: int
    source_bytes: int

    def download_bytes(self, claimed_bytes: int) -> int:
        """How much of an attachment is copied: as much as a clip may have, or more if that was announced."""
        return min(max(claimed_bytes, self.clip_bytes), self.source_bytes)


class Intake:
    """Takes a new job's clip in, offers to cut it, or rejects the job."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        clips: ClipStore,
        attachments: Attachments,
        judge: ClipJudge,
        acceptance: Acceptance,
        mending: Mending,
        announcer: Announcer,
        checkpoint: Checkpoint,
        clock: Clock,
        limits: IntakeLimits,
    ) -> None:
        self._jobs = jobs
        self._clips = clips
        self._attachments = attachments
        self._judge = judge
        self._acceptance = acceptance
        self._mending = mending
        self._announcer = announcer
        self._checkpoint = checkpoint
        self._clock = clock
        self._limits = limits

    async def take_in(self, job: Job, attempt: Attempt) -> None:
        """Leaves the attempt QUEUED with a kept clip, OFFERED, REJECTED with the reason, or due again."""
        try:
            if not await self._may_begin(job, attempt):
                return
            await self._take(job, attempt)
        except ClipRejected as rejection:
            await self._checkpoint.reject_clip(job, attempt, rejection)
        except AttachmentGone as gone:
            await self._checkpoint.reject(
                job, attempt, fault=Fault.ATTACHMENT_GONE, provider_code=str(gone.status)
            )
        except DeliveryPostponed as postponed:
            due_at = self._clock.now() + timedelta(seconds=postponed.after_seconds)
            # Never earlier, not even by a clock put back: that would read as acknowledged.
            due_at = max(due_at, attempt.created_at + ACKNOWLEDGE_WAIT)
            await self._checkpoint.save(attempt.postpone(due_at))
        except AttachmentUnreachable as unreachable:
            await self._fetch_again(job, attempt, unreachable)

    async def _may_begin(self, job: Job, attempt: Attempt) -> bool:
        """Whether the member was told that it begins; a job of which that is not so ends here."""
        if was_acknowledged(job, attempt):
            return True
        if nobody_can_tell(job, self._clock.now()):
            log.warning("job_interrupted", job_id=job.job_id)
            await self._checkpoint.reject(job, attempt, fault=Fault.INTERRUPTED)
            return False
        if await self._was_shown(job):
            return True
        log.info("job_never_shown", job_id=job.job_id)
        await self._jobs.forget(job.job_id, unless_touched=attempt)
        return False

    async def _was_shown(self, job: Job) -> bool:
        """Whether Discord shows our first response, which a crash may have kept from us."""
        response = await self._announcer.first_response(job)
        if response is None:
            return False
        if job.order.visibility is Visibility.THREAD:
            await self._jobs.place_card(job.job_id, response)
        return True

    async def _take(self, job: Job, attempt: Attempt) -> None:
        """Copies the clip, has it judged, and goes on with it; what is not kept is gone in any case."""
        attachment = job.order.attachment
        chunks = self._attachments.stream(attachment.url, self._limits.download_bytes(attachment.size_bytes))
        try:
            await self._judge_copy(attempt, await self._clips.stage(attempt.attempt_id, chunks))
        except BaseException:
            await self._clips.discard(attempt.attempt_id)
            raise

    async def _judge_copy(self, attempt: Attempt, staged: StoredClip) -> None:
        try:
            facts = await self._judge.judge(self._clips.read(staged), staged.size_bytes)
        except ClipRejected as rejection:
            if not rejection.mendable:
                raise
            await self._mending.offer(attempt, staged, rejection)
        else:
            await self._acceptance.queue(attempt, await self._acceptance.keep(attempt, staged, facts))

    async def _fetch_again(self, job: Job, attempt: Attempt, trouble: AttachmentUnreachable) -> None:
        log.info("attachment_unreachable", job_id=attempt.job_id, cause=trouble.cause)
        tries = attempt.tries + 1
        if tries >= FETCH_TRIES:
            await self._checkpoint.reject(job, attempt, fault=Fault.ATTACHMENT_UNREACHABLE)
        else:
            await self._checkpoint.save(attempt.postpone(self._clock.now() + FETCH_WAIT, tries=tries))


def was_acknowledged(job: Job, attempt: Attempt) -> bool:
    """Whether the first response is known to be shown.

    A private one leaves no card; but only an acknowledgement makes an attempt due before the wait is over,
    and that can be told however long the process was away, when Discord no longer knows the interaction.
    """
    return job.card is not None or attempt.due_at < attempt.created_at + ACKNOWLEDGE_WAIT


def nobody_can_tell(job: Job, now: datetime) -> bool:
    """Whether Discord no longer says if the first response was shown.

    A public one can be found in its channel at any time; a private one by its ticket only. The member may
    have read that it begins, or that the bot did not respond, and may have asked again: so it must neither
    begin nor be forgotten.
    """
    return job.order.visibility is Visibility.PRIVATE and now - job.created_at >= TICKET_LIFE
