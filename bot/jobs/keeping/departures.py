"""Servers that the bot was removed from: their work is stopped, and after a time what is stored of them goes.

Everything begins with a row, and each step looks for what is still to be done: none is lost in a crash, and
several processes may do the same at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.fault import Fault
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.rounds import rounds
from bot.model import CLIPLESS_STATES, FREE_STATES
from bot.moderation.departures import KEPT_FOR, DepartureStore, Presence
from bot.ports import Clock
from bot.stores import JobStore

STOP_EVERY_SECONDS = 60.0
LOOK_EVERY_SECONDS = 3600.0
STOPPED_AT_ONCE = 50
FORGOTTEN_AT_ONCE = 200
"""Jobs in one transaction: while it lasts, SQLite lets nobody else write."""

log = structlog.get_logger(__name__)


class Departures:
    """What follows when the bot is removed from a server, and when it is there again."""

    def __init__(
        self,
        *,
        store: DepartureStore,
        presence: Presence,
        jobs: JobStore,
        checkpoint: Checkpoint,
        clock: Clock,
    ) -> None:
        self._store = store
        self._presence = presence
        self._jobs = jobs
        self._checkpoint = checkpoint
        self._clock = clock
        # What Discord was asked must not be stored over what it has told since.
        self._one_at_a_time = asyncio.Lock()

    async def leave(self, guild_id: int) -> None:
        """The bot was removed from a server: its work stops, and the time begins until its data goes."""
        async with self._one_at_a_time:
            is_new = await self._store.leave(guild_id, self._clock.now())
        if is_new:
            log.warning("server_left", guild_id=guild_id, kept_days=KEPT_FOR.days)
        await self.stop()

    async def come_back(self, guild_id: int) -> None:
        """The bot is in a server; if it was not before, what is stored of it stays."""
        async with self._one_at_a_time:
            if await self._store.come_back(guild_id):
                log.info("server_returned", guild_id=guild_id)

    async def look(self) -> None:
        """Finds out what happened while nobody listened."""
        known, left = await self._store.known(), await self._store.left()
        here = await self._presence.here() if known | left else None
        if here is None:
            return
        for guild_id in left & here:
            await self.come_back(guild_id)
        for guild_id in known - here:
            await self._leave_if_gone(guild_id)

    async def _leave_if_gone(self, guild_id: int) -> None:
        async with self._one_at_a_time:
            is_gone = await self._presence.is_gone(guild_id)
            if is_gone and await self._store.leave(guild_id, self._clock.now()):
                log.warning("server_left_unheard", guild_id=guild_id, kept_days=KEPT_FOR.days)
        if is_gone:
            await self.stop()

    async def stop(self) -> None:
        """Ends what waits for servers that were left; what the provider works on goes on."""
        for job_id in await self._store.waiting(STOPPED_AT_ONCE):
            await self._stop(job_id)

    async def _stop(self, job_id: str) -> None:
        """Whoever holds it may move it meanwhile; then the next round looks again."""
        story = await self._jobs.story(job_id)
        if story is None or story.attempt.state not in FREE_STATES:
            return
        log.info("stopped_with_server", job_id=job_id, attempt=story.attempt.number)
        if story.attempt.state in CLIPLESS_STATES:
            await self._checkpoint.reject(story.job, story.attempt, fault=Fault.SERVER_LEFT)
        else:
            await self._checkpoint.fail(story.attempt, Fault.SERVER_LEFT)

    async def forget(self) -> None:
        """Deletes what is stored of servers that were left long enough ago."""
        left_before = self._clock.now() - KEPT_FOR
        while erased := await self._store.forget(left_before, FORGOTTEN_AT_ONCE):
            log.info("server_data_erased", jobs=erased)

    async def keep(self) -> None:
        """Looks, and then deletes what is due."""
        await self.look()
        await self.forget()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Stops every minute and looks every hour, for as long as the block."""
        stopping = rounds(self.stop, every_seconds=STOP_EVERY_SECONDS, failed="departures_not_stopped")
        keeping = rounds(self.keep, every_seconds=LOOK_EVERY_SECONDS, failed="departures_failed")
        async with stopping, keeping:
            yield
