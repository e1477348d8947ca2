"""A clock that jumps: forward it makes things due early, which does no harm; put back, it makes them wait.

What is due at a time was written down by a clock; when that clock is put back by a day, the row waits a day.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from bot.jobs.rounds import rounds
from bot.ports import Clock
from bot.stores import InstanceStore

LOOK_SECONDS = 5.0
JUMP_SECONDS = 30.0
"""More than what setting a clock right takes; a host that slept looks like a jump, too."""
LONGEST_WAIT = timedelta(minutes=75)
"""Longer than anything is put off: a circuit for an hour, a look at an old task for 36 minutes."""

log = structlog.get_logger(__name__)


class ClockWatch:
    """Compares the clock with one that cannot be set."""

    def __init__(
        self,
        instances: InstanceStore,
        clock: Clock,
        ring: Callable[[], None],
        steady_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._instances = instances
        self._clock = clock
        self._ring = ring
        self._steady_seconds = steady_seconds
        self._started_at = self._start()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Mends what a clock did that was put back before we came; watches it for as long as the block."""
        await self._bring_forward(LONGEST_WAIT)
        watch = rounds(self.look, every_seconds=LOOK_SECONDS, failed="clock_unwatched", at_once=False)
        async with watch:
            yield

    async def look(self) -> None:
        """Whether the clock has jumped since the last look, and what follows from it."""
        started_at = self._start()
        jump_seconds = (started_at - self._started_at).total_seconds()
        if jump_seconds <= -JUMP_SECONDS:
            log.warning("clock_put_back", seconds=-jump_seconds)
            await self._bring_forward(timedelta())
        elif jump_seconds >= JUMP_SECONDS:
            log.warning("clock_put_forward", seconds=jump_seconds)
            self._ring()
        # Only now: what could not be mended is found again by the next look.
        self._started_at = started_at

    def _start(self) -> datetime:
        """When the steady clock read zero, by the other one; it changes when that jumps."""
        return self._clock.now() - timedelta(seconds=self._steady_seconds())

    async def _bring_forward(self, longest: timedelta) -> None:
        rows = await self._instances.bring_forward(self._clock.now(), longest)
        if rows:
            log.warning("brought_forward", rows=rows)
            self._ring()
