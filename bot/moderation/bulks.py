"""Many jobs retried or cancelled at once: stored so that a restart neither repeats nor forgets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.deeds import Deed

DONE = "done"
"""The outcome of a step that did what it was to do; every other one is the name of what stood in its way."""


class BulkAction(StrEnum):
    """What is done to each job."""

    RETRY = "retry"
    CANCEL_WAITING = "cancel-waiting"
    CANCEL_ALL = "cancel-all"


@dataclass(frozen=True, slots=True)
class BulkStep:
    """One job of it, as it stood when it was listed: at its attempt of this number."""

    job_id: str
    attempt_number: int


@dataclass(frozen=True, slots=True)
class Bulk:
    """What somebody wants to do in a server; nothing is done before it is confirmed."""

    bulk_id: str
    guild_id: int
    actor_id: int
    action: BulkAction
    created_at: datetime
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How far it has come: `outcomes` are by their jobs, for those that were tried."""

    bulk: Bulk
    count: int
    outcomes: Mapping[str, str]

    @property
    def is_over(self) -> bool:
        return len(self.outcomes) == self.count


class BulkStore(Protocol):
    """Bulks and their steps."""

    async def propose(self, bulk: Bulk, steps: Sequence[BulkStep], *, forget_before: datetime) -> None:
        """Stores what would be done, and forgets what was proposed before then."""

    async def confirm(self, bulk_id: str, deed: Deed) -> bool:
        """Lets it begin, for whoever confirms it, and notes that; False where it has begun already."""
        ...

    async def tally(self, guild_id: int, bulk_id: str) -> Tally | None:
        """How far it has come; None where the server has no such bulk."""
        ...

    async def untried(self, limit: int) -> list[tuple[Bulk, BulkStep]]:
        """The next steps of what was confirmed, those of the oldest first."""
        ...

    async def settle(self, bulk_id: str, job_id: str, outcome: str) -> None:
        """Notes what came of a step."""
