"""Two providers for cogs on a real database: the first takes clips, the second one pictures of them."""

from bot.clock import SystemClock
from bot.jobs.failover import Ways
from bot.model import Maker
from storage.circuits import SqlCircuitStore
from storage.credits import SqlCreditStore
from storage.database import Database
from storage.servers import SqlServerStore
from tests.builders import PROVIDER, serial

SECOND = "another"
MAKERS = (Maker(PROVIDER, "First", from_picture=False), Maker(SECOND, "Second", from_picture=True))


def ways_over(database: Database) -> Ways:
    return Ways(
        order=(PROVIDER, SECOND),
        makers={maker.provider: maker for maker in MAKERS},
        circuits=SqlCircuitStore(database),
        servers=SqlServerStore(database),
        new_token=lambda: f"{next(serial):032x}",
        ledger=SqlCreditStore(database),
        clock=SystemClock(),
    )
