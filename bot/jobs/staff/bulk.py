"""Retries or cancels many jobs of a server, one after the other, each by a stored step of its own."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.deeds import Deed
from bot.errors import JobConflict, NotCancellable, NotFound, UserFault
from bot.jobs.desk import Desk, is_last
from bot.jobs.rounds import rounds
from bot.model import AttemptState, Person
from bot.moderation.bulks import DONE, Bulk, BulkAction, BulkStep, BulkStore, Tally
from bot.ports import Clock
from bot.records import JobRecord, JobRecords, Wanted

AT_MOST = 500
"""Jobs of one bulk."""
ADMINS_ABOVE = 50
"""More jobs than this are for admins to decide about."""
EVERY_SECONDS = 1.0
AT_ONCE = 20
FORGOTTEN_AFTER = timedelta(days=30)

log = structlog.get_logger(__name__)

_S = AttemptState
_WAITING = frozenset({_S.RECEIVED, _S.OFFERED, _S.MENDING, _S.QUEUED, _S.HANDED_OVER})
STATES: dict[BulkAction, frozenset[AttemptState]] = {
    BulkAction.RETRY: frozenset({_S.FAILED, _S.EXPIRED}),
    BulkAction.CANCEL_WAITING: _WAITING,
    BulkAction.CANCEL_ALL: _WAITING | {_S.WAITING},
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be done: to so many jobs, so many of which the provider works on already."""

    bulk: Bulk
    count: int
    running: int


class Bulks:
    """Lists first, acts after a confirmation. Nobody's right is asked here."""

    def __init__(
        self,
        *,
        desk: Desk,
        store: BulkStore,
        records: JobRecords,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._desk = desk
        self._store = store
        self._records = records
        self._clock = clock
        self._new_id = new_id

    async def propose(
        self,
        guild_id: int,
        actor_id: int,
        action: BulkAction,
        *,
        owner_id: int | None = None,
        span: timedelta | None = None,
    ) -> Proposal:
        """Lists the jobs, up to `AT_MOST`, newest first, and keeps the list until it is confirmed."""
        now = self._clock.now()
        wanted = Wanted(guild_id, owner_id, STATES[action], now - span if span else None)
        found = await self._records.find(wanted, limit=AT_MOST)
        fitting = [record for record in found if _fits(record, action)]
        bulk = Bulk(self._new_id(), guild_id, actor_id, action, now)
        steps = [BulkStep(record.job.job_id, record.latest.number) for record in fitting]
        await self._store.propose(bulk, steps, forget_before=now - FORGOTTEN_AFTER)
        running = sum(record.latest.state is _S.WAITING for record in fitting)
        return Proposal(bulk, len(steps), running)

    async def confirm(self, guild_id: int, bulk_id: str, actor_id: int) -> Tally:
        """Lets it begin; of two presses the second changes nothing.

        Raises:
            NotFound: the server has no such bulk.
        """
        tally = await self.tally(guild_id, bulk_id)
        action, what = tally.bulk.action, f"{tally.count} jobs"
        deed = Deed(guild_id, actor_id, self._clock.now(), "bulk", action, None, what)
        await self._store.confirm(bulk_id, deed)
        return await self.tally(guild_id, bulk_id)

    async def tally(self, guild_id: int, bulk_id: str) -> Tally:
        """How far it has come.

        Raises:
            NotFound: the server has no such bulk.
        """
        tally = await self._store.tally(guild_id, bulk_id)
        if tally is None:
            raise NotFound("bulk")
        return tally

    async def work(self) -> None:
        """Tries the next steps. One that was tried and not noted is found done, and is not done again."""
        for bulk, step in await self._store.untried(AT_ONCE):
            outcome = await self._try(bulk, step)
            await self._store.settle(bulk.bulk_id, step.job_id, outcome)

    def working(self) -> AbstractAsyncContextManager[None]:
        """Works off what was confirmed, for as long as the block."""
        return rounds(self.work, every_seconds=EVERY_SECONDS, failed="bulk_failed", at_once=False)

    async def _try(self, bulk: Bulk, step: BulkStep) -> str:
        person = Person(bulk.actor_id, bulk.guild_id, may_manage=True)
        act = self._retry if bulk.action is BulkAction.RETRY else self._cancel
        try:
            return await act(step, person)
        except (UserFault, JobConflict) as error:
            log.info("bulk_step_refused", job_id=step.job_id, error=type(error).__name__)
            return type(error).__name__

    async def _retry(self, step: BulkStep, person: Person) -> str:
        latest = (await self._desk.story(step.job_id, person)).attempt
        if latest.number == step.attempt_number + 1 and latest.requested_by == person.user_id:
            return DONE
        await self._desk.retry(step.job_id, step.attempt_number, person)
        return DONE

    async def _cancel(self, step: BulkStep, person: Person) -> str:
        latest = (await self._desk.story(step.job_id, person)).attempt
        if latest.number != step.attempt_number:
            return NotCancellable.__name__
        if latest.state is not _S.CANCELLED:
            await self._desk.cancel(step.job_id, person)
        return DONE


def _fits(record: JobRecord, action: BulkAction) -> bool:
    """Whether the action can do anything about a job: a failed one with a clip, and attempts left."""
    if action is not BulkAction.RETRY:
        return record.latest.state in STATES[action]
    return (
        record.job.clip is not None and not is_last(record.latest) and record.latest.state in STATES[action]
    )
