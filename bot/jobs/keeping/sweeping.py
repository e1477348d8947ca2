"""Clears the clip store of what no job needs any more."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import structlog

from bot.jobs.rounds import rounds
from bot.ports import ClipStore, Clock
from bot.stores import JobStore

EVERY_SECONDS = 3600.0
SPARED = timedelta(hours=1)
"""What is younger may be on its way into a row: a clip is kept first, and its row stored afterwards.

It is far longer than a clip can be on trial, too: a lease is minutes."""

log = structlog.get_logger(__name__)


class Sweep:
    """Compares the store with the rows; whatever a crash or a cancellation left behind goes here."""

    def __init__(self, *, jobs: JobStore, clips: ClipStore, clock: Clock) -> None:
        self._jobs = jobs
        self._clips = clips
        self._clock = clock

    async def sweep(self) -> None:
        """Deletes what is older than an hour and wanted by no row.

        Clips are found by the digest of their bytes, and several jobs may share one: rows alone decide.
        """
        older_than = self._clock.now() - SPARED
        # A start sweeps these too, unless the store was away then.
        await self._clips.sweep(older_than)
        swept = await self._clips.sweep_kept(await self._jobs.wanted_keys(), older_than)
        if swept:
            log.info("clips_swept", objects=swept)

    def sweeping(self) -> AbstractAsyncContextManager[None]:
        """Sweeps now and every hour, for as long as the block."""
        return rounds(self.sweep, every_seconds=EVERY_SECONDS, failed="sweep_failed")
