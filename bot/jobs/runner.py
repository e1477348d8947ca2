"""Which lanes there are. They start with whatever is not finished: a restart and normal work are one code."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

from bot.jobs.engine import Engine
from bot.jobs.lanes import Bell, Lane, LaneWork
from bot.jobs.outbox import Outbox
from bot.model import Attempt, AttemptState, Circuit
from bot.notices import Announcement
from bot.ports import AnnouncementStore, CircuitStore, Clock, JobStore

LEASE_SECONDS = 240.0
"""Longer than the longest step: an upload of 120 s, or a submission of 60 s with its storing."""
CLAIM_SECONDS = 3.0
"""How long a claim in hand is waited for when the lanes stop."""
INTAKE_WIDTH = 4
"""Clips being copied at once; the judge bounds its own children."""
SUBMIT_WIDTH = 3
"""Uploads at once (the provider names no limit; three keep a home line usable)."""
FOLLOW_WIDTH = 8
OUTBOX_WIDTH = 4
NEW = frozenset({AttemptState.RECEIVED})
QUEUED = frozenset({AttemptState.QUEUED, AttemptState.HANDED_OVER})
UNDER_WAY = frozenset({AttemptState.WAITING, AttemptState.SUBMITTING})
"""A SUBMITTING row that can be claimed has lost its process."""


class SubmitQueue:
    """The queue, which stands still while the provider's circuit is open, and then sends one to try."""

    def __init__(
        self,
        *,
        claim: Callable[[int], Awaitable[Sequence[Attempt]]],
        step: Callable[[Attempt], Awaitable[None]],
        next_due: Callable[[], Awaitable[datetime | None]],
        circuit: Callable[[], Awaitable[Circuit | None]],
        clock: Clock,
    ) -> None:
        self._claim = claim
        self._step = step
        self._next_due = next_due
        self._circuit = circuit
        self._clock = clock
        self._under_way = 0

    async def claim(self, limit: int) -> Sequence[Attempt]:
        """What may be taken now: one at a time once an open circuit is to be tried."""
        circuit = await self._circuit()
        if circuit is not None:
            if circuit.probe_at > self._clock.now() or self._under_way:
                return ()
            limit = 1
        claimed = await self._claim(limit)
        # Counted here and not in `step`, which starts only after the lane has claimed again.
        self._under_way += len(claimed)
        return claimed

    async def step(self, attempt: Attempt) -> None:
        """Takes one step, of which the queue knows while it lasts."""
        try:
            await self._step(attempt)
        finally:
            self._under_way -= 1

    async def next_due(self) -> datetime | None:
        """When to claim again; None while nothing is queued, or the end of a step will wake the lane."""
        queued_at = await self._next_due()
        circuit = await self._circuit() if queued_at else None
        if queued_at is None or circuit is None:
            return queued_at
        return None if self._under_way else max(queued_at, circuit.probe_at)


class Runner:
    """Runs the lanes until it is stopped."""

    def __init__(
        self,
        *,
        engine: Engine,
        outbox: Outbox,
        jobs: JobStore,
        announcements: AnnouncementStore,
        circuits: CircuitStore,
        provider: str,
        clock: Clock,
        bell: Bell,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._announcements = announcements
        self._circuits = circuits
        self._provider = provider
        self._clock = clock
        self._lanes: tuple[Lane[Attempt] | Lane[Announcement], ...] = (
            self._attempt_lane("intake", INTAKE_WIDTH, NEW, bell),
            self._submit_lane(bell),
            self._attempt_lane("follow", FOLLOW_WIDTH, UNDER_WAY, bell),
            self._outbox_lane(outbox, bell),
        )
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Starts the lanes."""
        self._loops = [asyncio.create_task(lane.run(), name=lane.name) for lane in self._lanes]

    async def stop(self) -> None:
        """Claims nothing more and lets the steps in hand finish."""
        for lane in self._lanes:
            lane.stop()
        if self._loops:
            await asyncio.wait(self._loops, timeout=CLAIM_SECONDS)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await asyncio.gather(*(lane.finish() for lane in self._lanes))

    async def join(self) -> None:
        """Returns, with its error, when any lane ends, which none does by itself."""
        done, _ = await asyncio.wait(self._loops, return_when=asyncio.FIRST_COMPLETED)
        for loop in done:
            await loop

    def _attempt_lane(
        self, name: str, width: int, states: Collection[AttemptState], bell: Bell
    ) -> Lane[Attempt]:
        work = LaneWork(name, width, self._claim(states), self._engine.advance, self._due(states))
        return Lane(work, self._clock, bell.subscribe())

    def _outbox_lane(self, outbox: Outbox, bell: Bell) -> Lane[Announcement]:
        async def claim(limit: int) -> Sequence[Announcement]:
            return await self._announcements.claim(self._clock.now(), LEASE_SECONDS, limit)

        work = LaneWork("outbox", OUTBOX_WIDTH, claim, outbox.deliver, self._announcements.next_due)
        return Lane(work, self._clock, bell.subscribe())

    def _submit_lane(self, bell: Bell) -> Lane[Attempt]:
        queue = SubmitQueue(
            claim=self._claim_turns,
            step=self._engine.advance,
            next_due=self._next_turn,
            circuit=self._circuit,
            clock=self._clock,
        )
        work = LaneWork("submit", SUBMIT_WIDTH, queue.claim, queue.step, queue.next_due)
        return Lane(work, self._clock, bell.subscribe())

    async def _circuit(self) -> Circuit | None:
        return await self._circuits.get(self._provider)

    async def _claim_turns(self, limit: int) -> Sequence[Attempt]:
        return await self._jobs.claim_turns(self._clock.now(), LEASE_SECONDS, limit)

    async def _next_turn(self) -> datetime | None:
        return await self._jobs.next_turn(self._clock.now())

    def _claim(self, states: Collection[AttemptState]) -> Callable[[int], Awaitable[Sequence[Attempt]]]:
        async def claim(limit: int) -> Sequence[Attempt]:
            return await self._jobs.claim(states, self._clock.now(), LEASE_SECONDS, limit)

        return claim

    def _due(self, states: Collection[AttemptState]) -> Callable[[], Awaitable[datetime | None]]:
        async def due() -> datetime | None:
            return await self._jobs.next_due(states)

        return due
