"""The moments at which tasks are looked at: what was learned, read anew at most once a minute."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.jobs import learned, polling
from bot.ports import Clock
from bot.stores import JobStore

READ_AGAIN_AFTER = timedelta(minutes=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    pace: learned.Pace | None
    read_at: datetime


class Timetable:
    """Says when to look next. `schedule` is the operator's own; it replaces all that is learned."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        clock: Clock,
        schedule: Sequence[float] | None,
        callbacks: bool,
        chance: Callable[[], float],
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._schedule = schedule
        self._least_price = learned.LEAST_PRICE * (learned.CALLBACK_DISCOUNT if callbacks else 1.0)
        self._chance = chance
        self._known: dict[str, _Known] = {}

    async def next_look(self, provider: str, polls: int, submitted_at: datetime) -> datetime | None:
        """When to look again after `polls` looks; None when the task has been followed long enough."""
        pace = None if self._schedule else await self._pace(provider)
        now = self._clock.now()
        return polling.next_look(self._schedule or pace, polls, submitted_at, now, self._chance())

    async def _pace(self, provider: str) -> learned.Pace | None:
        """The present pace; an older one when the past cannot be read, for a task id must be stored."""
        now = self._clock.now()
        known = self._known.get(provider)
        if known is not None and timedelta(0) <= now - known.read_at < READ_AGAIN_AFTER:
            return known.pace
        pace = known.pace if known else None
        try:
            pace = await self._learn(provider)
        except Exception:
            log.exception("task_times_unread", provider=provider)
        self._known[provider] = _Known(pace, now)
        return pace

    async def _learn(self, provider: str) -> learned.Pace | None:
        times = await self._jobs.task_times(provider, learned.REMEMBERED)
        curve = learned.curve_of(times.seconds)
        if curve is None:
            return None
        price = learned.price_of(curve, times.waiting, polling.BUDGET_PER_SECOND)
        return learned.pace_of(curve, max(price, self._least_price))
