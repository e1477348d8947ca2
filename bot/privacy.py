"""What is stored about somebody, and what they may ask for: to see it, take it along, have it deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from bot.errors import UserFault
from bot.model import reference_of

NOBODY = 0
"""Stands where a member's id stood; Discord gives nobody this one."""


class Category(StrEnum):
    """What somebody may have deleted."""

    CLIPS = "clips"
    CHARACTERS = "characters"
    HISTORY = "history"
    """Ended jobs, but not those of kept characters; and what is noted beside them."""


class Phase(StrEnum):
    """How far a deletion has come."""

    ASKED = "asked"
    ERASED = "erased"
    """Contents are gone; ids stay where today's limits count them."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What somebody asked to have deleted, of all that was there at `asked_at`; looked at when due."""

    erasure_id: str
    user_id: int
    categories: frozenset[Category]
    asked_at: datetime
    phase: Phase
    due_at: datetime

    @property
    def reference(self) -> str:
        """A short name for people to quote."""
        return reference_of(self.erasure_id)


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much is stored about somebody; `blocks` and `deeds` are those of servers' moderators.

    `statements` are theirs about clips, `reports` those that they made.
    """

    jobs: int
    running: int
    clips: int
    clip_bytes: int
    characters: int
    blocks: int
    deeds: int
    statements: int
    reports: int
    erasures: Sequence[Erasure] = ()


Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""What is stored about somebody: rows by column, by the table they are from."""


class ExportTooSoon(UserFault):
    """They got such a file less than an hour ago."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(again_at)
        self.again_at = again_at


class ErasureUnconfirmed(UserFault):
    """The word that confirms it was not typed, or nothing was chosen."""


class PrivacyStore(Protocol):
    """What is stored about somebody, wherever it is. A deletion is a row before it is done."""

    async def holdings(self, user_id: int) -> Holdings: ...

    async def export(self, user_id: int, now: datetime, every: timedelta) -> Rows:
        """All that is stored about somebody, without what only the bot may know.

        Raises:
            ExportTooSoon: the last time was less than `every` ago.
        """
        ...

    async def ask(self, erasure: Erasure) -> None:
        """Notes that somebody wants something deleted."""

    async def due(self, now: datetime) -> list[Erasure]:
        """What is to be gone on with, the oldest first."""
        ...

    async def running(self, erasure: Erasure) -> list[str]:
        """The ids of the jobs that go on, of those that were there when it was asked."""
        ...

    async def erase(self, erasure: Erasure, *, again_at: datetime, counted_until: datetime) -> Erasure:
        """Erases the contents of what does not go on; as the deletion stands then.

        Where something does, it comes due `again_at`. Else ids stay until `counted_until` where limits count
        them, or it is done.
        """
        ...

    async def anonymise(self, erasure: Erasure) -> None:
        """Puts nobody in the place of the ids that are left; then it is done."""
