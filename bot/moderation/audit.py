"""The audit log as it is told in a channel of the server: a line that was stored, then said, then marked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.deeds import Deed

NOBODY = 0
"""Who has done what the bot did by itself."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A deed that is still to be told in a channel; `deed_id` goes up with time."""

    deed_id: int
    channel_id: int
    deed: Deed

    @property
    def nonce(self) -> str:
        """The same for ever, so that Discord drops a repeat (at most 25 characters)."""
        return f"deed-{self.deed_id}"


class LogLines(Protocol):
    """What is still to be told."""

    async def untold(self, since: datetime, limit: int) -> list[LogLine]:
        """The deeds since then that are to be told, in their order."""
        ...

    async def mark_told(self, deed_ids: Collection[int]) -> None:
        """They were told, or cannot be."""


class LogChannel(Protocol):
    """Tells deeds."""

    def serves(self, guild_id: int) -> bool:
        """Whether this process is the one that is connected to the server."""
        ...

    async def tell(self, line: LogLine) -> None:
        """Tells one line, or gives it up where the channel takes nothing; a repeat shows nothing twice.

        Raises:
            DeliveryPostponed: not now.
        """
