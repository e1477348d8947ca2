"""Tells moderators of reports, and reporters of what came of theirs: stored first, then said, then marked."""

from contextlib import AbstractAsyncContextManager

import structlog

from bot.errors import DeliveryPostponed
from bot.jobs.rounds import rounds
from bot.jobs.staff.held_up import HeldUp
from bot.moderation.reports import ReportChannel, ReportStore
from bot.ports import Clock

EVERY_SECONDS = 2.0
AT_ONCE = 50

log = structlog.get_logger(__name__)


class ReportPosts:
    """One round draws what is to be drawn, and tells whom there is something to tell."""

    def __init__(self, *, store: ReportStore, channel: ReportChannel, clock: Clock) -> None:
        self._store = store
        self._channel = channel
        self._clock = clock
        self._held_up = HeldUp(clock)

    async def tell(self) -> None:
        """What has to wait holds up its own server alone."""
        for guild_id in await self._store.servers_to_be_told(self._clock.now()):
            if guild_id in self._held_up or not self._channel.serves(guild_id):
                continue
            try:
                await self._tell_in(guild_id)
            except DeliveryPostponed as postponed:
                log.info("report_postponed", guild_id=guild_id, cause=postponed.cause)
                self._held_up.hold(guild_id, postponed)
            else:
                self._held_up.release(guild_id)

    def telling(self) -> AbstractAsyncContextManager[None]:
        """Tells every other second, for as long as the block."""
        return rounds(self.tell, every_seconds=EVERY_SECONDS, failed="reports_untold", at_once=False)

    async def _tell_in(self, guild_id: int) -> None:
        """Tells moderators, then whoever has reported what they have decided.

        Raises:
            DeliveryPostponed: not now.
        """
        for report, job in await self._store.to_be_drawn(guild_id, self._clock.now(), AT_ONCE):
            await self._store.mark_drawn(report, await self._channel.draw(report, job))
        for report, job in await self._store.untold(guild_id, AT_ONCE):
            await self._channel.tell_reporter(report, job)
            await self._store.mark_told(report)
