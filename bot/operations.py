"""What the operator does from a shell, beside a running bot: look at jobs, settle an unknown one.

Looking reads the database and nothing else. Settling writes one row; the bot finds it within a second.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.clock import SystemClock
from bot.credits import CreditReport
from bot.jobs.oversight import Search
from bot.jobs.purse import Bookkeeping
from bot.jobs.settling import Settled, Settling
from bot.records import JobRecord
from bot.settings import Settings
from bot.wiring import kie_client, providers_of
from storage.credits import SqlCreditStore
from storage.database import Database
from storage.errors import DatabaseUnusable, SchemaTooNew, SchemaTooOld
from storage.jobs import SqlJobStore
from storage.operating import SqlOperatingStore
from storage.records import SqlJobRecords

__all__ = [
    "DatabaseUnusable",
    "Found",
    "SchemaTooNew",
    "SchemaTooOld",
    "Settled",
    "credits_of",
    "find_jobs",
    "settle",
]


@dataclass(frozen=True, slots=True)
class Found:
    """The first of the jobs that were looked for, and how many there are in all."""

    records: list[JobRecord]
    count: int


async def find_jobs(settings: Settings, search: Search, limit: int) -> Found:
    """Jobs of all servers, those that stand at an unknown outcome first, else newest first.

    Raises:
        DatabaseUnusable, SchemaTooNew, SchemaTooOld: there is no database of this release.
    """
    wanted = search.wanted(None, SystemClock().now())
    async with _attached(settings) as database:
        records = SqlJobRecords(database)
        return Found(await records.find(wanted, limit=limit), await records.count(wanted))


async def settle(settings: Settings, reference: str, task_id: str, attempt_number: int | None) -> Settled:
    """Gives an unknown attempt the task that the operator found at the provider.

    Raises:
        DatabaseUnusable, SchemaTooNew, SchemaTooOld: there is no database of this release.
        NotFound, SettlementRefused, JobConflict: nothing was changed, for the reason that it names.
    """
    async with _attached(settings) as database, aiohttp.ClientSession() as session:
        settling = Settling(
            jobs=SqlJobStore(database),
            records=SqlJobRecords(database),
            providers=providers_of(settings, session),
            clock=SystemClock(),
        )
        return await settling.settle(reference, task_id, attempt_number)


async def credits_of(settings: Settings) -> CreditReport:
    """How the account at the provider stands, and what its orders cost.

    Raises:
        DatabaseUnusable, SchemaTooNew, SchemaTooOld: there is no database of this release.
    """
    async with _attached(settings) as database, aiohttp.ClientSession() as session:
        return await Bookkeeping(
            account=kie_client(settings, session),
            ledger=SqlCreditStore(database),
            operating=SqlOperatingStore(database),
            clock=SystemClock(),
            cap=settings.daily_creation_cap,
        ).report()


@asynccontextmanager
async def _attached(settings: Settings) -> AsyncIterator[Database]:
    database = await Database.attach(settings.database)
    try:
        yield database
    finally:
        await database.close()
