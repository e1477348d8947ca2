"""Which lanes there are. They start with whatever is not finished: a restart and normal work are one code."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

from bot.jobs import polling
from bot.jobs.breaker import Breaker
from bot.jobs.budget import Budget
from bot.jobs.failover import MovingOn
from bot.jobs.lanes import Bell, Lane, LaneWork
from bot.jobs.measured import Steps
from bot.jobs.outbox import Outbox
from bot.jobs.submission import WAIT_IN_QUEUE
from bot.jobs.submit_queue import AtRate, BehindBreaker, evenly
from bot.model import Attempt, AttemptState
from bot.notices import Announcement, NoticeState
from bot.ports import Clock
from bot.stores import AnnouncementStore, JobStore, Rate

LEASE_SECONDS = 240.0
"""Longer than the longest step: an upload of 120 s, or a submission of as much with its storing."""
CLAIM_SECONDS = 3.0
"""How long a claim in hand is waited for when the lanes stop."""
INTAKE_WIDTH = 4
"""Clips being copied at once; the judge bounds its own children."""
UPLOAD_WIDTH = 3
"""Uploads at once, to each provider (the provider names no limit; three keep a home line usable)."""
SUBMIT_WIDTH = 4
"""Submissions at once, to each provider. At a provider's limit of two a second, each may take two seconds."""
LOST_WIDTH = 1
MOVING_ON_WIDTH = 4
FOLLOW_WIDTH = 8
LOOK_RATE = Rate(1, 1 / polling.BUDGET_PER_SECOND)
"""One after the other: a look that the provider calls for waits for one other, never for five."""
OUTBOX_WIDTH = 4
CUT_WIDTH = 1
"""Clips being cut at once: encoding takes all the processors that it gets."""
NEW = frozenset({AttemptState.RECEIVED, AttemptState.OFFERED})
"""An OFFERED row comes due when its offer lapses."""
CHOSEN = frozenset({AttemptState.MENDING})
UNDER_WAY = frozenset({AttemptState.WAITING})
LOST = frozenset({AttemptState.SUBMITTING})
"""A SUBMITTING row that can be claimed has lost its process."""


