"""How much there is to do, counted in the database."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, func, select

from bot.model import AttemptState
from bot.notices import NoticeState
from bot.operator.operating import Vitals
from storage.database import Database
from storage.figures import OPEN
from storage.moderation_tables import departures
from storage.report_tables import OPEN_REPORT, reports
from storage.schema import PENDING, announcements, attempts

S = AttemptState
BEGINNING = frozenset({S.RECEIVED, S.OFFERED, S.MENDING})
WAITING = frozenset({S.QUEUED, S.HANDED_OVER})
RUNNING = frozenset({S.SUBMITTING, S.WAITING})
SUCCESS_LOOKED_FOR = timedelta(days=30)


class SqlVitalStore:
    """Counts, and changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def vitals(self, now: datetime) -> Vitals:
        """The figures at `now`."""
        async with self._database.read() as connection:
            by_state = (await connection.execute(OPEN)).mappings().all()
            due = (await connection.execute(DUE.where(announcements.c.due_at <= now))).mappings().one()
            parked = await connection.scalar(PARKED)
            reported = (await connection.execute(REPORTED)).mappings().one()
            since = now - SUCCESS_LOOKED_FOR
            made = (await connection.execute(SUCCESSES.where(attempts.c.created_at >= since))).mappings()
            successes = {row["provider"]: row["latest"] for row in made}
        return Vitals(
            beginning=_count(by_state, BEGINNING),
            waiting=_count(by_state, WAITING),
            running=_count(by_state, RUNNING),
            waiting_since=min((row["oldest"] for row in by_state if row["state"] in WAITING), default=None),
            undelivered=due["count"],
            undelivered_since=due["oldest"],
            parked=parked or 0,
            last_successes=successes,
            reports=reported["count"],
            reports_since=reported["oldest"],
        )


DUE = select(func.count().label("count"), func.min(announcements.c.due_at).label("oldest")).where(PENDING)
PARKED = (
    select(func.count()).select_from(announcements).where(announcements.c.state == NoticeState.PARKED.value)
)
REPORTED = (
    select(func.count().label("count"), func.min(reports.c.reported_at).label("oldest"))
    .select_from(reports)
    .where(OPEN_REPORT, reports.c.guild_id.not_in(select(departures.c.guild_id)))
)
SUCCESSES = (
    select(attempts.c.provider, func.max(attempts.c.ended_at).label("latest"))
    .where(attempts.c.state == S.SUCCEEDED.value)
    .group_by(attempts.c.provider)
)


def _count(rows: Collection[RowMapping], states: Collection[AttemptState]) -> int:
    return sum(row["count"] for row in rows if row["state"] in states)
