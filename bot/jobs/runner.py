"""Which lanes there are. They start with whatever is not finished: a restart and normal work are one code."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

import structlog

from bot.jobs.engine import Engine
from bot.jobs.lanes import Bell, Lane, LaneWork
from bot.jobs.outbox import Outbox
from bot.model import Attempt, AttemptState, Circuit
from bot.notices import Announcement
from bot.ports import AnnouncementStore, CircuitStore, Clock, JobStore, Rate

LEASE_SECONDS = 240.0
"""Longer than the longest step: an upload of 120 s, or a submission of 60 s with its storing."""
CLAIM_SECONDS = 3.0
"""How long a claim in hand is waited for when the lanes stop."""
INTAKE_WIDTH = 4
"""Clips being copied at once; the judge bounds its own children."""
SUBMIT_WIDTH = 3
"""Uploads at once (the provider names no limit; three keep a home line usable)."""
HAND_OVER_AHEAD = 20
"""Clips handed over while the rate is used up: a window of the provider's, so that no place waits for an
upload, and no more, since an upload lapses."""
FOLLOW_WIDTH = 8
OUTBOX_WIDTH = 4
NEW = frozenset({AttemptState.RECEIVED})
QUEUED = frozenset({AttemptState.QUEUED, AttemptState.HANDED_OVER})
TO_HAND_OVER = frozenset({AttemptState.QUEUED})
UNDER_WAY = frozenset({AttemptState.WAITING, AttemptState.SUBMITTING})
"""A SUBMITTING row that can be claimed has lost its process."""

log = structlog.get_logger(__name__)


class SubmitQueue:
    """The queue, which stands still while the provider's circuit is open, and then sends one to try.

    While the rate is used up nobody is sent to be turned away; a few are made ready.
    """

    def __init__(
        self,
        *,
        claim: Callable[[Collection[AttemptState], int], Awaitable[Sequence[Attempt]]],
        step: Callable[[Attempt], Awaitable[None]],
        next_due: Callable[[], Awaitable[datetime | None]],
        next_place: Callable[[], Awaitable[datetime | None]],
        circuit: Callable[[], Awaitable[Circuit | None]],
        clock: Clock,
    ) -> None:
        self._claim = claim
        self._step = step
        self._next_due = next_due
        self._next_place = next_place
        self._circuit = circuit
        self._clock = clock
        self._under_way = 0
        self._ahead = 0

    async def claim(self, limit: int) -> Sequence[Attempt]:
        """What may be taken now: one at a time once an open circuit is to be tried."""
        circuit = await self._circuit()
        if circuit is not None and (circuit.probe_at > self._clock.now() or self._under_way):
            return ()
        claimed = await (self._claim_within_rate(limit) if circuit is None else self._claim_probe())
        # Counted here and not in `step`, which starts only after the lane has claimed again.
        self._under_way += len(claimed)
        return claimed

    async def _claim_probe(self) -> Sequence[Attempt]:
        return await self._claim(QUEUED, 1) if await self._next_place() is None else ()

    async def _claim_within_rate(self, limit: int) -> Sequence[Attempt]:
        if await self._next_place() is None:
            claimed = await self._claim(QUEUED, limit)
            # Not back to none: at a steady rate single places come free, many in each window.
            self._ahead = max(0, self._ahead - len(claimed))
            return claimed
        room = min(limit, HAND_OVER_AHEAD - self._ahead)
        ahead = await self._claim(TO_HAND_OVER, room) if room > 0 else ()
        self._ahead += len(ahead)
        return ahead

    async def step(self, attempt: Attempt) -> None:
        """Takes one step, of which the queue knows while it lasts."""
        try:
            await self._step(attempt)
        finally:
            self._under_way -= 1

    async def next_due(self) -> datetime | None:
        """When to claim again; None while nothing is queued, or the end of a step will wake the lane."""
        queued_at = await self._next_due()
        if queued_at is None:
            return None
        circuit, place_at = await self._circuit(), await self._next_place()
        if circuit is not None and self._under_way:
            return None
        others = (circuit.probe_at if circuit else None, place_at)
        return max([queued_at, *(at for at in others if at is not None)])


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
        rate: Rate,
        clock: Clock,
        bell: Bell,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._announcements = announcements
        self._circuits = circuits
        self._provider = provider
        self._rate = rate
        self._clock = clock
        self._lanes: tuple[Lane[Attempt] | Lane[Announcement], ...] = (
            self._attempt_lane("intake", INTAKE_WIDTH, NEW, bell),
            self._submit_lane(bell),
            self._attempt_lane("follow", FOLLOW_WIDTH, UNDER_WAY, bell),
            self._outbox_lane(outbox, bell),
        )
        self._loops: list[asyncio.Task[None]] = []

    async def recover(self) -> None:
        """Voids the leases of a process that is gone. Only for a process that knows itself to be alone."""
        attempts = await self._jobs.release_leases()
        announcements = await self._announcements.release_leases()
        log.info("leases_released", attempts=attempts, announcements=announcements)

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
        async def claim(limit: int) -> Sequence[Attempt]:
            return await self._claim(states, limit)

        work = LaneWork(name, width, claim, self._engine.advance, self._due(states))
        return Lane(work, self._clock, bell.subscribe())

    def _outbox_lane(self, outbox: Outbox, bell: Bell) -> Lane[Announcement]:
        async def claim(limit: int) -> Sequence[Announcement]:
            return await self._announcements.claim(self._clock.now(), LEASE_SECONDS, limit)

        work = LaneWork("outbox", OUTBOX_WIDTH, claim, outbox.deliver, self._announcements.next_due)
        return Lane(work, self._clock, bell.subscribe())

    def _submit_lane(self, bell: Bell) -> Lane[Attempt]:
        queue = SubmitQueue(
            claim=self._claim,
            step=self._engine.advance,
            next_due=self._due(QUEUED),
            next_place=self._next_place,
            circuit=self._circuit,
            clock=self._clock,
        )
        work = LaneWork("submit", SUBMIT_WIDTH, queue.claim, queue.step, queue.next_due)
        return Lane(work, self._clock, bell.subscribe())

    async def _circuit(self) -> Circuit | None:
        return await self._circuits.get(self._provider)

    async def _next_place(self) -> datetime | None:
        return await self._jobs.next_submission_at(now=self._clock.now(), rate=self._rate)

    async def _claim(self, states: Collection[AttemptState], limit: int) -> Sequence[Attempt]:
        return await self._jobs.claim(states, self._clock.now(), LEASE_SECONDS, limit)

    def _due(self, states: Collection[AttemptState]) -> Callable[[], Awaitable[datetime | None]]:
        async def due() -> datetime | None:
            return await self._jobs.next_due(states)

        return due
