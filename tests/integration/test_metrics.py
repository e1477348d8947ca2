"""The page for Prometheus: what rows of each kind of database say, what was measured, and trouble."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from math import isnan
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.errors import RecordsUnavailable
from bot.fault import Fault
from bot.model import AttemptState, Circuit
from bot.notices import NoticeKind
from bot.operator.credits import Balance
from bot.operator.figures import CallOutcome, Figures, Rung
from bot.web.listener import listener
from bot.web.metrics import Gateway, Metrics
from storage.credits import SqlCreditStore
from storage.database import Database, sqlite_url
from storage.figures import SqlFigureStore
from tests.builders import NOON, PROVIDER
from tests.contract.stores import (
    a_failed_attempt,
    a_queued_attempt,
    an_accepted_job,
    an_unknown_attempt,
    opened,
    stores_over,
)
from tests.fakes.clock import FixedClock

LATER = NOON + timedelta(minutes=10)
OTHER = "another"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Silent:
    """A store whose database does not answer."""

    async def figures(self, now: datetime) -> Figures:
        raise RecordsUnavailable(str(now))


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        async with opened(sqlite_url(tmp_path / "dramatis.db")) as made:
            yield made
    else:
        async with request.getfixturevalue("postgres").database() as url, opened(url) as made:
            yield made


def metrics_on(figures: SqlFigureStore | Silent) -> Metrics:
    gateway = Gateway(lambda: True, lambda: 0.25)
    return Metrics(
        figures,
        FixedClock(LATER),
        version="1.2.3",
        providers=[PROVIDER],
        gateway=gateway,
        warn_below=200.0,
    )


async def scraped(metrics: Metrics) -> Samples:
    """The page as Prometheus reads it over a socket."""
    async with (
        listener("127.0.0.1", 0, {}, metrics.routes()) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        text = await answer.text()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


async def test_attempts_are_counted_by_state_with_the_age_of_the_oldest(database: Database) -> None:
    stores = stores_over(database)
    await a_queued_attempt(stores)
    await a_queued_attempt(stores, created_at=NOON - timedelta(hours=1))
    await a_queued_attempt(stores, provider=OTHER)
    await an_unknown_attempt(stores)

    samples = await scraped(metrics_on(SqlFigureStore(database)))

    assert value(samples, "dramatis_attempts_open", provider=PROVIDER, state="queued") == 2
    assert value(samples, "dramatis_attempts_open", provider=OTHER, state="queued") == 1
    assert value(samples, "dramatis_attempts_open", provider=PROVIDER, state="unknown") == 1
    assert value(samples, "dramatis_attempts_oldest_seconds", provider=PROVIDER, state="queued") == 70 * 60


async def test_ends_and_credits_of_a_day_are_counted_and_older_ones_are_not(database: Database) -> None:
    stores = stores_over(database)
    for created_at, credits_spent in ((NOON, 10.5), (NOON, 4.0), (NOON - timedelta(days=2), 100.0)):
        queued = await a_queued_attempt(stores, created_at=created_at)
        failed = queued.move(
            AttemptState.FAILED, fault=Fault.NO_CREDIT, credits_spent=credits_spent, ended_at=NOON
        )
        await stores.jobs.save(failed, now=NOON)
    await a_failed_attempt(stores)

    samples = await scraped(metrics_on(SqlFigureStore(database)))

    ended = {"provider": PROVIDER, "state": "failed"}
    assert value(samples, "dramatis_attempts_of_last_day", fault="no_credit", **ended) == 2
    assert value(samples, "dramatis_attempts_of_last_day", fault="", **ended) == 1
    assert value(samples, "dramatis_credits_of_last_day", provider=PROVIDER) == 14.5


async def test_what_waits_to_be_told_is_counted_with_its_delay(database: Database) -> None:
    stores = stores_over(database)
    job, _ = await an_accepted_job(stores)
    for kind, due_at in ((NoticeKind.THREAD, NOON), (NoticeKind.CARD, LATER + timedelta(minutes=1))):
        await stores.announcements.add(job.job_id, 0, kind, due_at)

    samples = await scraped(metrics_on(SqlFigureStore(database)))

    assert value(samples, "dramatis_announcements_pending") == 2
    assert value(samples, "dramatis_announcements_overdue_seconds") == 600


async def test_an_open_breaker_is_one_and_a_closed_one_nought(database: Database) -> None:
    store, metrics = SqlFigureStore(database), metrics_on(SqlFigureStore(database))
    assert value(await scraped(metrics), "dramatis_breaker_open", provider=PROVIDER) == 0

    circuit = Circuit(OTHER, Fault.MODEL_OFF, NOON, LATER)
    await stores_over(database).circuits.open(circuit, NOON)
    await stores_over(database).circuits.open(replace(circuit, provider=PROVIDER), NOON)

    samples = await scraped(metrics)
    assert value(samples, "dramatis_breaker_open", provider=PROVIDER) == 1
    assert value(samples, "dramatis_breaker_open", provider=OTHER) == 1
    assert (await store.figures(NOON)).circuits[OTHER] is Fault.MODEL_OFF
    await stores_over(database).circuits.close(OTHER, NOON)
    gone = ("dramatis_breaker_open", frozenset({("provider", OTHER)}))
    assert gone not in await scraped(metrics)


async def test_the_latest_balance_is_shown_and_before_the_first_none(database: Database) -> None:
    metrics, ledger = metrics_on(SqlFigureStore(database)), SqlCreditStore(database)
    assert isnan(value(await scraped(metrics), "dramatis_credits_balance"))

    for balance in (Balance(NOON, 500.0), Balance(NOON - timedelta(hours=1), 900.0)):
        await ledger.sample(balance)

    samples = await scraped(metrics)
    assert value(samples, "dramatis_credits_balance") == 500
    assert value(samples, "dramatis_credits_warn_below") == 200


async def test_what_happened_is_added_up() -> None:
    metrics = metrics_on(Silent())
    for _ in range(3):
        metrics.told(NoticeKind.RESULT, Rung.THREAD)
    metrics.provider_answered(PROVIDER, "submit", CallOutcome.REFUSED, Fault.NO_CREDIT)
    metrics.step_taken("queued", 0.7)
    metrics.loop_lagged(0.3)

    samples = await scraped(metrics)

    assert value(samples, "dramatis_deliveries_total", kind="result", rung="thread") == 3
    refused = {"provider": PROVIDER, "call": "submit", "outcome": "refused", "fault": "no_credit"}
    assert value(samples, "dramatis_provider_calls_total", **refused) == 1
    assert value(samples, "dramatis_step_seconds_sum", step="queued") == 0.7
    assert value(samples, "dramatis_loop_lag_seconds_bucket", le="0.25") == 0
    assert value(samples, "dramatis_loop_lag_seconds_bucket", le="0.5") == 1
    assert value(samples, "dramatis_gateway_connected") == 1
    assert value(samples, "dramatis_gateway_latency_seconds") == 0.25


async def test_without_the_database_the_page_says_so_and_shows_no_old_counts(tmp_path: Path) -> None:
    async with opened(sqlite_url(tmp_path / "dramatis.db")) as made:
        await a_queued_attempt(stores_over(made))
        metrics = metrics_on(SqlFigureStore(made))
        assert value(await scraped(metrics), "dramatis_rows_readable") == 1
        metrics._figures = Silent()

        samples = await scraped(metrics)

    assert value(samples, "dramatis_rows_readable") == 0
    assert not [name for name, _ in samples if name == "dramatis_attempts_open"]
    assert isnan(value(samples, "dramatis_announcements_pending"))


async def test_two_bots_in_one_process_have_a_registry_each() -> None:
    one, other = metrics_on(Silent()), metrics_on(Silent())
    one.told(NoticeKind.RESULT, Rung.CARD)

    labels = frozenset({("kind", "result"), ("rung", "card")})
    assert ("dramatis_deliveries_total", labels) in await scraped(one)
    assert ("dramatis_deliveries_total", labels) not in await scraped(other)
