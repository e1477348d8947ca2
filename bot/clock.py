"""The real clock."""

from datetime import UTC, datetime


class SystemClock:
    """Tells the system's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)
