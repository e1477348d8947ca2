"""Rates of the whole account, of which each process has its share, counted in its memory."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.ports import Clock
from bot.stores import Rate


class Budget:
    """At most `rate.count` in any window; the window slides, so there are no bursts at its edges.

    `living` says how many processes there are. Each takes its share of the count, rounded down, so together
    they take no more; if there are more processes than places, one each, in a window longer by as much.
    """

    def __init__(self, rate: Rate, clock: Clock, living: Callable[[], int]) -> None:
        self._rate = rate
        self._clock = clock
        self._living = living
        self._taken: deque[datetime] = deque()

    def left(self) -> int:
        """How many may be taken now."""
        now, window = self._clock.now(), self._window
        # What is dated later than one window from now is of a clock that has since been put back.
        self._taken = deque(at for at in self._taken if now - window < at < now + window)
        return max(self._share - len(self._taken), 0)

    def take(self, count: int) -> None:
        """Uses up `count`, now."""
        self._taken.extend([self._clock.now()] * count)

    def free_at(self) -> datetime:
        """When the next may be taken."""
        if self.left() > 0:
            return self._clock.now()
        return sorted(self._taken)[-self._share] + self._window

    @property
    def _share(self) -> int:
        return max(self._rate.count // self._living(), 1)

    @property
    def _window(self) -> timedelta:
        return timedelta(seconds=self._rate.window_seconds * max(self._living() / self._rate.count, 1))
