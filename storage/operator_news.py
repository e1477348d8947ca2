"""What the people who run the bot are still to be told, in the database: rows of the table `operating`."""

import json
from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.operator.balance_news import BalanceLevel, BalanceNews
from bot.operator.news import OperatorNews, ReportNews
from bot.report import ReportKind
from storage.database import Database
from storage.dialects import insert
from storage.schema import operating

BALANCE, REPORT = "balance_news", "report_news:"
IS_NEWS = or_(operating.c.name == BALANCE, operating.c.name.startswith(REPORT, autoescape=True))


class SqlOperatorNewsStore:
    """One row for each thing there is news of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def untold_news(self) -> list[OperatorNews]:
        """What is still to be told, the oldest first."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(operating).where(IS_NEWS))).mappings().all()
        return sorted(map(_read, rows), key=lambda news: (news.at, news.nonce))

    async def note_told(self, news: OperatorNews, user_id: int) -> None:
        """Somebody was told."""
        async with self._database.write() as connection:
            row = await _row_of(connection, news)
            if row is not None:
                stored = _read(row)
                told = _written(replace(stored, told_to=stored.told_to | {user_id}))
                await connection.execute(update(operating).where(_unchanged(row)).values(value=told))

    async def forget_news(self, news: OperatorNews) -> None:
        """Everybody was told, or nobody can be. Newer news stay."""
        async with self._database.write() as connection:
            row = await _row_of(connection, news)
            if row is not None:
                await connection.execute(delete(operating).where(_unchanged(row)))


async def put(connection: AsyncConnection, news: OperatorNews) -> None:
    """Has it told, in place of what was to be told of the same thing."""
    row = {"name": _name(news), "value": _written(news)}
    adding = insert(connection, operating).values(row)
    await connection.execute(adding.on_conflict_do_update(index_elements=("name",), set_=row))


async def drop_reports(connection: AsyncConnection, report_ids: Collection[str]) -> None:
    """Has nothing more told of these reports."""
    names = [f"{REPORT}{report_id}" for report_id in report_ids]
    await connection.execute(delete(operating).where(operating.c.name.in_(names)))


async def _row_of(connection: AsyncConnection, news: OperatorNews) -> RowMapping | None:
    """The row of these news; None where newer ones are there, or none."""
    own = select(operating).where(operating.c.name == _name(news))
    row = (await connection.execute(own)).mappings().first()
    return row if row is not None and _read(row).at == news.at else None


def _unchanged(row: RowMapping) -> ColumnElement[bool]:
    """As it was read: what a report brings meanwhile comes in its own transaction, and waits for nobody."""
    return and_(operating.c.name == row["name"], operating.c.value == row["value"])


def _name(news: OperatorNews) -> str:
    return BALANCE if isinstance(news, BalanceNews) else f"{REPORT}{news.report_id}"


def _written(news: OperatorNews) -> str:
    return json.dumps(asdict(news) | {"at": news.at.isoformat(), "told_to": sorted(news.told_to)})


def _read(row: RowMapping) -> OperatorNews:
    fields = json.loads(row["value"])
    fields |= {"at": datetime.fromisoformat(fields["at"]), "told_to": frozenset(fields["told_to"])}
    if row["name"] == BALANCE:
        return BalanceNews(**fields | {"level": BalanceLevel(fields["level"])})
    return ReportNews(**fields | {"kind": ReportKind(fields["kind"])})
