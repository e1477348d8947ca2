"""The two queues for the provider: clips to be handed over, and clips that wait for the rate.

They stand still while the provider's circuit is open. Only the second waits for the rate: were nothing handed
over meanwhile, each place would find a clip that is still to be uploaded, and slow uploads would waste it.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.jobs.breaker import Breaker
from bot.model import Attempt

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


class AtRate:
    """Nobody is sent only to be turned away by our own rate."""

    def __init__(self, claim: Claim, next_due: NextDue, next_place: NextDue) -> None:
        self._claim = claim
        self._next_due = next_due
        self._next_place = next_place

    async def claim(self, _limit: int) -> Sequence[Attempt]:
        """One, if there is a place: whether there is a second shows when the first has taken its own."""
        return () if await self._next_place() is not None else await self._claim(1)

    async def next_due(self) -> datetime | None:
        """When somebody waits and there is a place."""
        waits_at = await self._next_due()
        place_at = await self._next_place() if waits_at else None
        return max(waits_at, place_at) if waits_at and place_at else waits_at
