"""What is kept for a time only."""

from datetime import datetime
from typing import Protocol


class RetentionStore(Protocol):
    """What becomes of rows whose time has come."""

    async def give_clips_up(self, now: datetime) -> int:
        """Ends the claims on clips of jobs that ended too long ago; how many jobs that were.

        How long is each server's `retention_days`, counted from the end of the latest attempt. A clip that a
        character was made of stays, and one of a job that goes on.
        """
        ...

    async def forget_leftovers(self, now: datetime) -> None:
        """Erases what has served its purpose: tokens that work no more, picks that no form came of.

        So are statements of more than a year ago, where no character is there that was made of the clip, and
        reports that were decided as long ago.
        """
