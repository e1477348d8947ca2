"""Several processes on one database: each shows that it lives, and frees what a dead one has left leased."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bot.jobs.rounds import rounds
from bot.stores import InstanceStore

BEAT_SECONDS = 10.0
SILENT_BEATS = 3
"""Of ours, without one of its own: then an instance is gone, and its leases are void after half a minute."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Heard:
    """The last count heard of an instance, and how many of our own beats ago it was new."""

    beats: int
    silent: int = 0


class Heartbeat:
    """Shows that this process lives, and listens for the others.

    Silence is measured in beats of our own that were stored, not by the clock: machines whose clocks differ
    agree on it, and while the database is away nobody is declared dead.
    """

    def __init__(self, instances: InstanceStore, ring: Callable[[], None]) -> None:
        self._instances = instances
        self._ring = ring
        self._heard: dict[str, Heard] = {}
        self._others = 0

    def living(self) -> int:
        """How many processes serve the database, this one included, as far as the last beat showed."""
        return 1 + self._others

    async def recover(self) -> None:
        """Voids the leases of the process that went under our id before us."""
        log.info("leases_released", leases=await self._instances.release())

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Beats for as long as the block, and signs off after it.

        Raises:
            Exception: the first beat was not stored: without it nothing must be claimed.
        """
        await self.beat()
        try:
            async with rounds(
                self._beat_again, every_seconds=BEAT_SECONDS, failed="beat_failed", at_once=False
            ):
                yield
        finally:
            await self._sign_off()

    async def beat(self) -> None:
        """One sign of life, and a look at whose sign is missing."""
        counts = await self._instances.beat()
        self._heard = {instance_id: self._listen(instance_id, beats) for instance_id, beats in counts.items()}
        for instance_id in [one for one, heard in self._heard.items() if heard.silent >= SILENT_BEATS]:
            leases = await self._instances.release(instance_id)
            del self._heard[instance_id]
            log.warning("instance_gone", instance_id=instance_id, leases_released=leases)
            self._ring()
        self._others = len(self._heard)

    def _listen(self, instance_id: str, beats: int) -> Heard:
        known = self._heard.get(instance_id)
        if known is None or known.beats != beats:
            return Heard(beats)
        return Heard(beats, known.silent + 1)

    async def _beat_again(self) -> None:
        try:
            await self.beat()
        except Exception:
            # Others may have been cut off as well, and need time to be heard again.
            self._heard.clear()
            raise

    async def _sign_off(self) -> None:
        try:
            await self._instances.release()
        except Exception:
            log.exception("sign_off_failed")
