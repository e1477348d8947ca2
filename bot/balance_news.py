"""That the balance has fallen below what the operator wants to be warned of, or kept, or is well again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


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


class BalanceNewsStore(Protocol):
    """Keeps at which level the balance is, and the news of it until they are told."""

    async def note_balance(self, news: BalanceNews) -> None:
        """Keeps how the balance stands and, in the same transaction, what is to be told of that (`is_news`).

        They go in place of older ones.
        """

    async def untold_news(self) -> BalanceNews | None:
        """What is still to be told."""
        ...

    async def note_told(self, news: BalanceNews, user_id: int) -> None:
        """Somebody was told."""

    async def forget_news(self, news: BalanceNews) -> None:
        """Everybody was told, or nobody can be. Newer news stay."""


class OperatorLetters(Protocol):
    """Tells the people who run the bot."""

    def serves(self) -> bool:
        """Whether this process is the one of several that does it."""
        ...

    async def operators(self) -> Collection[int]:
        """Who they are now.

        Raises:
            DeliveryPostponed: not known now.
        """
        ...

    async def tell(self, user_id: int, news: BalanceNews) -> bool:
        """Tells one of them privately; False where they take no such message. A repeat shows nothing twice.

        Raises:
            DeliveryPostponed: not now.
        """
        ...

    async def tell_in_server(self, user_ids: Collection[int], news: BalanceNews) -> bool:
        """Tells all of them in the log channel of their own server; False where there is none that takes it.

        Raises:
            DeliveryPostponed: not now.
        """
        ...
