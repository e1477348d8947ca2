"""Backups by themselves: the running bot makes one whenever the last good one is old enough."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot import backups
from bot.backups import Backup
from bot.jobs.rounds import rounds
from bot.operator.figures import BackupMeter
from bot.ports import Clock
from bot.settings import Settings

LOOK_SECONDS = 300.0
TROUBLE = timedelta(hours=1)
"""After a backup that failed: each try copies everything, and logs an error."""

log = structlog.get_logger(__name__)


class BackupRounds:
    """Looks every few minutes; the backups themselves say when the last one was made."""

    def __init__(
        self,
        make: Callable[[datetime], Awaitable[Backup]],
        latest: Callable[[], datetime | None],
        *,
        every: timedelta,
        clock: Clock,
        meter: BackupMeter,
    ) -> None:
        self._make = make
        self._latest = latest
        self._every = every
        self._clock = clock
        self._meter = meter
        self._failed_at: datetime | None = None

    async def look(self) -> None:
        """Makes a backup if one is due.

        Raises:
            StorageError, ClipStoreUnavailable: it could not be made; it is tried again in an hour.
        """
        now = self._clock.now()
        latest = await asyncio.to_thread(self._latest)
        self._meter.backups_stand(latest, self._every)
        if not is_due(now, latest, self._every) or not is_due(now, self._failed_at, TROUBLE):
            return
        self._failed_at = now
        made = await self._make(now)
        self._failed_at = None
        log.info("backed_up", folder=str(made.folder), clips=made.contents.clips, left_out=len(made.left_out))
        self._meter.backups_stand(now, self._every)

    def keeping(self) -> AbstractAsyncContextManager[None]:
        """Looks now and every few minutes, for as long as the block."""
        return rounds(self.look, every_seconds=LOOK_SECONDS, failed="backup_failed")


def is_due(now: datetime, since: datetime | None, pause: timedelta) -> bool:
    """Whether a pause is over; of what lies ahead, by a clock that was wrong, nobody knows when it was."""
    return since is None or abs(now - since) >= pause


def build_backup_rounds(settings: Settings, clock: Clock, meter: BackupMeter) -> BackupRounds | None:
    """None where no backups are scheduled."""
    if settings.backup_every_hours is None:
        return None
    return BackupRounds(
        partial(backups.back_up_checked, settings),
        partial(backups.made_at, settings.backups),
        every=timedelta(hours=settings.backup_every_hours),
        clock=clock,
        meter=meter,
    )
