"""The real clock."""

from datetime import UTC, datetime

PLAUSIBLE_YEARS = range(2026, 2100)
"""A clock that shows another year is not set: this release is of the first, nobody runs it in the last."""


class SystemClock:
    """Tells the system's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def is_plausible(now: datetime) -> bool:
    """Whether a clock that shows this can be the present time."""
    return now.year in PLAUSIBLE_YEARS