class Runner:
    """Runs the lanes until it is stopped. `living` says how many processes share the database."""

    def __init__(
        self,
        *,
        engine: Steps,
        outbox: Outbox,
        jobs: JobStore,
        announcements: AnnouncementStore,
        breakers: Sequence[Breaker],
        moving_on: MovingOn,
        rate: Rate,
        clock: Clock,
        bell: Bell,
        living: Callable[[], int] = lambda: 1,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._announcements = announcements
        self._moving_on = moving_on
        self._looks = Budget(LOOK_RATE, clock, living)
        self._pace = Budget(evenly(rate), clock, living)
        self._pace_turn = asyncio.Lock()
        self._rate = rate
        self._clock = clock
        self._lanes: tuple[Lane[Attempt] | Lane[Announcement], ...] = (
            self._intake_lane(bell),
            self._cut_lane(bell),
            *(self._upload_lane(breaker, bell) for breaker in breakers),
            *(self._submit_lane(breaker, bell) for breaker in breakers),
            self._moving_on_lane(bell),
            self._lost_lane(bell),
            self._overdue_lane(bell),
            self._follow_lane(bell),
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

    def _intake_lane(self, bell: Bell) -> Lane[Attempt]:
        async def claim(limit: int) -> Sequence[Attempt]:
            return await self._claim(NEW, limit)

        work = LaneWork("intake", INTAKE_WIDTH, claim, self._engine.advance, self._due(NEW))
        return Lane(work, self._clock, bell.subscribe(*NEW))

    def _upload_lane(self, breaker: Breaker, bell: Bell) -> Lane[Attempt]:
        """Hands clips over to one provider, in fair turns, a few ahead of the rate."""
        provider = breaker.provider

        async def claim(limit: int) -> Sequence[Attempt]:
            return await self._jobs.claim_turns(provider, self._clock.now(), LEASE_SECONDS, limit)

        async def next_turn() -> datetime | None:
            return await self._jobs.next_turn(provider, self._clock.now())

        queue = BehindBreaker(breaker, claim, next_turn)
        work = LaneWork(
            f"upload to {provider}", UPLOAD_WIDTH, queue.claim, self._engine.advance, queue.next_due
        )
        # Each that is submitted leaves room for another upload.
        return Lane(work, self._clock, bell.subscribe(AttemptState.QUEUED, AttemptState.SUBMITTING))

    def _cut_lane(self, bell: Bell) -> Lane[Attempt]:
        async def claim(limit: int) -> Sequence[Attempt]:
            return await self._claim(CHOSEN, limit)

        work = LaneWork("cut", CUT_WIDTH, claim, self._engine.advance, self._due(CHOSEN))
        return Lane(work, self._clock, bell.subscribe(*CHOSEN))

    def _submit_lane(self, breaker: Breaker, bell: Bell) -> Lane[Attempt]:
        """Submits to one provider, at the rate that all share."""
        provider = breaker.provider

        async def claim(limit: int) -> Sequence[Attempt]:
            return await self._jobs.claim_handed_over(provider, self._clock.now(), LEASE_SECONDS, limit)

        async def next_due() -> datetime | None:
            return await self._jobs.next_handed_over(provider)

        handed_over = AtRate(claim, next_due, self._next_place, self._pace, self._pace_turn)
        queue = BehindBreaker(breaker, handed_over.claim, handed_over.next_due)
        work = LaneWork(
            f"submit to {provider}", SUBMIT_WIDTH, queue.claim, self._engine.advance, queue.next_due
        )
        return Lane(work, self._clock, bell.subscribe(AttemptState.HANDED_OVER))

    def _moving_on_lane(self, bell: Bell) -> Lane[Attempt]:
        """Takes what waits for a model that is off to another provider, where a server has decided so."""

        async def claim(limit: int) -> Sequence[Attempt]:
            return await self._moving_on.claim(LEASE_SECONDS, limit)

        async def next_due() -> datetime | None:
            return self._clock.now() if await self._moving_on.is_any() else None

        work = LaneWork("moving on", MOVING_ON_WIDTH, claim, self._moving_on.move, next_due)
        return Lane(work, self._clock, bell.subscribe(AttemptState.QUEUED))

    def _lost_lane(self, bell: Bell) -> Lane[Attempt]:
        async def claim(limit: int) -> Sequence[Attempt]:
            return await self._claim(LOST, limit)

        work = LaneWork("lost", LOST_WIDTH, claim, self._engine.advance, self._due(LOST))
        return Lane(work, self._clock, bell.subscribe(*LOST))

    def _overdue_lane(self, bell: Bell) -> Lane[Attempt]:
        """Ends what has waited for a day, whether or not the provider takes anything."""

        async def next_due() -> datetime | None:
            oldest = await self._jobs.oldest_queued()
            return oldest and oldest + WAIT_IN_QUEUE

        work = LaneWork("overdue", LOST_WIDTH, self._claim_overdue, self._engine.advance, next_due)
        return Lane(work, self._clock, bell.subscribe(AttemptState.QUEUED))

    def _follow_lane(self, bell: Bell) -> Lane[Attempt]:
        """Looks at tasks, as far as the budget goes; what is due beyond it stays due."""
        due = self._due(UNDER_WAY)

        async def claim(limit: int) -> Sequence[Attempt]:
            room = min(limit, self._looks.left())
            claimed = await self._claim(UNDER_WAY, room) if room > 0 else ()
            self._looks.take(len(claimed))
            return claimed

        async def next_due() -> datetime | None:
            due_at = await due()
            return due_at and max(due_at, self._looks.free_at())

        work = LaneWork("follow", FOLLOW_WIDTH, claim, self._engine.advance, next_due)
        return Lane(work, self._clock, bell.subscribe(*UNDER_WAY))

    def _outbox_lane(self, outbox: Outbox, bell: Bell) -> Lane[Announcement]:
        async def claim(limit: int) -> Sequence[Announcement]:
            return await self._announcements.claim(self._clock.now(), LEASE_SECONDS, limit)

        work = LaneWork("outbox", OUTBOX_WIDTH, claim, outbox.deliver, self._announcements.next_due)
        return Lane(work, self._clock, bell.subscribe(NoticeState.PENDING))

    async def _next_place(self) -> datetime | None:
        return await self._jobs.next_submission_at(now=self._clock.now(), rate=self._rate)

    async def _claim_overdue(self, limit: int) -> Sequence[Attempt]:
        now = self._clock.now()
        return await self._jobs.claim_queued_before(now - WAIT_IN_QUEUE, now, LEASE_SECONDS, limit)

    async def _claim(self, states: Collection[AttemptState], limit: int) -> Sequence[Attempt]:
        return await self._jobs.claim(states, self._clock.now(), LEASE_SECONDS, limit)

    def _due(self, states: Collection[AttemptState]) -> Callable[[], Awaitable[datetime | None]]:
        async def due() -> datetime | None:
            return await self._jobs.next_due(states)

        return due
