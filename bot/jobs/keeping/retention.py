"""Gives up what is kept for a time only, once that is over; the bytes are swept afterwards (`sweeping`)."""

from contextlib import AbstractAsyncContextManager

import structlog

from bot.jobs.rounds import rounds
from bot.ports import Clock
from bot.retention import RetentionStore

EVERY_SECONDS = 3600.0

log = structlog.get_logger(__name__)


class Retention:
    """Looks every hour for what has outlived its time."""

    def __init__(self, *, store: RetentionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def lapse(self) -> None:
        """Gives up what is due now; done twice, it changes nothing more."""
        now = self._clock.now()
        given_up = await self._store.give_clips_up(now)
        await self._store.forget_leftovers(now)
        if given_up:
            log.info("clips_given_up", jobs=given_up)

    def lapsing(self) -> AbstractAsyncContextManager[None]:
        """Does so now and every hour, for as long as the block."""
        return rounds(self.lapse, every_seconds=EVERY_SECONDS, failed="retention_failed")
