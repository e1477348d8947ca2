"""What the people who run the bot are told without asking: how the account stands, and what is reported."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.operator.balance_news import BalanceNews
from bot.report import ReportKind


@dataclass(frozen=True, slots=True)
class ReportNews:
    """That a member has reported what a job made or, with `is_removed`, that moderators took it down for it.

    It names nobody: who reported what in which words is for the server's moderators. `told_to` are the users
    who know of it so far.
    """

    report_id: str
    job_id: str
    guild_id: int
    kind: ReportKind
    at: datetime
    is_removed: bool = False
    told_to: frozenset[int] = frozenset()

    @property
    def nonce(self) -> str:
        """The same for ever, so that Discord drops a repeat (at most 25 characters)."""
        return f"{'t' if self.is_removed else 'f'}{self.report_id[-23:]}"


OperatorNews = BalanceNews | ReportNews


class OperatorNewsStore(Protocol):
    """News until they are told. Newer ones of the same thing go in place of older ones."""

    async def untold_news(self) -> list[OperatorNews]:
        """What is still to be told, the oldest first."""
        ...

    async def note_told(self, news: OperatorNews, user_id: int) -> None:
        """Somebody was told."""

    async def forget_news(self, news: OperatorNews) -> None:
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

    async def tell(self, user_id: int, news: OperatorNews) -> bool:
        """Tells one of them privately; False where they take no such message. A repeat shows nothing twice.

        Raises:
            DeliveryPostponed: not now.
        """
        ...

    async def tell_in_server(self, user_ids: Collection[int], news: OperatorNews) -> bool:
        """Tells all of them in the log channel of their own server; False where there is none that takes it.

        Raises:
            DeliveryPostponed: not now.
        """
        ...
