"""That the balance has fallen below what the operator wants to be warned of, or kept, or is well again."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BalanceLevel(StrEnum):
    """How a balance stands; with one that is short nothing is ordered."""

    WELL = "well"
    LOW = "low"
    SHORT = "short"


def is_news(before: BalanceLevel, after: BalanceLevel) -> bool:
    """Whether people are to be told: of what got worse, and of what is well again."""
    return after is not before and (before, after) != (BalanceLevel.SHORT, BalanceLevel.LOW)


@dataclass(frozen=True, slots=True)
class BalanceNews:
    """A balance that got to another level, in credits. `told_to` are the users who know of it so far."""

    at: datetime
    level: BalanceLevel
    credits: float
    warn_below: float
    pause_below: float
    told_to: frozenset[int] = frozenset()

    @property
    def nonce(self) -> str:
        """The same for ever, so that Discord drops a repeat (at most 25 characters)."""
        return f"balance-{int(self.at.timestamp())}"
