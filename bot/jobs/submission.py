"""From the queue to the provider's task: hand the clip over, write SUBMITTING down, ask once."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.errors import ClipMissing, ProviderError
from bot.fault import Fault
from bot.jobs import retry
from bot.jobs.checkpoint import END_NOTICES, Checkpoint
from bot.jobs.following import Following
from bot.jobs.suiting import source_of, suits
from bot.jobs.timetable import Timetable
from bot.model import Attempt, AttemptState, Circuit, HandedOver, Job
from bot.notices import NoticeKind
from bot.ports import Capabilities, ClipStore, Clock, Made, Provider, SourceKind, Submission
from bot.stores import CircuitStore, JobStore, Rate

HANDED_OVER_FRESH = timedelta(hours=12)
"""The provider's pages give uploads 24 hours, 3 days or 14 days: plan for half of the shortest."""
WAIT_IN_QUEUE = timedelta(hours=24)
"""How long an attempt stays queued behind a provider that takes nothing."""
STORE_TASK_WAITS_SECONDS = (0.2, 1.0, 5.0, *(15.0,) * 240)
"""What the answer brings is paid for: storing it is tried for an hour, in which somebody can make room on a
full disk."""
THERE_ALREADY = ""
"""The address of what the provider has itself."""
LOST = frozenset({AttemptState.SUBMITTING, AttemptState.UNKNOWN})
"""What another process makes of a submission whose process it takes for dead."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SubmissionRules:
    """What the operator decided. `callback_url` makes a public address of an attempt's token.

    `at_once` names the providers that answer an order with the character itself.
    """

    rate: Rate
    callback_url: Callable[[str], str] | None
    at_once: Collection[str] = ()


class Submissions:
    """Brings attempts to the provider, each at most once."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        circuits: CircuitStore,
        clips: ClipStore,
        checkpoint: Checkpoint,
        clock: Clock,
        rules: SubmissionRules,
        timetable: Timetable,
        following: Following,
        chance: Callable[[], float],
    ) -> None:
        self._jobs = jobs
        self._circuits = circuits
        self._clips = clips
        self._checkpoint = checkpoint
        self._clock = clock
        self._rules = rules
        self._timetable = timetable
        self._following = following
        self._chance = chance

    async def hand_over(self, job: Job, attempt: Attempt, provider: Provider) -> None:
        """Makes the kept clip readable for the provider: free, and repeated at will."""
        if await self._expired(attempt):
            return
        takes = provider.capabilities
        try:
            if not suits(job, takes.source, takes.files, takes.texts):
                await self._checkpoint.fail(attempt, Fault.CLIP_UNSUITABLE)
                return
            url = await self._upload(job, provider)
        except ClipMissing:
            log.exception("clip_missing", job_id=job.job_id)
            await self._checkpoint.fail(attempt, Fault.CLIP_MISSING)
        except ProviderError as error:
            await self._follow(attempt, error, retry.after_handing_over(error, attempt.tries, self._chance()))
        else:
            # Due at once, and the attempt keeps its turn: else every clip in the queue would be uploaded
            # before the first one is submitted.
            handed_over = HandedOver(url, self._clock.now())
            done = attempt.move(AttemptState.HANDED_OVER, handed_over=handed_over, fault=None)
            await self._checkpoint.save(done)

    async def submit(self, job: Job, attempt: Attempt, provider: Provider) -> None:
        """Commits SUBMITTING, then asks for the character, once."""
        if await self._expired(attempt):
            return
        now = self._clock.now()
        handed_over = attempt.handed_over
        if handed_over is None or now - handed_over.at > HANDED_OVER_FRESH:
            await self._checkpoint.save(attempt.move(AttemptState.QUEUED, handed_over=None, due_at=now))
            return
        marked = await self._checkpoint.begin_submission(attempt, self._rules.rate)
        if marked is None:
            # `due_at` stays here too: who is turned away goes first when a place is free.
            await self._checkpoint.save(attempt)
            return
        try:
            answer = await provider.submit(self._submission(job, handed_over, marked, provider.capabilities))
        except ProviderError as error:
            times = marked.resubmissions
            await self._follow(marked, error, retry.after_submitting(error, times, self._chance()))
        else:
            await self._store(job, marked, answer, provider.capabilities)

    async def lose_track(self, attempt: Attempt, cause: ProviderError | None = None) -> None:
        """Nobody knows whether the provider took the order: shown as what it is, never sent again.

        Of a lost task somebody may still hear. A lost answer that was the character is lost for good.
        """
        for_good = attempt.provider in self._rules.at_once
        unknown = attempt.move(
            AttemptState.UNKNOWN,
            fault=Fault.CHARACTER_LOST if for_good else Fault.OUTCOME_UNKNOWN,
            provider_code=cause.code if cause else None,
            provider_text=cause.text if cause else None,
            ended_at=self._clock.now(),
        )
        log.error("submission_outcome_unknown", job_id=attempt.job_id, attempt=attempt.number)
        await self._checkpoint.save(unknown, *END_NOTICES)

    async def _expired(self, attempt: Attempt) -> bool:
        """Ends what has waited for a day; whether it did."""
        if self._clock.now() - (attempt.waits_since or attempt.created_at) <= WAIT_IN_QUEUE:
            return False
        await self._checkpoint.expire(attempt, Fault.WAITED_TOO_LONG)
        return True

    async def _upload(self, job: Job, provider: Provider) -> str:
        if provider.capabilities.source is SourceKind.TASK:
            return THERE_ALREADY
        source, kind = source_of(job, provider.capabilities.source)
        return await provider.hand_over(source, kind, self._clips.read(source))

    def _submission(
        self, job: Job, handed_over: HandedOver, marked: Attempt, capabilities: Capabilities
    ) -> Submission:
        address = self._rules.callback_url if capabilities.calls_back else None
        return Submission(
            source_url=handed_over.url,
            prompt=job.order.prompt,
            safety=job.order.safety_sent,
            callback_url=address(marked.callback_token) if address else None,
            name=job.order.name,
            source_task=job.order.source_task,
        )

    async def _store(self, job: Job, marked: Attempt, answer: str | Made, capabilities: Capabilities) -> None:
        """Stores what was paid for: the character, or the task that it will come of."""

        async def store(attempt: Attempt) -> bool:
            if isinstance(answer, Made):
                return await self._following.succeed(job, attempt, answer, capabilities)
            return await self._store_task(attempt, answer)

        if await self._tenaciously(lambda: store(marked), marked, answer):
            return
        # We had been taken for dead: what was thought lost is found again.
        story = await self._jobs.story(marked.job_id, marked.number)
        if story is None or story.attempt.state not in LOST:
            return
        if story.attempt.revision == marked.revision:
            # Nobody has moved the row: it is the id that another attempt has already.
            log.error("task_of_another_attempt", job_id=marked.job_id, answer=answer)
            await self.lose_track(story.attempt)
        elif await store(story.attempt):
            log.warning("answer_stored_late", job_id=marked.job_id, answer=answer)

    async def _store_task(self, attempt: Attempt, task_id: str) -> bool:
        now = self._clock.now()
        due_at = await self._timetable.next_look(attempt.provider, 0, now) or now
        changes = {"task_id": task_id, "due_at": due_at, "fault": None, "ended_at": None}
        return await self._checkpoint.save(attempt.move(AttemptState.WAITING, **changes), NoticeKind.CARD)

    async def _tenaciously(
        self, store: Callable[[], Awaitable[bool]], attempt: Attempt, answer: str | Made
    ) -> bool:
        """Tries for long; the last try's error comes through."""
        for wait_seconds in STORE_TASK_WAITS_SECONDS:
            try:
                return await store()
            except Exception:
                log.exception("answer_not_stored", job_id=attempt.job_id, answer=answer)
                await asyncio.sleep(wait_seconds)
        return await store()

    async def _follow(self, attempt: Attempt, error: ProviderError, consequence: retry.Consequence) -> None:
        log.info(
            "provider_call_failed",
            job_id=attempt.job_id,
            state=attempt.state,
            kind=type(error).__name__,
            fault=error.fault,
            code=error.code,
        )
        match consequence:
            case retry.Hold(seconds=seconds):
                await self._hold(attempt, error, seconds)
            case retry.Again():
                await self._again(attempt, consequence)
            case retry.LoseTrack():
                await self.lose_track(attempt, error)
            case retry.End():
                await self._checkpoint.fail(attempt, error.fault, cause=error)

    async def _again(self, attempt: Attempt, again: retry.Again) -> None:
        """Repeats the upload or the submission, each with a count of its own."""
        due_at = self._clock.now() + timedelta(seconds=again.after_seconds)
        if attempt.state is AttemptState.QUEUED:
            back = attempt.postpone(due_at, tries=attempt.tries + again.counted)
        else:
            kept = None if again.fresh_upload else attempt.handed_over
            back = attempt.move(
                AttemptState.HANDED_OVER if kept else AttemptState.QUEUED,
                due_at=due_at,
                handed_over=kept,
                resubmissions=attempt.resubmissions + again.counted,
            )
        await self._checkpoint.save(back)

    async def _hold(self, attempt: Attempt, error: ProviderError, seconds: float) -> None:
        """Puts the attempt back and opens the circuit, so that nobody else runs into the same refusal."""
        now = self._clock.now()
        probe_at = now + timedelta(seconds=seconds)
        back = attempt.back_to(AttemptState.QUEUED, probe_at, fault=error.fault, handed_over=None)
        await self._checkpoint.save(back, NoticeKind.CARD)
        if await self._circuits.open(Circuit(attempt.provider, error.fault, now, probe_at), now):
            log.error("circuit_opened", provider=attempt.provider, fault=error.fault, code=error.code)
