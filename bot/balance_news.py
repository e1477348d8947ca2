"""That the balance has fallen below what the operator wants to be warned of, or is back above it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BalanceNews:
    """A crossing of `warn_below`, in credits. `told_to` are the users who have been told of it so far."""

    at: datetime
    is_low: bool
    credits: float
    warn_below: float
    pause_below: float
    told_to: frozenset[int] = frozenset()

    @property
    def nonce(self) -> str:
        """The same for ever, so that Discord drops a repeat (at most 25 characters)."""
        return f"balance-{int(self.at.timestamp())}"


class BalanceNewsStore(Protocol):
    """Keeps whether the balance is low, and the news of it until they are told."""

    async def note_balance(self, news: BalanceNews) -> None:
        """Keeps how the balance stands; where that changed, in the same transaction, the news to be told.

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
