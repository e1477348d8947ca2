"""The budget of look-ups: one for the whole account, in the memory of this process."""

from collections import deque
from datetime import datetime, timedelta

from bot.ports import Clock, Rate


class LookBudget:
    """At most `rate.count` looks in any window; the window slides, so there are no bursts at its edges."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._rate = rate
        self._window = timedelta(seconds=rate.window_seconds)
        self._clock = clock
        self._taken: deque[datetime] = deque()

    def left(self) -> int:
        """How many looks may be taken now."""
        now = self._clock.now()
        # Looks dated later than one window from now come from a clock that has since been put back.
        self._taken = deque(at for at in self._taken if now - self._window < at < now + self._window)
        return self._rate.count - len(self._taken)

    def take(self, count: int) -> None:
        """Uses up `count` looks, now."""
        self._taken.extend([self._clock.now()] * count)

    def free_at(self) -> datetime:
        """When the next look may be taken."""
        now = self._clock.now()
        return now if self.left() > 0 else min(self._taken) + self._window
