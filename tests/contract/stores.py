"""Stores of every make, and the steps that most of their tests begin with."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.fault import Fault
from bot.model import Attempt, AttemptState, HandedOver, Job
from bot.moderation.audit import LogLines
from bot.moderation.bulks import BulkStore
from bot.moderation.departures import DepartureStore
from bot.moderation.exports import ExportStore
from bot.moderation.gates import GateStore
from bot.moderation.reports import ReportStore
from bot.moderation.reviews import ReviewStore
from bot.moderation.statements import StatementStore
from bot.moderation.takedowns import CharacterPosts, TakedownStore
from bot.moderation.text_rules import TextRuleStore
from bot.operator.credits import CreditStore
from bot.operator.news import OperatorNewsStore
from bot.operator.operating import OperatingStore, VitalStore
from bot.orders.picks import PickStore
from bot.records import JobRecords
from bot.stores import (
    AnnouncementStore,
    CharacterStore,
    CircuitStore,
    InstanceStore,
    JobStore,
    Rate,
    ServerStore,
    StrandedStore,
)
from storage.announcements import SqlAnnouncementStore
from storage.bulks import SqlBulkStore
from storage.characters import SqlCharacterStore
from storage.circuits import SqlCircuitStore
from storage.credits import SqlCreditStore
from storage.database import Database, sqlite_url
from storage.departures import SqlDepartureStore
from storage.exports import SqlExportStore
from storage.gates import SqlGateStore
from storage.instances import ALONE, SqlInstanceStore
from storage.jobs import SqlJobStore
from storage.log_lines import SqlLogLines
from storage.operating import SqlOperatingStore
from storage.operator_news import SqlOperatorNewsStore
from storage.picks import SqlPickStore
from storage.records import SqlJobRecords
from storage.reports import SqlReportStore
from storage.reviews import SqlReviewStore
from storage.servers import SqlServerStore
from storage.statements import SqlStatementStore
from storage.stranded import SqlStrandedStore
from storage.takedowns import SqlCharacterPosts, SqlTakedownStore
from storage.text_rules import SqlTextRuleStore
from storage.vitals import SqlVitalStore
from tests.builders import NOON, a_job, an_attempt
from tests.fakes.announcements import MemoryAnnouncementStore
from tests.fakes.bulks import MemoryBulkStore
from tests.fakes.characters import MemoryCharacterStore
from tests.fakes.circuits import MemoryCircuitStore
from tests.fakes.credits import MemoryCreditStore
from tests.fakes.departures import MemoryDepartureStore
from tests.fakes.exports import MemoryExportStore
from tests.fakes.gates import MemoryGateStore
from tests.fakes.instances import MemoryInstanceStore
from tests.fakes.jobs import MemoryJobStore
from tests.fakes.operating import MemoryOperatingStore, MemoryOperatorNewsStore
from tests.fakes.picks import MemoryPickStore
from tests.fakes.records import MemoryJobRecords
from tests.fakes.reports import MemoryReportStore
from tests.fakes.reviews import MemoryReviewStore
from tests.fakes.servers import MemoryLogLines, MemoryServerStore
from tests.fakes.statements import MemoryStatementStore
from tests.fakes.stranded import MemoryStrandedStore
from tests.fakes.takedowns import MemoryCharacterPosts, MemoryTakedownStore
from tests.fakes.text_rules import MemoryTextRuleStore
from tests.fakes.vitals import MemoryVitalStore
from tests.fakes.world import World
from tests.postgres.server import PostgresServer

LEASE_SECONDS = 60
OTHER = "other"
PLENTY = 1000
"""A limit or a cap that does not matter to the test."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Stores that share one database, or one in-memory world."""

    jobs: JobStore
    announcements: AnnouncementStore
    characters: CharacterStore
    circuits: CircuitStore
    instances: InstanceStore
    servers: ServerStore
    log_lines: LogLines
    exports: ExportStore
    bulks: BulkStore
    gates: GateStore
    picks: PickStore
    records: JobRecords
    stranded: StrandedStore
    reviews: ReviewStore
    text_rules: TextRuleStore
    credits: CreditStore
    operating: OperatingStore
    operator_news: OperatorNewsStore
    vitals: VitalStore
    statements: StatementStore
    departures: DepartureStore
    takedowns: TakedownStore
    character_posts: CharacterPosts
    reports: ReportStore
    other_process: Callable[[], "Stores"]
    """The same database as another process, with the id `other`, sees it."""


