"""Tells moderators of reports, and reporters of what came of theirs: stored first, then said, then marked."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager

import structlog

from bot.errors import DeliveryPostponed
from bot.jobs.rounds import rounds
from bot.jobs.staff.held_up import HeldUp
from bot.model import Job
from bot.moderation.reports import ReportChannel, ReportStore
from bot.ports import Clock
from bot.report import Report

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
        drawn = await self._store.to_be_drawn(self._clock.now(), AT_ONCE)
        await self._each(drawn, self._draw)
        await self._each(await self._store.untold(AT_ONCE), self._tell_reporter)

    def telling(self) -> AbstractAsyncContextManager[None]:
        """Tells every other second, for as long as the block."""
        return rounds(self.tell, every_seconds=EVERY_SECONDS, failed="reports_untold", at_once=False)

    async def _each(
        self, found: Iterable[tuple[Report, Job]], act: Callable[[Report, Job], Awaitable[None]]
    ) -> None:
        for report, job in found:
            if report.guild_id in self._held_up or not self._channel.serves(report.guild_id):
                continue
            try:
                await act(report, job)
            except DeliveryPostponed as postponed:
                log.info("report_postponed", report_id=report.report_id, cause=postponed.cause)
                self._held_up.hold(report.guild_id, postponed)
            else:
                self._held_up.release(report.guild_id)

    async def _draw(self, report: Report, job: Job) -> None:
        await self._store.mark_drawn(report, await self._channel.draw(report, job))

    async def _tell_reporter(self, report: Report, job: Job) -> None:
        await self._channel.tell_reporter(report, job)
        await self._store.mark_told(report)
