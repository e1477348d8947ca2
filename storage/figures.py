"""Counting rows for whoever watches the bot: what is open, and what came of a day."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, Select, func, literal_column, select

from bot.fault import Fault
from bot.model import OPEN_STATES, AttemptState
from bot.operator.figures import Figures, LatestAttempts, OpenAttempts
from storage.database import Database
from storage.schema import PENDING, SCHEDULED, announcements, attempts, balances, circuits

DAY = timedelta(days=1)
MADE_AT = attempts.c.provider.concat(literal_column("''")).label("provider")
"""An expression: grouping by the bare column, SQLite would walk an index of all attempts in its order."""
OPEN = (
    select(
        attempts.c.provider,
        attempts.c.state,
        func.count().label("count"),
        func.min(attempts.c.created_at).label("oldest"),
    )
    .where(SCHEDULED)
    .group_by(attempts.c.provider, attempts.c.state)
)
UNTOLD = select(
    func.count().label("untold"),
    func.min(announcements.c.due_at).label("due_since"),
).where(PENDING)
CIRCUITS = select(circuits.c.provider, circuits.c.fault)
BALANCE = select(balances.c.credits).order_by(balances.c.at.desc()).limit(1)


class SqlFigureStore:
    """A few statements, each over an index or a handful of rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def figures(self, now: datetime) -> Figures:
        """What the rows say; reads those that are open, and those of a day.

        Raises:
            RecordsUnavailable: the database did not do its work.
        """
        async with self._database.read() as connection:
            still_open = (await connection.execute(OPEN)).mappings().all()
            ended = (await connection.execute(ended_since(now - DAY))).mappings().all()
            untold = (await connection.execute(UNTOLD)).mappings().one()
            balance = await connection.scalar(BALANCE)
            held = (await connection.execute(CIRCUITS)).mappings().all()
        return Figures(
            open=tuple(map(_open_of, still_open)),
            of_last_day=tuple(_latest_of(ended)),
            untold=untold["untold"],
            due_since=untold["due_since"],
            circuits={row["provider"]: Fault(row["fault"]) for row in held},
            balance=balance,
        )


def ended_since(since: datetime) -> Select[Any]:
    """Attempts that were begun since then and have ended, by how they did."""
    ways = (MADE_AT, attempts.c.state, attempts.c.fault)
    return (
        select(*ways, func.count().label("count"), func.sum(attempts.c.credits_spent).label("credits"))
        .where(attempts.c.created_at >= since, attempts.c.state.not_in(sorted(OPEN_STATES)))
        .group_by(*ways)
    )


def _open_of(row: RowMapping) -> OpenAttempts:
    return OpenAttempts(row["provider"], AttemptState(row["state"]), row["count"], row["oldest"])


def _latest_of(rows: Iterable[RowMapping]) -> Iterable[LatestAttempts]:
    for row in rows:
        fault = Fault(row["fault"]) if row["fault"] is not None else None
        state = AttemptState(row["state"])
        yield LatestAttempts(row["provider"], state, fault, row["count"], row["credits"] or 0.0)
