"""Between a clip that is refused and the queue: its owner chooses the part to keep, and it is cut out."""

from datetime import timedelta

import structlog

from bot.clip import Offer, StoredClip
from bot.errors import ClipMissing, ClipRejected
from bot.fault import Fault
from bot.jobs.acceptance import Acceptance, in_one_piece
from bot.jobs.checkpoint import Checkpoint
from bot.model import Attempt, AttemptState, Job
from bot.notices import NoticeKind
from bot.orders import parts
from bot.ports import ClipEditor, ClipJudge, ClipStore, Clock

OFFER_LASTS = timedelta(hours=1)
"""How long a clip that we cannot use is kept for its owner to choose."""

log = structlog.get_logger(__name__)


class Mending:
    """Offers to cut a clip, and cuts it."""

    def __init__(
        self,
        *,
        clips: ClipStore,
        editor: ClipEditor,
        judge: ClipJudge,
        acceptance: Acceptance,
        checkpoint: Checkpoint,
        clock: Clock,
    ) -> None:
        self._clips = clips
        self._editor = editor
        self._judge = judge
        self._acceptance = acceptance
        self._checkpoint = checkpoint
        self._clock = clock

    async def offer(self, attempt: Attempt, staged: StoredClip, rejection: ClipRejected) -> None:
        """Leaves the attempt OFFERED, until the offer lapses.

        Raises:
            ClipRejected: nothing acceptable can be cut out of the clip.
        """
        preview = await self._editor.preview(self._clips.read(staged))
        offer = Offer(
            source=await self._clips.keep(staged),
            sheet=await self._acceptance.keep_picture(attempt, "sheet", preview.sheet),
            seconds=preview.seconds,
            part=parts.suggestion(preview.seconds),
        )
        offered = attempt.move(
            AttemptState.OFFERED,
            due_at=self._clock.now() + OFFER_LASTS,
            rule=rejection.rule,
            rule_found=rejection.found,
            rule_accepted=rejection.accepted,
        )
        await self._checkpoint.save(offered, NoticeKind.CARD, NoticeKind.OFFER, offer=offer)

    async def go_on(self, job: Job, attempt: Attempt) -> None:
        """Cuts what was chosen, or ends an offer that nobody took up in time.

        Leaves the attempt QUEUED, or REJECTED with the reason.
        """
        if job.offer is None:
            await self._checkpoint.reject(job, attempt, fault=Fault.CLIP_MISSING)
        elif attempt.state is AttemptState.OFFERED:
            await self._checkpoint.reject(job, attempt, fault=Fault.PART_NOT_CHOSEN)
        else:
            await self._mend(job, attempt, job.offer)

    async def _mend(self, job: Job, attempt: Attempt, offer: Offer) -> None:
        try:
            await self._cut(attempt, offer)
        except ClipRejected as rejection:
            log.warning("clip_not_cut", job_id=job.job_id, rule=rejection.rule, found=rejection.found)
            await self._checkpoint.reject_clip(job, attempt, rejection)
        except ClipMissing:
            log.exception("clip_missing", job_id=job.job_id)
            await self._checkpoint.reject(job, attempt, fault=Fault.CLIP_MISSING)

    async def _cut(self, attempt: Attempt, offer: Offer) -> None:
        clip = await self._editor.cut(self._clips.read(offer.source), offer.part)
        try:
            staged = await self._clips.stage(attempt.attempt_id, in_one_piece(clip))
            facts = await self._judge.judge(self._clips.read(staged), staged.size_bytes)
            kept = await self._acceptance.keep(attempt, staged, facts)
        except BaseException:
            await self._clips.discard(attempt.attempt_id)
            raise
        await self._acceptance.queue(attempt, kept)
