"""What members state about who or what is in their clips, kept beside the clips. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model import Subject


@dataclass(frozen=True, slots=True)
class Statement:
    """What a member stated about the clip of a job when they ordered it.

    `clip_sha256` is the digest, in hex, of the clip as it was accepted. A statement outlives the clip and the
    member's texts; `user_id` is 0 once they have deleted their history.
    """

    job_id: str
    guild_id: int | None
    user_id: int
    subject: Subject
    clip_sha256: str
    stated_at: datetime


class StatementStore(Protocol):
    """Statements; each is stored in the transaction that accepts the clip."""

    async def of_job(self, job_id: str) -> Statement | None:
        """What was stated about the clip of a job; None where none was accepted, or it is too long ago."""
        ...

    async def counts(self, guild_id: int, user_id: int) -> Mapping[Subject, int]:
        """How often a member stated what in a server; only what they ever stated is there."""
        ...

    async def of_server(
        self, guild_id: int, since: datetime | None, *, limit: int, offset: int
    ) -> list[Statement]:
        """All that was stated in a server, oldest first; `since` None is from the beginning."""
        ...
