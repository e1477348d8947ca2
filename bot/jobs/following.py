"""From the provider's task to the character: look, and store the result before anybody is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from bot.errors import ProviderError, Refused
from bot.fault import Fault
from bot.jobs import polling
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.timetable import Timetable
from bot.model import Attempt, AttemptState, Character, Job
from bot.notices import NoticeKind
from bot.ports import Absent, Broke, Capabilities, Clock, Made, Provider, TaskReport

log = structlog.get_logger(__name__)


class Following:
    """Follows tasks until they end; never calls one failed because it takes long.

    `lasting` tells the addresses of sources that never lapse, and so let no id lapse with them.
    """

    def __init__(
        self,
        *,
        checkpoint: Checkpoint,
        clock: Clock,
        timetable: Timetable,
        new_id: Callable[[], str],
        lasting: Callable[[str], bool] = lambda _url: False,
    ) -> None:
        self._checkpoint = checkpoint
        self._clock = clock
        self._timetable = timetable
        self._new_id = new_id
        self._lasting = lasting

    async def look(self, job: Job, attempt: Attempt, provider: Provider) -> None:
        """Reads the task once and acts on what it says."""
        try:
            report = await provider.look_up(attempt.task_id or "")
        except ProviderError as error:
            log.info("look_up_failed", job_id=attempt.job_id, fault=error.fault, code=error.code)
            await self.look_later(attempt)
        else:
            await self._act_on(job, attempt, report, provider)

    async def _act_on(self, job: Job, attempt: Attempt, report: TaskReport, provider: Provider) -> None:
        match report:
            case Made():
                await self.succeed(job, attempt, report, provider.capabilities)
            case Broke(fault=fault, code=code, text=text, credits_spent=spent):
                cause = Refused(fault, code=code, text=text)
                timed = replace(attempt, task_seconds=self._took(attempt, report))
                await self._checkpoint.fail(timed, fault, cause=cause, credits_spent=spent)
            case Absent():
                await self._miss(attempt)
            case _:
                await self.look_later(attempt)

    async def succeed(self, job: Job, attempt: Attempt, made: Made, capabilities: Capabilities) -> bool:
        """Stores the character or its new id, its announcement and the end of the attempt, at once.

        False when somebody else moved the attempt first.
        """
        now = self._clock.now()
        handed_over = attempt.handed_over
        lasts = None if handed_over and self._lasting(handed_over.url) else capabilities.id_lasts
        character = Character(
            character_id=attempt.renews or self._new_id(),
            job_id=job.job_id,
            attempt_id=attempt.attempt_id,
            owner_id=job.order.owner_id,
            guild_id=job.order.place.guild_id,
            name=job.order.name,
            provider=attempt.provider,
            provider_character_id=made.character_id,
            created_at=now,
            may_stop_working_at=handed_over.at + lasts if handed_over and lasts else None,
        )
        done = attempt.move(
            AttemptState.SUCCEEDED,
            ended_at=now,
            credits_spent=made.credits_spent,
            task_seconds=self._took(attempt, made),
            fault=None,
        )
        return await self._checkpoint.save(done, NoticeKind.CARD, NoticeKind.RESULT, character=character)

    def _took(self, attempt: Attempt, ended: Made | Broke) -> float | None:
        """How long the task ran: by the provider's clock if it can be so, else until we saw its end."""
        if attempt.submitted_at is None:
            return ended.task_seconds
        seen_seconds = (self._clock.now() - attempt.submitted_at).total_seconds()
        told = ended.task_seconds
        return told if told is not None and 0 < told <= seen_seconds else max(seen_seconds, 0.0)

    async def look_later(self, attempt: Attempt) -> None:
        """Sets the next look, or expires what has been followed for long enough."""
        now = self._clock.now()
        submitted_at = attempt.submitted_at or now
        polls = attempt.polls + 1
        due_at = await self._timetable.next_look(attempt.provider, polls, submitted_at)
        if due_at is None:
            await self._checkpoint.expire(attempt, Fault.TOOK_TOO_LONG)
        else:
            await self._wait(attempt, due_at, polls=polls, misses=0)

    async def _miss(self, attempt: Attempt) -> None:
        now = self._clock.now()
        misses = attempt.misses + 1
        due_at = polling.after_miss(misses, attempt.submitted_at or now, now)
        if due_at is None:
            await self._checkpoint.fail(attempt, Fault.TASK_NOT_FOUND)
        else:
            await self._wait(attempt, due_at, misses=misses)

    async def _wait(self, attempt: Attempt, due_at: datetime, **counts: int) -> None:
        now = self._clock.now()
        submitted_at = attempt.submitted_at or now
        notices = (NoticeKind.CARD,) if polling.turns_slow(submitted_at, attempt.due_at, now) else ()
        next_at = polling.not_past_slow(due_at, submitted_at, now)
        await self._checkpoint.save(attempt.postpone(next_at, **counts), *notices)
