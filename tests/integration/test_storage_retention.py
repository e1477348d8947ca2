"""What is given up when its time is over, and what never is."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from bot.deeds import Deed
from bot.jobs.retention import Retention
from bot.model import AttemptState, MessageRef
from bot.picks import Pick
from bot.report import Report, ReportKind, ReportOutcome
from bot.reports import Decision
from storage.database import sqlite_url
from storage.retention import SqlRetentionStore
from tests.builders import (
    CHANNEL_ID,
    GUILD_ID,
    NOON,
    OWNER_ID,
    a_character,
    a_clip,
    a_job,
    an_attempt,
    an_id,
    an_order,
)
from tests.contract.stores import PLENTY, Stores, opened, stores_over
from tests.fakes.clock import FixedClock
from tests.postgres.server import PostgresServer

S = AttemptState
DAY = timedelta(days=1)


class Shelf:
    """A database, what gives up in it, and the clock that it goes by."""

    def __init__(self, stores: Stores, store: SqlRetentionStore) -> None:
        self.stores = stores
        self.clock = FixedClock(NOON)
        self.retention = Retention(store=store, clock=self.clock)

    async def job(self, *ways: AttemptState, made: bool = False) -> str:
        """A job with a kept clip, gone through these states at noon; with a character, if it `made` one."""
        job = a_job()
        attempt = an_attempt(job)
        await self.stores.jobs.accept(job, attempt, daily_cap=PLENTY)
        attempt = await self.stores.jobs.save(attempt.move(S.QUEUED), now=NOON, clip=a_clip())
        for state in ways:
            character = a_character(attempt) if made and state is S.SUCCEEDED else None
            moved = attempt.move(state, ended_at=NOON)
            attempt = await self.stores.jobs.save(moved, now=NOON, character=character)
        return job.job_id

    async def keeps(self, job_id: str, after: timedelta) -> bool:
        """Whether the clip of a job is still kept so long after noon."""
        self.clock.set(NOON + after)
        await self.retention.lapse()
        job = await self.stores.jobs.job(job_id)
        assert job is not None
        return job.clip is not None


@pytest.fixture(params=["sqlite", "postgresql"])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    async with AsyncExitStack() as stack:
        url = sqlite_url(tmp_path / "dramatis.db")
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            url = await stack.enter_async_context(server.database())
        database = await stack.enter_async_context(opened(url))
        yield Shelf(stores_over(database), SqlRetentionStore(database))


async def test_a_clip_of_an_ended_job_is_kept_for_thirty_days_and_then_given_up(shelf: Shelf) -> None:
    failed = await shelf.job(S.FAILED)

    assert await shelf.keeps(failed, 30 * DAY - timedelta(seconds=1))
    assert not await shelf.keeps(failed, 30 * DAY)
    assert await shelf.stores.jobs.wanted_keys() == set()


async def test_a_server_decides_for_how_many_days(shelf: Shelf) -> None:
    failed = await shelf.job(S.FAILED)
    await shelf.stores.servers.change(GUILD_ID, "retention_days", "2", actor_id=OWNER_ID, now=NOON)

    assert await shelf.keeps(failed, 2 * DAY - timedelta(seconds=1))
    assert not await shelf.keeps(failed, 2 * DAY)


async def test_what_goes_on_and_what_a_character_was_made_of_is_kept_for_ever(shelf: Shelf) -> None:
    waiting = await shelf.job()
    made = await shelf.job(S.HANDED_OVER, S.SUBMITTING, S.WAITING, S.SUCCEEDED, made=True)

    assert await shelf.keeps(waiting, 4000 * DAY)
    assert await shelf.keeps(made, 4000 * DAY)


async def test_tokens_and_picks_are_erased_when_nothing_can_come_of_them(shelf: Shelf) -> None:
    job_id = await shelf.job()
    attachment = an_order().attachment
    pick = Pick(an_id(), OWNER_ID, GUILD_ID, MessageRef(CHANNEL_ID, 7), 8, attachment, NOON)
    await shelf.stores.picks.keep(pick, forget_before=NOON)

    await shelf.keeps(job_id, timedelta(minutes=15))
    early = await shelf.stores.jobs.job(job_id)
    assert early is not None
    assert early.order.ticket.token
    assert await shelf.stores.picks.get(pick.pick_id) is not None

    await shelf.keeps(job_id, DAY + timedelta(seconds=1))
    late = await shelf.stores.jobs.job(job_id)
    assert late is not None
    assert late.order.ticket.token == ""
    assert await shelf.stores.picks.get(pick.pick_id) is None


async def test_a_statement_is_kept_for_a_year_and_as_long_as_there_is_a_character(shelf: Shelf) -> None:
    failed = await shelf.job(S.FAILED)
    made = await shelf.job(S.HANDED_OVER, S.SUBMITTING, S.SUCCEEDED, made=True)
    year = timedelta(days=365)

    await shelf.keeps(made, year)
    assert await shelf.stores.statements.of_job(failed) is not None
    await shelf.keeps(made, year + timedelta(seconds=1))

    assert await shelf.stores.statements.of_job(failed) is None
    assert await shelf.stores.statements.of_job(made) is not None


async def test_a_report_is_kept_for_a_year_after_it_was_decided_and_until_then(shelf: Shelf) -> None:
    job_id, year = await shelf.job(S.FAILED), timedelta(days=365)
    reports = [Report(an_id(), job_id, GUILD_ID, OWNER_ID + n, ReportKind.OTHER, "", NOON) for n in range(2)]
    for report in reports:
        deed = Deed(GUILD_ID, 0, NOON, "report", "7F3A-21QX")
        await shelf.stores.reports.file(report, at_most=9, within=DAY, deed=deed)
    decided, waiting = reports
    decision = Decision(ReportOutcome.DISMISSED, NOON, OWNER_ID + 9, "")
    await shelf.stores.reports.decide(decided, decision, Deed(GUILD_ID, 9, NOON, "dismiss", "7F3A-21QX"))

    await shelf.keeps(job_id, year)
    assert await shelf.stores.reports.get(GUILD_ID, decided.report_id) is not None
    await shelf.keeps(job_id, year + timedelta(seconds=1))

    assert await shelf.stores.reports.get(GUILD_ID, decided.report_id) is None
    assert await shelf.stores.reports.get(GUILD_ID, waiting.report_id) is not None
