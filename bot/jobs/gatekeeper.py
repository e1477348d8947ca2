"""What operator and moderators have decided, asked once more before anything is uploaded or submitted."""

from dataclasses import replace
from datetime import timedelta

import structlog

from bot.fault import Fault
from bot.jobs.checkpoint import Checkpoint
from bot.model import Attempt, AttemptState, Job
from bot.moderation import gates
from bot.moderation.departures import is_stopped
from bot.moderation.gates import Block, GateStore
from bot.notices import NoticeKind
from bot.ports import Clock

IN_QUEUE = frozenset({AttemptState.QUEUED, AttemptState.HANDED_OVER})
LOOK_AGAIN = timedelta(minutes=10)
"""For a pause that ended in the moment in which an attempt was put off because of it."""
WAIT_IN_PAUSE = timedelta(hours=24)
"""As long as an attempt stays queued for any other reason."""

log = structlog.get_logger(__name__)


class Gatekeeper:
    """Stands between the queue and the provider: in a paused server jobs wait, those of the blocked end.

    So do those that were meant for a server which the bot was removed from.

    `allowed_guilds` are the servers that the operator allows; None for all of them.
    """

    def __init__(
        self,
        *,
        store: GateStore,
        checkpoint: Checkpoint,
        clock: Clock,
        allowed_guilds: frozenset[int] | None,
    ) -> None:
        self._store = store
        self._checkpoint = checkpoint
        self._clock = clock
        self._allowed_guilds = allowed_guilds

    async def admit(self, job: Job, attempt: Attempt) -> Attempt | None:
        """The attempt, if it may go on now; else it waits or has ended, and its card says so."""
        guild_id = job.order.place.guild_id
        if guild_id is None or attempt.state not in IN_QUEUE:
            return attempt
        if job.removal is not None:
            # An attempt that the provider gave back, or that was asked for at that very moment.
            log.info("stopped_by_takedown", job_id=job.job_id, attempt=attempt.number)
            ended = attempt.move(AttemptState.CANCELLED, ended_at=self._clock.now())
            await self._checkpoint.save(ended, NoticeKind.CARD)
            return None
        if self._allowed_guilds is not None and guild_id not in self._allowed_guilds:
            log.info("stopped_by_operator", job_id=job.job_id, attempt=attempt.number, guild_id=guild_id)
            await self._checkpoint.fail(attempt, Fault.SERVER_NOT_ALLOWED)
            return None
        people = {job.order.owner_id, attempt.requested_by}
        decided = await self._store.gates(guild_id, people)
        if is_stopped(attempt.created_at, decided.left_at):
            log.info("stopped_with_server", job_id=job.job_id, attempt=attempt.number, guild_id=guild_id)
            await self._checkpoint.fail(attempt, Fault.SERVER_LEFT)
            return None
        stopped = gates.stands_in_the_way(decided, people, self._clock.now())
        if stopped is None:
            unmarked = attempt.fault is not Fault.SERVER_PAUSED
            return attempt if unmarked else replace(attempt, fault=None)
        log.info(
            "stopped_by_moderators", job_id=job.job_id, attempt=attempt.number, why=type(stopped).__name__
        )
        if isinstance(stopped, Block):
            await self._checkpoint.fail(attempt, Fault.MEMBER_BLOCKED)
        else:
            await self._wait(attempt, stopped)
        return None

    async def _wait(self, attempt: Attempt, pause: gates.Pause) -> None:
        """Its place is kept; what the provider was given before is handed over afresh later."""
        now = self._clock.now()
        if now - (attempt.waits_since or attempt.created_at) > WAIT_IN_PAUSE:
            await self._checkpoint.expire(attempt, Fault.SERVER_PAUSED)
            return
        due_at = min(pause.until or now + LOOK_AGAIN, now + LOOK_AGAIN)
        is_told = attempt.state is AttemptState.QUEUED and attempt.fault is Fault.SERVER_PAUSED
        back = attempt.back_to(AttemptState.QUEUED, due_at, fault=Fault.SERVER_PAUSED, handed_over=None)
        await self._checkpoint.save(back, *(() if is_told else (NoticeKind.CARD,)))
