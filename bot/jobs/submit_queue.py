"""The two queues for the provider: clips to be handed over, and clips that wait for the rate.

They stand still while the provider's circuit is open. Only the second waits for the rate: were nothing handed
over meanwhile, each place would find a clip that is still to be uploaded, and slow uploads would waste it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.jobs.breaker import Breaker
from bot.jobs.budget import Budget
from bot.model import Attempt
from bot.stores import Rate

PAIR = 2
"""By so many the provider's own limit is above the default of ours (20 and 18 in 10 s)."""
Claim = Callable[[int], Awaitable[Sequence[Attempt]]]
NextDue = Callable[[], Awaitable[datetime | None]]


class BehindBreaker:
    """Nobody is sent to a provider that takes nothing."""

    def __init__(self, breaker: Breaker, claim: Claim, next_due: NextDue) -> None:
        self._breaker = breaker
        self._claim = claim
        self._next_due = next_due

    async def claim(self, limit: int) -> Sequence[Attempt]:
        """What may be taken now; an open circuit that is to be tried is tried first."""
        return await self._claim(limit) if await self._breaker.lets_through() else ()

    async def next_due(self) -> datetime | None:
        """When to claim again; None while nothing waits and no circuit is open."""
        return await self._breaker.next_due(await self._next_due())


def evenly(rate: Rate) -> Rate:
    """A rate in pairs, a little quicker than `rate`, which stays the limit.

    We count where a submission begins and the provider where it arrives, some of them late. Were a whole
    window's worth sent at once, those that are late would arrive with the next, and be refused. Of an even
    stream, one pair more than was counted can arrive in a window, as long as none is a pair's distance late.
    """
    return Rate(PAIR, PAIR * rate.window_seconds / (rate.count + 1))


class AtRate:
    """Nobody is sent only to be turned away by our own rate, or too close upon others.

    All queues that share `pace`, which is the account's, share `turn` as well: one counts after the other.
    """

    def __init__(
        self, claim: Claim, next_due: NextDue, next_place: NextDue, pace: Budget, turn: asyncio.Lock
    ) -> None:
        self._claim = claim
        self._next_due = next_due
        self._next_place = next_place
        self._pace = pace
        self._turn = turn

    async def claim(self, limit: int) -> Sequence[Attempt]:
        """As many as the pace allows, if the rate has a place."""
        async with self._turn:
            room = min(limit, self._pace.left())
            if room <= 0 or await self._next_place() is not None:
                return ()
            claimed = await self._claim(room)
            self._pace.take(len(claimed))
            return claimed

    async def next_due(self) -> datetime | None:
        """When somebody waits and there is a place."""
        waits_at = await self._next_due()
        if waits_at is None:
            return None
        place_at = await self._next_place()
        return max(waits_at, place_at or waits_at, self._pace.free_at())
