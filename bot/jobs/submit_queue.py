"""The queue for the provider: it stands still while the circuit is open or the rate is used up."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.jobs.breaker import Breaker
from bot.model import Attempt


class SubmitQueue:
    """Nobody is sent only to be turned away, by a provider that takes nothing or by our own rate."""

    def __init__(
        self,
        *,
        breaker: Breaker,
        claim: Callable[[int], Awaitable[Sequence[Attempt]]],
        claim_overdue: Callable[[int], Awaitable[Sequence[Attempt]]],
        next_due: Callable[[], Awaitable[datetime | None]],
        next_place: Callable[[], Awaitable[datetime | None]],
    ) -> None:
        self._breaker = breaker
        self._claim = claim
        self._claim_overdue = claim_overdue
        self._next_due = next_due
        self._next_place = next_place

    async def claim(self, limit: int) -> Sequence[Attempt]:
        """What may be taken now, in fair turns; while nothing may, what has waited for too long."""
        if not await self._breaker.lets_through():
            return await self._claim_overdue(limit)
        return () if await self._next_place() is not None else await self._claim(limit)

    async def next_due(self) -> datetime | None:
        """When to claim again; None while nothing is queued and no circuit is open."""
        queued_at = await self._next_due()
        place_at = await self._next_place() if queued_at else None
        later = max(queued_at, place_at) if queued_at and place_at else queued_at
        return await self._breaker.next_due(later)
