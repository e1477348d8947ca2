"""What the account at the provider holds, and what orders cost. Pure, but for the port at the end."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from bot.balance_news import BalanceLevel
from bot.fault import Fault


@dataclass(frozen=True, slots=True)
class Balance:
    """What the account held at a moment, in credits; every other use of the account shares it."""

    at: datetime
    credits: float


@dataclass(frozen=True, slots=True)
class Charge:
    """An order that may have cost something. `credits` is what the provider told, None where it told nothing.

    `ended_at` is None while it goes on.
    """

    began_at: datetime
    ended_at: datetime | None
    credits: float | None


class Source(StrEnum):
    """How the cost of an order is known."""

    TOLD = "told"
    BALANCE = "balance"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Cost:
    """What an order cost, in credits, and how that is known; 0 where it is not."""

    began_at: datetime
    credits: float
    source: Source


@dataclass(frozen=True, slots=True)
class Spend:
    """What the orders of a time cost, in credits: what the provider told, and what the balance fell by.

    The second is an estimate, made where the provider told nothing. `unknown` counts orders of which neither
    is known, those that go on among them.
    """

    told: float = 0.0
    told_orders: int = 0
    by_balance: float = 0.0
    by_balance_orders: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class CreditReport:
    """How the account stands. `balance` is the last that is known, `asked` says that it was told just now.

    `counted` are the attempts of this UTC day that count against `cap`.
    """

    balance: Balance | None
    asked: bool
    today: Spend
    month: Spend
    counted: int
    cap: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below which balance the operator is warned, and below which nothing is ordered; in credits."""

    warn_below: float
    pause_below: float


def amount(credits_left: float) -> str:
    """Credits as people read them: to the hundredth, without zeros behind the point."""
    return f"{credits_left:.2f}".rstrip("0").rstrip(".")


def price(told: Sequence[float]) -> tuple[float, float] | None:
    """The least and the most of what the latest characters cost; None where nothing was told of any."""
    return (min(told), max(told)) if told else None


def shortage(credits_left: float, pause_below: float) -> Fault | None:
    """Why nothing is to be ordered at this balance, if so."""
    if credits_left <= 0:
        return Fault.NO_CREDIT
    return Fault.CREDIT_RESERVE if credits_left < pause_below else None


def level(credits_left: float, thresholds: Thresholds) -> BalanceLevel:
    """How a balance stands."""
    if shortage(credits_left, thresholds.pause_below) is not None:
        return BalanceLevel.SHORT
    return BalanceLevel.LOW if credits_left < thresholds.warn_below else BalanceLevel.WELL


def costs(charges: Iterable[Charge], balances: Sequence[Balance]) -> Iterator[Cost]:
    """What each order cost; `balances` in the order of their times.

    Where the provider told nothing, the fall of the balance around the order counts, less what orders at the
    same time were told to cost. Where the balance rose in that time, by a top-up or a refund, nobody knows.
    """
    for group, spans in _at_the_same_time(charges, balances):
        silent = sum(charge.credits is None for charge in group)
        fell = _fall(balances, spans) if silent else None
        told = sum(charge.credits or 0.0 for charge in group)
        for charge in group:
            if charge.credits is not None:
                yield Cost(charge.began_at, charge.credits, Source.TOLD)
            elif fell is None or fell < told:
                yield Cost(charge.began_at, 0.0, Source.NOBODY)
            else:
                yield Cost(charge.began_at, (fell - told) / silent, Source.BALANCE)


def spend(known: Iterable[Cost], since: datetime) -> Spend:
    """The sum of what orders placed from `since` on cost."""
    by_source: dict[Source, list[float]] = {source: [] for source in Source}
    for cost in known:
        if cost.began_at >= since:
            by_source[cost.source].append(cost.credits)
    told, by_balance = by_source[Source.TOLD], by_source[Source.BALANCE]
    return Spend(sum(told), len(told), sum(by_balance), len(by_balance), len(by_source[Source.NOBODY]))


Span = tuple[int, int]
"""The balances around something, by their places in the list; one past either end where there is none."""


def _at_the_same_time(
    charges: Iterable[Charge], balances: Sequence[Balance]
) -> Iterator[tuple[list[Charge], Span]]:
    """Groups of orders between whose balances no other order ran, each with the balances around it."""
    times = [balance.at for balance in balances]
    spans = sorted(((_around(charge, times), charge) for charge in charges), key=lambda pair: pair[0])
    group: list[Charge] = []
    first, last = 0, 0
    for (begin, end), charge in spans:
        if group and begin >= last:
            yield group, (first, last)
            group = []
        first, last = (first, max(last, end)) if group else (begin, end)
        group.append(charge)
    if group:
        yield group, (first, last)


def _around(charge: Charge, times: Sequence[datetime]) -> Span:
    end = len(times) if charge.ended_at is None else bisect_left(times, charge.ended_at)
    return bisect_right(times, charge.began_at) - 1, end


def _fall(balances: Sequence[Balance], span: Span) -> float | None:
    """How far the balance fell in a span; None where it rose in between, or nobody looked."""
    first, last = span
    if first < 0 or last >= len(balances):
        return None
    seen = [balance.credits for balance in balances[first : last + 1]]
    rose = any(later > earlier for earlier, later in pairwise(seen))
    return None if rose else seen[0] - seen[-1]


class CreditStore(Protocol):
    """What the account held, and what is known of the cost of orders."""

    async def sample(self, balance: Balance) -> None:
        """Keeps a balance, and forgets those of more than two months ago."""

    async def latest(self) -> Balance | None:
        """The newest balance."""
        ...

    async def balances(self, since: datetime) -> list[Balance]:
        """The balances from `since` on, and the last one before, in the order of their times."""
        ...

    async def charges(self, since: datetime) -> list[Charge]:
        """The orders placed from `since` on that may have cost something."""
        ...

    async def told(self, provider: str, limit: int) -> list[float]:
        """What the provider told that its latest `limit` characters cost, the newest first."""
        ...

    async def counted(self, now: datetime) -> int:
        """How many attempts count against the cap of the day of `now`."""
        ...
