"""What the operator looks at and decides with, from Discord and from a shell; a database is all it takes."""

import aiohttp

from bot.assembly.engine import kie_client
from bot.clock import SystemClock
from bot.jobs.account.purse import Bookkeeping
from bot.jobs.staff.control_room import ControlRoom
from bot.settings import Settings
from storage.announcements import SqlAnnouncementStore
from storage.circuits import SqlCircuitStore
from storage.credits import SqlCreditStore
from storage.database import Database
from storage.gates import SqlGateStore
from storage.operating import SqlOperatingStore
from storage.records import SqlJobRecords
from storage.vitals import SqlVitalStore


def build_control_room(settings: Settings, database: Database) -> ControlRoom:
    return ControlRoom(
        operating=SqlOperatingStore(database),
        vitals=SqlVitalStore(database),
        ledger=SqlCreditStore(database),
        circuits=SqlCircuitStore(database),
        gates=SqlGateStore(database),
        records=SqlJobRecords(database),
        announcements=SqlAnnouncementStore(database),
        providers=settings.providers,
        clock=SystemClock(),
    )


def build_bookkeeping(settings: Settings, database: Database, session: aiohttp.ClientSession) -> Bookkeeping:
    return Bookkeeping(
        account=kie_client(settings, session),
        ledger=SqlCreditStore(database),
        operating=SqlOperatingStore(database),
        clock=SystemClock(),
        cap=settings.daily_creation_cap,
    )
