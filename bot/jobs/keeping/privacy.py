"""Members' rights to what is stored about them. No gate, block or pause stands before them."""

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.errors import JobConflict, RecordsUnavailable
from bot.jobs.checkpoint import SAVE_TRIES
from bot.jobs.rounds import rounds
from bot.model import FREE_STATES, MOVES, AttemptState
from bot.notices import NoticeKind
from bot.ports import Clock
from bot.privacy import Category, Erasure, Holdings, Phase, PrivacyStore, Rows
from bot.stores import JobStore

EXPORT_EVERY = timedelta(hours=1)
EVERY_SECONDS = 60.0
AGAIN_AFTER = timedelta(seconds=30)
"""A job that cannot be cancelled is being submitted, which takes seconds."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a deletion: what was there before, how it stands, how many running jobs were stopped.

    `perhaps_charged` of those were at the provider already.
    """

    before: Holdings
    erasure: Erasure
    stopped: int = 0
    perhaps_charged: int = 0


class Privacy:
    """Shows, hands over and deletes. A deletion is stored before it is begun, and finished after a crash."""

    def __init__(
        self,
        *,
        store: PrivacyStore,
        jobs: JobStore,
        clock: Clock,
        new_id: Callable[[], str],
        ring: Callable[[], None],
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._new_id = new_id
        self._ring = ring

    async def holdings(self, user_id: int) -> Holdings:
        """How much is stored about somebody."""
        return await self._store.holdings(user_id)

    async def export(self, user_id: int) -> Rows:
        """All that is stored about somebody, but for the bytes of their clips.

        Raises:
            ExportTooSoon: they had it less than an hour ago.
        """
        return await self._store.export(user_id, self._clock.now(), EXPORT_EVERY)

    async def erase(self, user_id: int, categories: Collection[Category]) -> Receipt:
        """Stops what runs of somebody's, and deletes what they chose."""
        now = self._clock.now()
        before = await self._store.holdings(user_id)
        erasure = Erasure(self._new_id(), user_id, frozenset(categories), now, Phase.ASKED, now)
        await self._store.ask(erasure)
        log.info("erasure_asked", erasure_id=erasure.erasure_id, categories=sorted(map(str, categories)))
        try:
            stopped = await self._stop_running(erasure)
            erasure = await self._erase(erasure)
        except RecordsUnavailable:
            log.exception("erasure_interrupted", erasure_id=erasure.erasure_id)
            return Receipt(before, erasure)
        charged = sum(state not in FREE_STATES for state in stopped)
        return Receipt(before, erasure, len(stopped), charged)

    async def finish(self) -> None:
        """Goes on with the deletions that are due."""
        for erasure in await self._store.due(self._clock.now()):
            if erasure.phase is Phase.ASKED:
                await self._stop_running(erasure)
                await self._erase(erasure)
            else:
                await self._store.anonymise(erasure)
                log.info("erasure_done", erasure_id=erasure.erasure_id)

    def finishing(self) -> AbstractAsyncContextManager[None]:
        """Does so now and every minute, for as long as the block."""
        return rounds(self.finish, every_seconds=EVERY_SECONDS, failed="erasures_failed")

    async def _erase(self, erasure: Erasure) -> Erasure:
        now = self._clock.now()
        return await self._store.erase(
            erasure, again_at=now + AGAIN_AFTER, counted_until=next_day(erasure.asked_at)
        )

    async def _stop_running(self, erasure: Erasure) -> list[AttemptState]:
        """Cancels what can be cancelled; the states that it was in."""
        stopped = [await self._cancel(job_id) for job_id in await self._store.running(erasure)]
        self._ring()
        return [state for state in stopped if state is not None]

    async def _cancel(self, job_id: str) -> AttemptState | None:
        for _ in range(SAVE_TRIES):
            story = await self._jobs.story(job_id)
            if story is None or AttemptState.CANCELLED not in MOVES[story.attempt.state]:
                return None
            now = self._clock.now()
            ended = story.attempt.move(AttemptState.CANCELLED, ended_at=now)
            try:
                await self._jobs.save(ended, now=now, notices=[NoticeKind.CARD], forget_ticket=True)
            except JobConflict:
                continue
            return story.attempt.state
        return None


def next_day(moment: datetime) -> datetime:
    """The midnight UTC at which limits of a day begin anew."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
