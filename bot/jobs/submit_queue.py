"""The queue for the provider: it stands still while the circuit is open or the rate is used up."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

from bot.jobs.breaker import Breaker
from bot.model import Attempt, AttemptState

QUEUED = frozenset({AttemptState.QUEUED, AttemptState.HANDED_OVER})
TO_HAND_OVER = frozenset({AttemptState.QUEUED})
HAND_OVER_AHEAD = 20
"""Clips handed over while the rate is used up: a window of the provider's, so that no place waits for an
upload, and no more, since an upload lapses."""


class SubmitQueue:
    """While the rate is used up nobody is sent to be turned away; a few are made ready."""

    def __init__(
        self,
        *,
        breaker: Breaker,
        claim: Callable[[Collection[AttemptState], int], Awaitable[Sequence[Attempt]]],
        next_due: Callable[[], Awaitable[datetime | None]],
        next_place: Callable[[], Awaitable[datetime | None]],
    ) -> None:
        self._breaker = breaker
        self._claim = claim
        self._next_due = next_due
        self._next_place = next_place
        self._ahead = 0

    async def claim(self, limit: int) -> Sequence[Attempt]:
        """What may be taken now."""
        if not await self._breaker.lets_through():
            return ()
        if await self._next_place() is None:
            claimed = await self._claim(QUEUED, limit)
            # Not back to none: at a steady rate single places come free, many in each window.
            self._ahead = max(0, self._ahead - len(claimed))
            return claimed
        room = min(limit, HAND_OVER_AHEAD - self._ahead)
        ahead = await self._claim(TO_HAND_OVER, room) if room > 0 else ()
        self._ahead += len(ahead)
        return ahead

    async def next_due(self) -> datetime | None:
        """When to claim again; None while nothing is queued and no circuit is open."""
        queued_at = await self._next_due()
        place_at = await self._next_place() if queued_at else None
        later = max(queued_at, place_at) if queued_at and place_at else queued_at
        return await self._breaker.next_due(later)
