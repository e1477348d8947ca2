"""What the operator does from a shell, beside a running bot: look, settle a job, drain, bar a server.

Looking reads the database and nothing else. What is decided is a row, which the bot finds when it next asks.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import discord

from bot.assembly.engine import providers_of
from bot.assembly.observer import observer
from bot.assembly.operator import build_bookkeeping, build_control_room
from bot.clock import SystemClock
from bot.jobs.settling import Settled, Settling
from bot.jobs.staff.control_room import ServerStanding, Standing
from bot.jobs.staff.oversight import Search, Timeline
from bot.operator.credits import CreditReport
from bot.operator.operating import SHELL, Bar, Drain
from bot.records import JobRecord
from bot.refusals.starts import DiscordUnreachable
from bot.settings import Settings
from storage.database import Database
from storage.errors import DatabaseUnusable, SchemaTooNew, SchemaTooOld
from storage.jobs import SqlJobStore
from storage.records import SqlJobRecords

__all__ = [
    "DatabaseUnusable",
    "Found",
    "SchemaTooNew",
    "SchemaTooOld",
    "Settled",
    "credits_of",
    "drain",
    "find_jobs",
    "leave",
    "server",
    "set_daily_cap",
    "settle",
    "timeline",
    "until_nothing_is_left",
]

LOOK_SECONDS = 2.0
"""Between two looks at how far a drain is."""


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


async def timeline(settings: Settings, reference: str) -> Timeline:
    """All that is known of a job, by its reference or its id; of a private one no word of its member.

    Raises:
        DatabaseUnusable, SchemaTooNew, SchemaTooOld: there is no database of this release.
        NotFound, ReferenceAmbiguous: no job is called so, or several are.
    """
    async with _attached(settings) as database:
        return await build_control_room(settings, database).timeline(reference)


async def credits_of(settings: Settings) -> CreditReport:
    """How the account at the provider stands, and what its orders cost.

    Raises:
        DatabaseUnusable, SchemaTooNew, SchemaTooOld: there is no database of this release.
    """
    async with _attached(settings) as database, aiohttp.ClientSession() as session:
        return await build_bookkeeping(settings, database, session).report()


async def set_daily_cap(settings: Settings, cap: int) -> None:
    """Sets the cap of new attempts in a day, in place of the setting, for the running bot as well.

    Raises:
        DatabaseUnusable, SchemaTooNew, SchemaTooOld: there is no database of this release.
    """
    async with _attached(settings) as database:
        await build_control_room(settings, database).set_daily_cap(cap, SHELL)


async def drain(settings: Settings, change: Drain | None, *, on: bool | None) -> Standing:
    """How far a drain is; first begins it (`change`) or ends it, unless `on` is None.

    Raises:
        DatabaseUnusable, SchemaTooNew, SchemaTooOld: there is no database of this release.
    """
    async with _attached(settings) as database:
        room = build_control_room(settings, database)
        if on is not None:
            await room.set_drain(change if on else None, SHELL)
        return await room.standing()


async def until_nothing_is_left(settings: Settings, watch: Callable[[int], None]) -> bool:
    """Waits for the end of a drain, telling `watch` how much is left; False where none is on any more.

    Raises:
        DatabaseUnusable, SchemaTooNew, SchemaTooOld: there is no database of this release.
    """
    async with _attached(settings) as database:
        room = build_control_room(settings, database)
        while (standing := await room.standing()).operating.drain is not None:
            watch(standing.vitals.left)
            if standing.vitals.left == 0:
                return True
            await asyncio.sleep(LOOK_SECONDS)
    return False


async def server(settings: Settings, guild_id: int, *, bar: Bar | None, unbar: bool) -> ServerStanding:
    """How a server stands with the bot; first bars it or lets it in again, where that is asked.

    Raises:
        DatabaseUnusable, SchemaTooNew, SchemaTooOld: there is no database of this release.
    """
    async with _attached(settings) as database:
        room = build_control_room(settings, database)
        if bar is not None:
            await room.bar(guild_id, bar.reason, SHELL)
        elif unbar:
            await room.unbar(guild_id, SHELL)
        return await room.server(guild_id)


async def leave(settings: Settings, guild_id: int) -> bool:
    """Has the bot leave a server; False where it is not in it.

    Raises:
        TokenRefused, DiscordUnreachable: Discord does not take the token, or does not answer.
    """
    async with observer(settings) as client:
        try:
            await client.http.leave_guild(guild_id)
        except (discord.Forbidden, discord.NotFound):
            return False
        except discord.HTTPException as error:
            raise DiscordUnreachable(settings.discord_api_base_url, f"HTTP {error.status}") from None
    return True


@asynccontextmanager
async def _attached(settings: Settings) -> AsyncIterator[Database]:
    database = await Database.attach(settings.database)
    try:
        yield database
    finally:
        await database.close()
