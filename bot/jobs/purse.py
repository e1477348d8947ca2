"""The account at the provider: its balance is looked at, a low one told once, and a reserve kept."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot import credits as accounts
from bot.balance_news import BalanceLevel, BalanceNews, is_news
from bot.credits import Balance, CreditReport, CreditStore, Thresholds
from bot.errors import ProviderError
from bot.fault import Fault
from bot.jobs.lanes import Ring
from bot.jobs.retry import HOLD_SECONDS
from bot.jobs.rounds import rounds
from bot.model import Circuit
from bot.operating import OperatingStore
from bot.ports import Clock
from bot.stores import CircuitStore

ROUND_SECONDS = 60.0
SELDOM = timedelta(minutes=5)
OFTEN = timedelta(seconds=50)
"""While the balance is low. The provider asks for every few minutes at most otherwise (kie: Get Credits)."""
SHORT = frozenset({Fault.NO_CREDIT, Fault.CREDIT_RESERVE})

log = structlog.get_logger(__name__)


class Account(Protocol):
    """Whoever can say what the account holds."""

    async def credit(self) -> float:
        """The remaining credits.

        Raises:
            ProviderError: no usable answer.
        """
        ...


class Purse:
    """Looks once a minute. Several processes may: whoever looks first has looked for all.

    `providers` are all that are paid from the account.
    """

    def __init__(
        self,
        *,
        account: Account,
        ledger: CreditStore,
        operating: OperatingStore,
        circuits: CircuitStore,
        providers: Sequence[str],
        clock: Clock,
        thresholds: Thresholds,
        ring: Ring,
    ) -> None:
        self._account = account
        self._ledger = ledger
        self._operating = operating
        self._circuits = circuits
        self._providers = providers
        self._clock = clock
        self._thresholds = thresholds
        self._ring = ring

    async def look(self) -> None:
        """Asks for the balance when it is time, and does what follows from it."""
        now = self._clock.now()
        latest = await self._ledger.latest()
        if latest is not None and timedelta() <= now - latest.at < self._pause_after(latest):
            return
        try:
            left = await self._account.credit()
        except ProviderError as error:
            log.info("balance_not_told", fault=error.fault, code=error.code)
            return
        await self._ledger.sample(Balance(now, left))
        await self._warn(left, now)
        await self._keep_reserve(left, now)

    def watching(self) -> AbstractAsyncContextManager[None]:
        """Looks now and every minute, for as long as the block."""
        return rounds(self.look, every_seconds=ROUND_SECONDS, failed="balance_unwatched")

    def _pause_after(self, latest: Balance) -> timedelta:
        return OFTEN if latest.credits < self._thresholds.warn_below else SELDOM

    async def _warn(self, left: float, now: datetime) -> None:
        """Tells of each shortage once, however long it lasts, and of its end."""
        thresholds, before = self._thresholds, (await self._operating.state()).balance_level
        level = accounts.level(left, thresholds)
        if level is before:
            return
        # The line goes first: a crash between the two may repeat it, and loses neither.
        if level is BalanceLevel.WELL:
            log.info("balance_well", credits=left)
        elif is_news(before, level):
            log.warning("balance_low", credits=left, warn_below=thresholds.warn_below, level=level)
        news = BalanceNews(now, level, left, thresholds.warn_below, thresholds.pause_below)
        await self._operating.note_balance(news)

    async def _keep_reserve(self, left: float, now: datetime) -> None:
        """Below the reserve opens the circuits of all providers; above it, has open ones tried at once."""
        fault = accounts.shortage(left, self._thresholds.pause_below)
        for provider in self._providers:
            circuit = await self._circuits.get(provider)
            if fault is not None and circuit is None:
                await self._open(Circuit(provider, fault, now, _probe_at(fault, now)))
            elif fault is None and circuit is not None and circuit.fault in SHORT and circuit.probe_at > now:
                await self._circuits.open(replace(circuit, probe_at=now), now)
                self._ring()

    async def _open(self, circuit: Circuit) -> None:
        if await self._circuits.open(circuit, circuit.opened_at):
            log.error("circuit_opened", provider=circuit.provider, fault=circuit.fault, code=None)
            self._ring()


def _probe_at(fault: Fault, now: datetime) -> datetime:
    return now + timedelta(seconds=HOLD_SECONDS[fault])


class Bookkeeping:
    """What the operator asks about the account. `cap` is the setting; a stored one goes before it."""

    def __init__(
        self,
        *,
        account: Account,
        ledger: CreditStore,
        operating: OperatingStore,
        clock: Clock,
        cap: int,
    ) -> None:
        self._account = account
        self._ledger = ledger
        self._operating = operating
        self._clock = clock
        self._cap = cap

    async def report(self) -> CreditReport:
        """The balance, asked for now or else the last that is known, and what today and this month cost."""
        now = self._clock.now()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        month = today.replace(day=1)
        told = await self._told(now)
        balances = await self._ledger.balances(month)
        seen = [*balances, told] if told else balances
        known = list(accounts.costs(await self._ledger.charges(month), seen))
        state = await self._operating.state()
        return CreditReport(
            balance=told or await self._ledger.latest(),
            asked=told is not None,
            today=accounts.spend(known, today),
            month=accounts.spend(known, month),
            counted=await self._ledger.counted(now),
            cap=self._cap if state.daily_cap is None else state.daily_cap,
        )

    async def _told(self, now: datetime) -> Balance | None:
        try:
            return Balance(now, await self._account.credit())
        except ProviderError as error:
            log.info("balance_not_told", fault=error.fault, code=error.code)
            return None
