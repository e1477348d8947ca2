"""A lane claims what is due, runs a bounded number of steps, and sleeps until it is rung for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Generic, Protocol, TypeVar

import structlog

from bot.model import AttemptState
from bot.notices import NoticeState
from bot.ports import Clock

IDLE_SECONDS = 1.0
"""The longest sleep, so that work added by another process is found without a bell."""
SHORTEST_SLEEP_SECONDS = 0.05
GATHER_SECONDS = 0.02
"""How long a lane that was rung for waits for more: a job on its way rings many times."""
LAPSED_SECONDS = 10.0
"""How often a lane claims without a look: no look finds what was leased and never given back."""
STOP_SECONDS = 20.0
"""How long running steps may go on after a stop; then their rows are found again by the next start."""
TROUBLE_SECONDS = 2.0
"""The pause of a lane whose claim failed, for example on a locked database."""

log = structlog.get_logger(__name__)

Item = TypeVar("Item")


class Ring(Protocol):
    """Says that something has come into one of these states; of none, that anything may have changed."""

    def __call__(self, *states: AttemptState | NoticeState) -> None: ...


class Bell:
    """Wakes the lanes that a change concerns; ringing twice before anybody looks is ringing once."""

    def __init__(self) -> None:
        self._listeners: list[tuple[frozenset[AttemptState | NoticeState], asyncio.Event]] = []

    def subscribe(self, *states: AttemptState | NoticeState) -> asyncio.Event:
        """An event that is set when it is rung for one of these states; without any, at every ring."""
        event = asyncio.Event()
        self._listeners.append((frozenset(states), event))
        return event

    def ring(self, *states: AttemptState | NoticeState) -> None:
        """A `Ring`."""
        for wanted, event in self._listeners:
            if not wanted or not states or not wanted.isdisjoint(states):
                event.set()


@dataclass(frozen=True, slots=True)
class LaneWork(Generic[Item]):
    """What a lane does. `claim` takes up to `limit` items, `next_due` says when to look again."""

    name: str
    width: int
    claim: Callable[[int], Awaitable[Sequence[Item]]]
    step: Callable[[Item], Awaitable[None]]
    next_due: Callable[[], Awaitable[datetime | None]]


class Lane(Generic[Item]):
    """One loop with at most `width` steps running."""

    def __init__(self, work: LaneWork[Item], clock: Clock, woken: asyncio.Event) -> None:
        self._work = work
        self._clock = clock
        self._woken = woken
        self._running: set[asyncio.Task[None]] = set()
        self._claimed_at = -inf
        self._stopping = False

    @property
    def name(self) -> str:
        return self._work.name

    async def run(self) -> None:
        """Runs until stopped; a claim that fails is logged and tried again."""
        while not self._stopping:
            self._woken.clear()
            try:
                await self._sleep(await self._look())
            except Exception:
                log.exception("claim_failed", lane=self._work.name)
                await asyncio.sleep(TROUBLE_SECONDS)

    def stop(self) -> None:
        """Claims nothing more: a claim in hand is finished, and what it brings is worked off."""
        self._stopping = True
        self._woken.set()

    async def finish(self) -> None:
        """Waits for the running steps, then cancels what is left."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=STOP_SECONDS)
        for task in late:
            log.warning("step_cut_short", lane=self._work.name)
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _look(self) -> float:
        """Claims what is due, and says for how many seconds there is nothing more to do.

        A claim is a transaction that writes; most looks are made for nothing.
        """
        if len(self._running) >= self._work.width:
            return IDLE_SECONDS
        if asyncio.get_running_loop().time() - self._claimed_at < LAPSED_SECONDS:
            due_at = await self._work.next_due()
            left = (due_at - self._clock.now()).total_seconds() if due_at else IDLE_SECONDS
            if left > 0:
                return min(IDLE_SECONDS, max(SHORTEST_SLEEP_SECONDS, left))
        claimed = not self._stopping and await self._claim()
        return 0.0 if claimed else SHORTEST_SLEEP_SECONDS

    async def _claim(self) -> bool:
        """Starts a step for each item that could be claimed; whether there was any."""
        self._claimed_at = asyncio.get_running_loop().time()
        claimed = await self._work.claim(self._work.width - len(self._running))
        for item in claimed:
            task = asyncio.create_task(self._step(item), name=f"{self._work.name} step")
            self._running.add(task)
            task.add_done_callback(self._step_done)
        return bool(claimed)

    async def _step(self, item: Item) -> None:
        try:
            await self._work.step(item)
        except Exception:
            # The row's lease ends by itself and the step is taken again.
            log.exception("lane_step_failed", lane=self._work.name)

    def _step_done(self, task: asyncio.Task[None]) -> None:
        was_full = len(self._running) >= self._work.width
        self._running.discard(task)
        if was_full:
            self._woken.set()

    async def _sleep(self, seconds: float) -> None:
        # Not `wait_for`, which on Python 3.11 swallows a cancellation that meets the ring.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
                await asyncio.sleep(GATHER_SECONDS)