@asynccontextmanager
async def memory_stores() -> AsyncIterator[Stores]:
    yield stores_in(World())


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The database at `url`, for as long as the block lasts."""
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def sql_stores(url: str) -> AsyncIterator[Stores]:
    async with opened(url) as database:
        yield stores_over(database)


@asynccontextmanager
async def new_memory_stores(_request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    async with memory_stores() as made:
        yield made


@asynccontextmanager
async def new_sqlite_stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    folder: Path = request.getfixturevalue("tmp_path")
    async with sql_stores(sqlite_url(folder / "dramatis.db")) as made:
        yield made


@asynccontextmanager
async def new_postgres_stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    server: PostgresServer = request.getfixturevalue("postgres")
    async with server.database() as url, sql_stores(url) as made:
        yield made


def stores_in(world: World, instance_id: str = ALONE) -> Stores:
    return Stores(
        MemoryJobStore(world, instance_id),
        MemoryAnnouncementStore(world, instance_id),
        MemoryCharacterStore(world),
        MemoryCircuitStore(world),
        MemoryInstanceStore(world, instance_id),
        MemoryServerStore(world),
        MemoryLogLines(world),
        MemoryExportStore(world),
        MemoryBulkStore(world),
        MemoryGateStore(world),
        MemoryPickStore(world),
        MemoryJobRecords(world),
        MemoryStrandedStore(world, instance_id),
        MemoryReviewStore(world),
        MemoryTextRuleStore(world),
        MemoryCreditStore(world),
        MemoryOperatingStore(world),
        MemoryOperatorNewsStore(world),
        MemoryVitalStore(world),
        MemoryStatementStore(world),
        MemoryDepartureStore(world),
        MemoryTakedownStore(world),
        MemoryCharacterPosts(world),
        MemoryReportStore(world),
        lambda: stores_in(world, OTHER),
    )


def stores_over(database: Database, instance_id: str = ALONE) -> Stores:
    return Stores(
        SqlJobStore(database, instance_id),
        SqlAnnouncementStore(database, instance_id),
        SqlCharacterStore(database),
        SqlCircuitStore(database),
        SqlInstanceStore(database, instance_id),
        SqlServerStore(database),
        SqlLogLines(database),
        SqlExportStore(database),
        SqlBulkStore(database),
        SqlGateStore(database),
        SqlPickStore(database),
        SqlJobRecords(database),
        SqlStrandedStore(database, instance_id),
        SqlReviewStore(database),
        SqlTextRuleStore(database),
        SqlCreditStore(database),
        SqlOperatingStore(database),
        SqlOperatorNewsStore(database),
        SqlVitalStore(database),
        SqlStatementStore(database),
        SqlDepartureStore(database),
        SqlTakedownStore(database),
        SqlCharacterPosts(database),
        SqlReportStore(database),
        lambda: stores_over(database, OTHER),
    )


async def an_accepted_job(stores: Stores, job: Job | None = None, **changes: Any) -> tuple[Job, Attempt]:
    """A stored job and its first attempt; `changes` are the attempt's."""
    job = job or a_job()
    attempt = an_attempt(job, **changes)
    await stores.jobs.accept(job, attempt, daily_cap=PLENTY)
    return job, attempt


async def a_claimed(stores: Stores, attempt: Attempt, now: datetime = NOON) -> Attempt:
    """The stored attempt, leased; it has to be the first that is due in its state."""
    (claimed,) = await stores.jobs.claim([attempt.state], now, LEASE_SECONDS, 1)
    assert claimed.attempt_id == attempt.attempt_id
    return claimed


async def a_queued_attempt(stores: Stores, job: Job | None = None, **changes: Any) -> Attempt:
    """A stored attempt that waits for its turn, unleased."""
    _, attempt = await an_accepted_job(stores, job, **changes)
    return await stores.jobs.save(attempt.move(AttemptState.QUEUED), now=NOON)


async def a_handed_over_attempt(stores: Stores, job: Job | None = None, **changes: Any) -> Attempt:
    """A stored attempt whose clip the provider can read, unleased."""
    queued = await a_queued_attempt(stores, job, **changes)
    handed_over = HandedOver("https://files.example/clip.mp4", NOON)
    return await stores.jobs.save(queued.move(AttemptState.HANDED_OVER, handed_over=handed_over), now=NOON)


async def a_waiting_attempt(stores: Stores, task_id: str, **changes: Any) -> Attempt:
    """A stored attempt that the provider works on as `task_id`, unleased."""
    handed_over = await a_handed_over_attempt(stores, **changes)
    marked = await stores.jobs.begin_submission(handed_over, now=NOON, rate=Rate(PLENTY, 1.0))
    assert marked is not None
    return await stores.jobs.save(marked.move(AttemptState.WAITING, task_id=task_id), now=NOON)


async def an_unknown_attempt(stores: Stores, job: Job | None = None, **changes: Any) -> Attempt:
    """A stored attempt of which nobody knows whether the provider took the order, unleased."""
    handed_over = await a_handed_over_attempt(stores, job, **changes)
    marked = await stores.jobs.begin_submission(handed_over, now=NOON, rate=Rate(PLENTY, 1.0))
    assert marked is not None
    lost = marked.move(AttemptState.UNKNOWN, fault=Fault.OUTCOME_UNKNOWN, ended_at=NOON)
    return await stores.jobs.save(lost, now=NOON)


async def a_failed_attempt(stores: Stores, job: Job | None = None) -> Attempt:
    """A stored attempt that ended and may be tried again."""
    queued = await a_queued_attempt(stores, job)
    return await stores.jobs.save(queued.move(AttemptState.FAILED, ended_at=NOON), now=NOON)


async def attempt_of(stores: Stores, attempt: Attempt) -> Attempt:
    """The attempt as it is stored now."""
    story = await stores.jobs.story(attempt.job_id, attempt.number)
    assert story is not None
    return story.attempt
