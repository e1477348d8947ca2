"""`GET /metrics` in Prometheus's format: what was measured since the start, and what the rows say now.

Everything is in a registry of its own. No label holds an id or a name of anybody. Whoever may read the page
learns how busy the bot is: the listener belongs to this machine, and no proxy of ours passes the page on.
"""

import asyncio
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import nan

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.errors import RecordsUnavailable
from bot.fault import Fault
from bot.notices import NoticeKind
from bot.operator.figures import CallOutcome, Figures, FigureStore, Rung
from bot.ports import Clock

PATH = "/metrics"
ROWS_SECONDS = 3.0
"""Prometheus waits ten seconds by default; what cannot be read by then is left out."""
STEP_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
LAG_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
NO_FAULT = ""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The connection to Discord: whether it stands, and how long a heartbeat takes there and back."""

    is_ready: Callable[[], bool]
    latency_seconds: Callable[[], float]


class Metrics:
    """A `Meter`, and the page that shows what it was told."""

    def __init__(
        self,
        figures: FigureStore,
        clock: Clock,
        *,
        version: str,
        providers: Sequence[str],
        gateway: Gateway,
        warn_below: float,
    ) -> None:
        self._figures = figures
        self._clock = clock
        self._registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self._registry)
        self._happened = Happened(self._registry)
        self._rows = Rows(self._registry, providers)
        self._gauge("dramatis_gateway_connected", "1 while the bot is connected to Discord.").set_function(
            lambda: float(gateway.is_ready())
        )
        self._gauge(
            "dramatis_gateway_latency_seconds", "A heartbeat to Discord and back; NaN before the first."
        ).set_function(gateway.latency_seconds)
        self._gauge("dramatis_credits_warn_below", "CREDITS_WARN_BELOW.").set(warn_below)
        build = Gauge(
            "dramatis_build_info", "Always 1.", ("version", "python"), registry=self._registry
        ).labels(version, platform.python_version())
        build.set(1)

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self.show)]

    async def show(self, _request: web.Request) -> web.Response:
        """The page; without what the rows say while the database does not answer."""
        now = self._clock.now()
        self._rows.show(await self._read(now), now)
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    def step_taken(self, step: str, seconds: float) -> None:
        self._happened.steps.labels(step).observe(seconds)

    def provider_answered(self, provider: str, call: str, outcome: CallOutcome, fault: Fault | None) -> None:
        self._happened.calls.labels(provider, call, outcome, fault or NO_FAULT).inc()

    def told(self, kind: NoticeKind, rung: Rung) -> None:
        self._happened.deliveries.labels(kind, rung).inc()

    def backups_stand(self, latest: datetime | None, every: timedelta) -> None:
        """A `BackupMeter`."""
        self._happened.backup_at.set(latest.timestamp() if latest else 0)
        self._happened.backup_every.set(every.total_seconds())

    def loop_lagged(self, seconds: float) -> None:
        self._happened.lag.observe(seconds)

    async def _read(self, now: datetime) -> Figures | None:
        try:
            async with asyncio.timeout(ROWS_SECONDS):
                return await self._figures.figures(now)
        except (RecordsUnavailable, TimeoutError) as error:
            log.warning("figures_unreadable", cause=str(error) or type(error).__name__)
            return None

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, registry=self._registry)


class Happened:
    """What is counted as it happens, from the start of the process on."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.steps = Histogram(
            "dramatis_step_seconds",
            "Seconds per step, by the state in which it finds an attempt; `telling` is an announcement.",
            ("step",),
            buckets=STEP_BUCKETS,
            registry=registry,
        )
        self.calls = Counter(
            "dramatis_provider_calls",
            "Calls to providers, by how they ended, and why.",
            ("provider", "call", "outcome", "fault"),
            registry=registry,
        )
        self.deliveries = Counter(
            "dramatis_deliveries",
            "Announcements, by where they were made; parked are those for which there was no place.",
            ("kind", "rung"),
            registry=registry,
        )
        self.backup_at = Gauge(
            "dramatis_backup_last_success_timestamp_seconds",
            "When the last good backup was made; 0 for never.",
            registry=registry,
        )
        self.backup_every = Gauge(
            "dramatis_backup_interval_seconds",
            "How often one is to be made; 0 where none are scheduled.",
            registry=registry,
        )
        self.lag = Histogram(
            "dramatis_loop_lag_seconds",
            "How much later than due the event loop came round.",
            buckets=LAG_BUCKETS,
            registry=registry,
        )


class Rows:
    """What the rows say, read anew for each page."""

    def __init__(self, registry: CollectorRegistry, providers: Sequence[str]) -> None:
        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(name, meaning, labels, registry=registry)

        self._providers = providers
        self._readable = gauge("dramatis_rows_readable", "1 if the database answered.")
        self._open = gauge(
            "dramatis_attempts_open",
            "Attempts by state; unknown ones wait for somebody.",
            "provider",
            "state",
        )
        self._oldest = gauge(
            "dramatis_attempts_oldest_seconds", "Since the oldest of them was begun.", "provider", "state"
        )
        ways = ("provider", "state", "fault")
        self._latest = gauge("dramatis_attempts_of_last_day", "Attempts of 24 h, ended.", *ways)
        self._credits = gauge("dramatis_credits_of_last_day", "What these cost.", "provider")
        self._balance = gauge("dramatis_credits_balance", "What the account held when last asked.")
        self._untold = gauge("dramatis_announcements_pending", "Announcements that wait to be made.")
        self._overdue = gauge("dramatis_announcements_overdue_seconds", "Since the first of them was due.")
        self._breakers = gauge("dramatis_breaker_open", "1 while nothing is submitted to it.", "provider")

    def show(self, figures: Figures | None, now: datetime) -> None:
        """Takes over what was read; None leaves the counts out, instead of showing old ones."""
        for labelled in (self._open, self._oldest, self._latest, self._credits, self._breakers):
            labelled.clear()
        self._readable.set(figures is not None)
        if figures is None:
            for plain in (self._balance, self._untold, self._overdue):
                plain.set(nan)
            return
        for one in figures.open:
            self._open.labels(one.provider, one.state).set(one.count)
            self._oldest.labels(one.provider, one.state).set((now - one.oldest).total_seconds())
        self._show_latest(figures)
        self._show_breakers(figures.circuits)
        overdue = (now - figures.due_since).total_seconds() if figures.due_since else 0.0
        self._balance.set(nan if figures.balance is None else figures.balance)
        self._untold.set(figures.untold)
        self._overdue.set(max(0.0, overdue))

    def _show_latest(self, figures: Figures) -> None:
        for provider in self._providers:
            self._credits.labels(provider)
        for one in figures.of_last_day:
            self._latest.labels(one.provider, one.state, one.fault or NO_FAULT).set(one.count)
            self._credits.labels(one.provider).inc(one.credits_spent)

    def _show_breakers(self, circuits: Mapping[str, Fault]) -> None:
        for provider in {*self._providers, *circuits}:
            self._breakers.labels(provider).set(provider in circuits)
