"""Servers that the bot was removed from: what is stored of them is kept for a time, and then deleted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

KEPT_FOR = timedelta(days=30)
"""What a server has decided is there again when the bot is invited again within this time."""


class Presence(Protocol):
    """In which servers the bot is, as Discord says."""

    async def here(self) -> frozenset[int] | None:
        """All servers that the bot is in; None where that cannot be told now."""
        ...

    async def is_gone(self, guild_id: int) -> bool:
        """Whether the bot is certainly not in a server that this process would hear of; an outage is not."""
        ...


class DepartureStore(Protocol):
    """When the bot was removed from which server. Being there again forgets it."""

    async def left_at(self, guild_id: int) -> datetime | None:
        """Since when the bot is not in a server; None while it is, as far as anybody knows."""
        ...

    async def leave(self, guild_id: int, now: datetime) -> bool:
        """Notes that the bot is not in a server any more; False where that was known."""
        ...

    async def come_back(self, guild_id: int) -> bool:
        """Notes that it is in the server; False where nothing else was known."""
        ...

    async def left(self) -> frozenset[int]:
        """The servers that it is not in any more."""
        ...

    async def known(self) -> frozenset[int]:
        """The servers of which something is stored, and which it has not left as far as is known."""
        ...

    async def waiting(self, limit: int) -> Sequence[str]:
        """Ids of jobs that were begun in servers before the bot left them, and still cost nothing."""
        ...

    async def forget(self, left_before: datetime, limit: int) -> int:
        """Deletes what servers have decided that it left before then, and erases what ended there.

        The jobs of kept characters stay as they are. At most `limit` jobs at once; how many it were.
        """
        ...


def forgotten_at(left_at: datetime) -> datetime:
    """When what is stored of a server is deleted."""
    return left_at + KEPT_FOR


def is_stopped(created_at: datetime, left_at: datetime | None) -> bool:
    """Whether an attempt was meant for a server that the bot has left since."""
    return left_at is not None and created_at <= left_at
