"""What every part of the local Discord shares: the clock, the ids, and the news that something changed."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

Json = dict[str, Any]
T = TypeVar("T")

DISCORD_EPOCH_MILLISECONDS = 1_420_070_400_000  # first second of 2015; Discord: Reference, Snowflakes
SHARD_SHIFT_BITS = 22  # a snowflake's time stands above these bits
GUILD_AGE = timedelta(days=30)  # servers are older than anything that happens in them


class SandboxClock:
    """The sandbox's own time: the real one plus what a test added to it."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._now() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass for ages, deadlines and signed links."""
        self._ahead += timedelta(seconds=seconds)

    @staticmethod
    def monotonic() -> float:
        """Seconds for measuring, not moved by `advance`."""
        return time.monotonic()


class SnowflakeMint:
    """Makes ids the way Discord does: milliseconds since 2015, then a counter."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._last = 0
        self._guilds = 0

    def next(self) -> int:
        stamp = _milliseconds(self._clock.now()) << SHARD_SHIFT_BITS
        self._last = max(stamp, self._last + 1)
        return self._last

    def next_guild(self) -> int:
        """An id one millisecond after the last server's, so that neighbours land on different shards."""
        self._guilds += 1
        return (
            _milliseconds(self._clock.now() - GUILD_AGE) + self._guilds
        ) << SHARD_SHIFT_BITS | self._guilds


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000) - DISCORD_EPOCH_MILLISECONDS


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """One line of the transcript: what happened, when, where, by whom, and the message as it was then."""

    kind: str
    at: datetime
    place: str
    author: str
    text: str = ""
    message: Any = None  # a MessageVersion; typed loosely because that module builds on this one


class Builder(Protocol):
    """Makes the payload of an event, told whether the receiver may read message content."""

    def __call__(self, *, content_is_readable: bool) -> Json: ...


def _constant(payload: Json) -> Builder:
    def build(*, content_is_readable: bool) -> Json:
        del content_is_readable
        return payload

    return build


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A gateway event on its way out."""

    name: str
    guild_id: int | None
    build: Builder


class Hub:
    """Clock, ids, transcript, gateway events and waiting for changes."""

    def __init__(self, clock: SandboxClock, mint: SnowflakeMint, secret: bytes) -> None:
        self.clock = clock
        self.mint = mint
        self.secret = secret
        self.base_url = ""  # set once the listener knows its port
        self.events: list[WorldEvent] = []
        self.dispatch: Callable[[Dispatch], None] = lambda _: None
        self._waiting: set[asyncio.Future[None]] = set()

    def emit(self, name: str, guild_id: int | None, payload: Json | Builder) -> None:
        """Send a gateway event to every session that asked for its kind."""
        if isinstance(payload, dict):
            self.dispatch(Dispatch(name, guild_id, _constant(payload)))
        else:
            self.dispatch(Dispatch(name, guild_id, payload))
        self.changed()

    def record(self, kind: str, place: str, author: str, text: str = "", message: Any = None) -> None:
        self.events.append(WorldEvent(kind, self.clock.now(), place, author, text, message))
        self.changed()

    def changed(self) -> None:
        """Wake everybody who waits for something to become true."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def until(
        self, probe: Callable[[], T | None], timeout_seconds: float, otherwise: Callable[[], str]
    ) -> T:
        """The first value of `probe` that is not None.

        Raises:
            TimeoutError: nothing came in time; the text of `otherwise` says what was there instead.
        """
        deadline = self.clock.monotonic() + timeout_seconds
        while (value := probe()) is None:
            remaining = deadline - self.clock.monotonic()
            if remaining <= 0:
                raise TimeoutError(otherwise())
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.add(waiting)
            await asyncio.wait([waiting], timeout=remaining)
            self._waiting.discard(waiting)
        return value

    async def watch(self, start: int = 0) -> AsyncIterator[WorldEvent]:
        """Every event of the transcript from number `start` on, then the new ones as they come."""
        position = start
        while True:
            while position < len(self.events):
                yield self.events[position]
                position += 1
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.add(waiting)
            try:
                await waiting
            finally:
                self._waiting.discard(waiting)
