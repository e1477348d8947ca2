"""The provider's own time: real by default, injectable, and movable forward by a test."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

# An injected clock may be moved by its owner without a word to us, so sleepers look at it this often.
LOOK_AT_INJECTED_CLOCK_SECONDS = 0.02


def utc_now() -> datetime:
    """The real time, aware UTC."""
    return datetime.now(UTC)


def epoch_milliseconds(moment: datetime) -> int:
    """The unit of `createTime` and `completeTime`."""
    return int(moment.timestamp() * 1000)


class SandboxClock:
    """A base clock plus the distance a test has moved it forward; sleepers wake when it moves."""

    def __init__(self, base: Callable[[], datetime] | None = None) -> None:
        self._base = base or utc_now
        self._longest_nap_seconds = LOOK_AT_INJECTED_CLOCK_SECONDS if base else None
        self._ahead = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """The provider's time, aware UTC."""
        return self._base() + self._ahead

    def base_now(self) -> datetime:
        """Time without `advance`: what a receiver compares a signature's timestamp with."""
        return self._base()

    def advance(self, seconds: float) -> None:
        """Move the provider's time forward; everything that became due happens at once."""
        self._ahead += timedelta(seconds=seconds)
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        await self.sleep_until(self.now() + timedelta(seconds=seconds))

    async def sleep_until(self, moment: datetime) -> None:
        """Return once `now()` has reached `moment`, by waiting or by `advance`."""
        while (left_seconds := (moment - self.now()).total_seconds()) > 0:
            nap_seconds = min(left_seconds, self._longest_nap_seconds or left_seconds)
            with suppress(TimeoutError):
                async with asyncio.timeout(nap_seconds):
                    await self._moved.wait()
