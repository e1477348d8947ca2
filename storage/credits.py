"""What the account held, and what orders cost, in the database."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Attempt, AttemptState
from bot.moderation.gates import is_given_back
from bot.operator.credits import Balance, Charge
from storage.database import Database
from storage.dialects import insert
from storage.limits import count_of_day
from storage.rows import attempt_of
from storage.schema import TIMED, attempts, balances

KEPT = timedelta(days=62)
"""Two months, so that this one and the one before can be added up."""
WAITED_AT_MOST = timedelta(days=2)
"""Longer than an attempt can wait before it is ordered: only the day it was made has an index."""
RUNNING = frozenset({AttemptState.SUBMITTING, AttemptState.WAITING})
NOT_ORDERED = frozenset({AttemptState.QUEUED, AttemptState.HANDED_OVER})
"""Whoever stands there has been refused, or was never sent."""


class SqlCreditStore:
    """Balances, a row each; the cost of orders stands in their attempts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sample(self, balance: Balance) -> None:
        """Keeps a balance, and forgets those of more than two months ago."""
        async with self._database.write() as connection:
            adding = insert(connection, balances).values(at=balance.at, credits=balance.credits)
            changed = {"credits": balance.credits}
            await connection.execute(adding.on_conflict_do_update(index_elements=("at",), set_=changed))
            await connection.execute(delete(balances).where(balances.c.at < balance.at - KEPT))

    async def latest(self) -> Balance | None:
        """The newest balance."""
        async with self._database.read() as connection:
            return await _newest(connection)

    async def balances(self, since: datetime) -> list[Balance]:
        """The balances from `since` on, and the last one before, in the order of their times."""
        after = select(balances).where(balances.c.at >= since).order_by(balances.c.at)
        async with self._database.read() as connection:
            before = await _newest(connection, since)
            rows = (await connection.execute(after)).mappings().all()
        return [*((before,) if before else ()), *(Balance(row["at"], row["credits"]) for row in rows)]

    async def charges(self, since: datetime) -> list[Charge]:
        """The orders placed from `since` on that may have cost something."""
        ordered = select(attempts).where(
            attempts.c.created_at >= since - WAITED_AT_MOST,
            attempts.c.submitted_at >= since,
            attempts.c.state.not_in([state.value for state in NOT_ORDERED]),
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(ordered)).mappings().all()
        return [charge for row in rows if (charge := charge_of(attempt_of(row))) is not None]

    async def told(self, provider: str, limit: int) -> list[float]:
        """What the provider told that its latest `limit` characters cost, the newest first."""
        made = (
            select(attempts.c.credits_spent)
            .where(TIMED, attempts.c.provider == provider)
            .where(attempts.c.state == AttemptState.SUCCEEDED.value, attempts.c.credits_spent.is_not(None))
            .order_by(attempts.c.ended_at.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            return list((await connection.scalars(made)).all())

    async def counted(self, now: datetime) -> int:
        """How many attempts count against the cap of the day of `now`."""
        async with self._database.read() as connection:
            return await count_of_day(connection, now)


def charge_of(attempt: Attempt) -> Charge | None:
    """What an attempt may have cost; None for one that was never ordered, or cost nothing."""
    if attempt.submitted_at is None or attempt.state in NOT_ORDERED or is_given_back(attempt):
        return None
    ended_at = None if attempt.state in RUNNING else attempt.ended_at
    return Charge(attempt.submitted_at, ended_at, attempt.credits_spent)


async def _newest(connection: AsyncConnection, before: datetime | None = None) -> Balance | None:
    found = select(balances).order_by(balances.c.at.desc()).limit(1)
    found = found if before is None else found.where(balances.c.at < before)
    row = (await connection.execute(found)).mappings().first()
    return None if row is None else Balance(row["at"], row["credits"])
