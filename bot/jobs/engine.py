"""What the machine does with an attempt, one stored step at a time.

The line of a job: `intake` (clip copied and judged), `mending` (cut, where its owner wishes that),
`reviewing` (a moderator says yes, where the server wishes that),
`submission` (handed over, submitted once), `following` (looked at until it ends), then `outbox` (told). Every
step but the submission may be repeated, so a crash between two checkpoints costs nothing but the repetition.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog
from structlog.contextvars import bound_contextvars

from bot.errors import ClipStoreUnavailable, JobConflict, RecordsUnavailable
from bot.fault import Fault
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.following import Following
from bot.jobs.gatekeeper import Gatekeeper
from bot.jobs.intake import Intake
from bot.jobs.mending import Mending
from bot.jobs.reviewing import Reviewing
from bot.jobs.submission import Submissions
from bot.model import CLIPLESS_STATES, FREE_STATES, Attempt, AttemptState, Job
from bot.notices import NoticeKind
from bot.ports import Clock, Provider
from bot.stores import JobStore

STUMBLES_ALLOWED = 5
STUMBLE_WAIT = timedelta(seconds=30)
PROVIDER_WAIT = timedelta(minutes=5)
PROVIDER_GONE = timedelta(hours=24)
"""How long an attempt waits for a provider that is not configured any more."""

log = structlog.get_logger(__name__)


class Engine:
    """Carries one attempt one step further; knows nothing between two but which are being taken."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        providers: Mapping[str, Provider],
        intake: Intake,
        mending: Mending,
        reviewing: Reviewing,
        gatekeeper: Gatekeeper,
        submissions: Submissions,
        following: Following,
        checkpoint: Checkpoint,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._providers = providers
        self._intake = intake
        self._mending = mending
        self._reviewing = reviewing
        self._gatekeeper = gatekeeper
        self._submissions = submissions
        self._following = following
        self._checkpoint = checkpoint
        self._clock = clock
        self._in_hand: dict[str, asyncio.Event] = {}

    async def advance(self, attempt: Attempt) -> None:
        """Takes the step that the attempt's state asks for; the caller holds its lease."""
        if await self._was_done_meanwhile(attempt):
            return
        done = self._in_hand[attempt.attempt_id] = asyncio.Event()
        try:
            # Whoever logs within the step need not say of what.
            with bound_contextvars(job_id=attempt.job_id, attempt=attempt.number):
                await self._advance(attempt)
        finally:
            del self._in_hand[attempt.attempt_id]
            done.set()

    async def _was_done_meanwhile(self, attempt: Attempt) -> bool:
        """Whether a step of ours that went on has moved the row, so that this one is not to be taken.

        The clock was put forward then, or the host slept: by the clock the lease of that step had lapsed.
        """
        if attempt.attempt_id not in self._in_hand:
            return False
        log.warning("still_in_hand", job_id=attempt.job_id, attempt=attempt.number, state=attempt.state)
        while (step := self._in_hand.get(attempt.attempt_id)) is not None:
            await step.wait()
        story = await self._jobs.story(attempt.job_id, attempt.number)
        return story is None or story.attempt.revision != attempt.revision

    async def _advance(self, attempt: Attempt) -> None:
        job = await self._jobs.job(attempt.job_id)
        if job is None:
            return
        try:
            admitted = await self._gatekeeper.admit(job, attempt)
            if admitted is not None:
                await self._step(job, admitted)
        except JobConflict:
            log.info("moved_meanwhile", job_id=job.job_id, attempt=attempt.number, state=attempt.state)
        except Exception as error:
            log.exception("step_failed", job_id=job.job_id, attempt=attempt.number, state=attempt.state)
            storage = isinstance(error, ClipStoreUnavailable | RecordsUnavailable)
            await self._stumble(job, attempt, Fault.STORAGE if storage else Fault.INTERNAL)

    async def _step(self, job: Job, attempt: Attempt) -> None:
        provider = self._providers.get(attempt.provider)
        match attempt.state:
            case AttemptState.RECEIVED:
                await self._intake.take_in(job, attempt)
            case AttemptState.OFFERED | AttemptState.MENDING | AttemptState.REVIEW:
                await self._go_on_with_people(job, attempt)
            case AttemptState.SUBMITTING:
                # Nobody holds it, so its process died between the mark and the answer.
                await self._submissions.lose_track(attempt)
            case _ if provider is None:
                await self._wait_for_provider(attempt)
            case AttemptState.QUEUED:
                await self._submissions.hand_over(job, attempt, provider)
            case AttemptState.HANDED_OVER:
                await self._submissions.submit(job, attempt, provider)
            case AttemptState.WAITING:
                await self._following.look(job, attempt, provider)

    async def _go_on_with_people(self, job: Job, attempt: Attempt) -> None:
        """What its owner, or a moderator, decides about before it may go into the queue."""
        if attempt.state is AttemptState.REVIEW:
            await self._reviewing.go_on(attempt)
        else:
            await self._mending.go_on(job, attempt)

    async def _wait_for_provider(self, attempt: Attempt) -> None:
        """The operator took away a provider that attempts are with: they wait a day for its return."""
        log.error("provider_not_configured", provider=attempt.provider, job_id=attempt.job_id)
        now = self._clock.now()
        since = attempt.submitted_at or attempt.waits_since or attempt.created_at
        if now - since >= PROVIDER_GONE:
            await self._checkpoint.expire(attempt, Fault.WAITED_TOO_LONG)
        else:
            await self._checkpoint.save(attempt.postpone(now + PROVIDER_WAIT))

    async def _stumble(self, job: Job, attempt: Attempt, fault: Fault) -> None:
        """Gives the row back after an unexpected error; what was free ends after a few times, told as ours.

        If the step had saved already, this save finds another revision and does nothing. A submission that
        broke in the middle is found as SUBMITTING when its lease ends. What is paid for is followed on.
        """
        tries = attempt.tries + 1
        if attempt.state is AttemptState.WAITING:
            await self._following.look_later(attempt)
        elif fault is Fault.STORAGE and attempt.state is AttemptState.QUEUED:
            # Nothing is spent, the clip is kept, and a day in the queue ends it: it waits for the store. The
            # card says so once: redrawing it for every try would tell nobody anything.
            notices = () if attempt.fault is fault else (NoticeKind.CARD,)
            due_at = self._clock.now() + STUMBLE_WAIT
            await self._checkpoint.save(attempt.postpone(due_at, fault=fault), *notices)
        elif tries < STUMBLES_ALLOWED or attempt.state not in FREE_STATES:
            await self._checkpoint.save(
                attempt.postpone(self._clock.now() + tries * STUMBLE_WAIT, tries=tries)
            )
        elif attempt.state in CLIPLESS_STATES:
            await self._checkpoint.reject(job, attempt, fault=fault)
        else:
            await self._checkpoint.fail(attempt, fault)
