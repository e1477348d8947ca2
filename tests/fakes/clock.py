"""A clock that stands still until it is told to go on."""

from datetime import datetime, timedelta

from tests.builders import NOON


class FixedClock:
    """Shows `now` until it is advanced."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Moves the clock on (or back, when negative) and returns the new time."""
        self._now += timedelta(seconds=seconds)
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now
