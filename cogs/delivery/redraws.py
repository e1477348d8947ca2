"""How often a card is redrawn. In the memory of one process: after a restart a card may be a little early."""

from datetime import datetime, timedelta

from bot.model import Job, MessageRef

REDRAW_SECONDS = 15.0
"""Between two redraws of one card in the long run: Discord counts edits by channel."""
REDRAWS_AT_ONCE = 5
"""What a card may save up. In its first second a job goes from received over queued to waiting, and a member
who has just pressed a button looks at the card; a retry does the same once more."""
LAST_REDRAW_AFTER = timedelta(minutes=55)
"""Discord counts edits of messages older than an hour (error 30046); the outcome must still have one left."""
ALMOST = 1e-6
"""Seconds add up to a little less than they should."""


class Redraws:
    """What each card has saved up; cards that have all of it are forgotten."""

    def __init__(self) -> None:
        self._left: dict[MessageRef, tuple[float, datetime]] = {}

    def wait_seconds(self, card: MessageRef, now: datetime) -> float:
        """How long the next redraw of a card has to wait; 0 when it need not."""
        missing = 1 - self._saved_up(card, now)
        return missing * REDRAW_SECONDS if missing > ALMOST else 0.0

    def count(self, card: MessageRef, now: datetime) -> None:
        """Uses up one redraw."""
        left = max(self._saved_up(card, now) - 1, 0.0)
        self._left = {
            known: kept for known, kept in self._left.items() if self._saved_up(known, now) < REDRAWS_AT_ONCE
        }
        self._left[card] = (left, now)

    def _saved_up(self, card: MessageRef, now: datetime) -> float:
        left, at = self._left.get(card, (float(REDRAWS_AT_ONCE), now))
        seconds = (now - at).total_seconds()
        if seconds < 0:  # the clock was put back: nothing is known
            return float(REDRAWS_AT_ONCE)
        return min(left + seconds / REDRAW_SECONDS, float(REDRAWS_AT_ONCE))


def too_late(job: Job, now: datetime) -> bool:
    """Whether the job's card is so old that only its outcome is still worth an edit."""
    return now - job.created_at >= LAST_REDRAW_AFTER
