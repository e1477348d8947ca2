"""What members report, in the database."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.deeds import Deed
from bot.errors import NotFound
from bot.model import Job, MessageRef
from bot.moderation.reports import Decision
from bot.notices import NoticeKind
from bot.operator.news import ReportNews
from bot.refusals.reports import AlreadyReported, ReportOver, TooManyReports
from bot.report import Report, ReportKind, ReportOutcome
from storage.announcements import rearmed
from storage.database import Database
from storage.dialects import REPORTS_LOCK, insert, take_turn
from storage.operator_news import drop_reports, put
from storage.report_tables import OPEN_REPORT, UNDRAWN, UNTOLD_REPORT, reports
from storage.rows import Row, job_of
from storage.schema import PENDING, announcements, jobs
from storage.servers import add
from storage.stories import part
from storage.takedown_tables import character_posts

COLUMNS = tuple(field.name for field in fields(Report))
SHOWING = (NoticeKind.CARD.value, NoticeKind.RESULT.value, NoticeKind.LAPSING.value)
"""Notices that show a character, or what it is made of."""
WITH_PICTURE = (NoticeKind.CARD.value, NoticeKind.RESULT.value)
WITH_JOB = select(reports, jobs).select_from(reports.join(jobs, jobs.c.job_id == reports.c.job_id))
OLDEST_FIRST = (reports.c.reported_at, reports.c.report_id)


class SqlReportStore:
    """Reports, and what each of them hides."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def job_shown_in(self, guild_id: int, message: MessageRef) -> str | None:
        """The job whose card or character a message of ours in that server shows, or whose thread it is."""
        here = select(jobs.c.job_id).where(jobs.c.guild_id == guild_id, jobs.c.removed_at.is_(None))
        async with self._database.read() as connection:
            job_id: str | None = await connection.scalar(here.where(shown_in(message)).limit(1))
        return job_id

    async def of_reporter(self, job_id: str, reporter_id: int) -> Report | None:
        async with self._database.read() as connection:
            return await reported_by(connection, job_id, reporter_id)

    async def file(self, report: Report, *, at_most: int, within: timedelta, deed: Deed) -> None:
        """Stores a report, to be told to moderators; what shows somebody under age is hidden with it.

        Raises:
            NotFound: the server has no such job, or it was taken down.
            AlreadyReported: the reporter has reported it before.
            TooManyReports: they have reported `at_most` others `within` that time.
        """
        here = and_(
            jobs.c.job_id == report.job_id, jobs.c.guild_id == report.guild_id, jobs.c.removed_at.is_(None)
        )
        async with self._database.write() as connection:
            # Two forms of one member at once would not see each other.
            await take_turn(connection, REPORTS_LOCK)
            if await connection.scalar(select(jobs.c.job_id).where(here)) is None:
                raise NotFound("reportable")
            earlier = await reported_by(connection, report.job_id, report.reporter_id)
            if earlier is not None:
                raise AlreadyReported(earlier)
            await take_place(connection, report, at_most, within)
            row = asdict(report) | {"to_be_drawn": report.channel_id is not None, "to_be_told": False}
            await connection.execute(insert(connection, reports).values(row))
            if report.kind is ReportKind.MINOR:
                await hide(connection, report.job_id, report.reported_at, hidden=True)
            await put(connection, news_of(report))
            await add(connection, deed)

    async def get(self, guild_id: int, report_id: str) -> Report | None:
        own = select(reports).where(reports.c.report_id == report_id, reports.c.guild_id == guild_id)
        async with self._database.read() as connection:
            row = (await connection.execute(own)).mappings().first()
        return None if row is None else report_of(row)

    async def waiting(self, guild_id: int, limit: int) -> list[tuple[Report, Job]]:
        """What nobody has decided in a server, the oldest first."""
        return await self._found(WITH_JOB.where(OPEN_REPORT, reports.c.guild_id == guild_id), limit)

    async def decide(self, report: Report, decision: Decision, deed: Deed) -> None:
        """Stores a decision; what no other open report hides is shown again.

        Raises:
            ReportOver: somebody was first.
        """
        own = reports.c.report_id == report.report_id
        async with self._database.write() as connection:
            await take_turn(connection, REPORTS_LOCK)
            done = await close_reports(connection, own, decision)
            if not done:
                row = (await connection.execute(select(reports).where(own))).mappings().first()
                raise ReportOver(report if row is None else report_of(row))
            hiding = (
                OPEN_REPORT,
                reports.c.job_id == report.job_id,
                reports.c.kind == ReportKind.MINOR.value,
            )
            still = await connection.scalar(select(exists().where(*hiding)))
            if report.kind is ReportKind.MINOR and not still:
                await hide(connection, report.job_id, decision.at, hidden=False)
            await add(connection, deed)

    async def servers_to_be_told(self, now: datetime) -> list[int]:
        """The servers in which there is something to be told to moderators, or to whoever has reported it."""
        undrawn = select(reports.c.guild_id).where(UNDRAWN, reports.c.reported_at <= now)
        untold = select(reports.c.guild_id).where(UNTOLD_REPORT)
        async with self._database.read() as connection:
            return list(await connection.scalars(undrawn.union(untold).order_by("guild_id")))

    async def to_be_drawn(self, guild_id: int, now: datetime, limit: int) -> list[tuple[Report, Job]]:
        """What is to be posted for a server's moderators, or redrawn, the oldest first."""
        here = (UNDRAWN, reports.c.guild_id == guild_id, reports.c.reported_at <= now)
        return await self._found(WITH_JOB.where(*here), limit)

    async def mark_drawn(self, report: Report, message: MessageRef | None) -> None:
        """It stands there as it is now, or cannot be posted; a decision made meanwhile is still drawn."""
        drawn: dict[str, Any] = {} if message is None else {"message_id": message.message_id}
        own = update(reports).where(reports.c.report_id == report.report_id)
        unchanged = (
            reports.c.decided_at.is_(None)
            if report.decided_at is None
            else reports.c.decided_at == report.decided_at
        )
        async with self._database.write() as connection:
            if drawn:
                await connection.execute(own.values(drawn))
            await connection.execute(own.where(unchanged).values(to_be_drawn=False))

    async def untold(self, guild_id: int, limit: int) -> list[tuple[Report, Job]]:
        """Decided reports of a server whose reporters do not know yet, the oldest first."""
        return await self._found(WITH_JOB.where(UNTOLD_REPORT, reports.c.guild_id == guild_id), limit)

    async def mark_told(self, report: Report) -> None:
        """The reporter knows, or cannot be told."""
        own = update(reports).where(reports.c.report_id == report.report_id)
        async with self._database.write() as connection:
            await connection.execute(own.values(to_be_told=False))

    async def _found(self, statement: Select[Any], limit: int) -> list[tuple[Report, Job]]:
        async with self._database.read() as connection:
            found = await connection.execute(statement.order_by(*OLDEST_FIRST).limit(limit))
            rows: Sequence[Any] = found.mappings().all()
        return [(report_of(part(row, reports)), job_of(part(row, jobs))) for row in rows]


def shown_in(message: MessageRef) -> ColumnElement[bool]:
    """Jobs of which something is to be seen in a message."""
    where = (message.channel_id, message.message_id)
    told = exists().where(
        announcements.c.job_id == jobs.c.job_id,
        announcements.c.channel_id == where[0],
        announcements.c.message_id == where[1],
        announcements.c.kind.in_(SHOWING),
    )
    posted = exists().where(
        character_posts.c.job_id == jobs.c.job_id,
        character_posts.c.channel_id == where[0],
        character_posts.c.message_id == where[1],
    )
    card = and_(jobs.c.card_channel_id == where[0], jobs.c.card_message_id == where[1])
    return or_(card, told, posted, jobs.c.thread_id == where[0])


async def reported_by(connection: AsyncConnection, job_id: str, reporter_id: int) -> Report | None:
    own = select(reports).where(reports.c.job_id == job_id, reports.c.reporter_id == reporter_id)
    row = (await connection.execute(own)).mappings().first()
    return None if row is None else report_of(row)


async def take_place(connection: AsyncConnection, report: Report, at_most: int, within: timedelta) -> None:
    """Lets a member report no more than so many within that time.

    Raises:
        TooManyReports: they have.
    """
    since = report.reported_at - within
    recent = and_(reports.c.reporter_id == report.reporter_id, reports.c.reported_at > since)
    counted = select(func.count(), func.min(reports.c.reported_at)).where(recent)
    count, first = (await connection.execute(counted)).one()
    if count >= at_most:
        raise TooManyReports(at_most, first + within)


async def hide(connection: AsyncConnection, job_id: str, now: datetime, *, hidden: bool) -> None:
    """Hides the pictures of a job, or shows them again; what shows them is redrawn."""
    own = update(jobs).where(jobs.c.job_id == job_id)
    await connection.execute(own.values(media_hidden=hidden))
    # What was given up, or never posted, stays so; what is being posted at this moment is redrawn afterwards.
    is_card = announcements.c.kind == NoticeKind.CARD.value
    stands = or_(is_card, announcements.c.message_id.is_not(None), PENDING)
    again = update(announcements).where(
        announcements.c.job_id == job_id, announcements.c.kind.in_(WITH_PICTURE), stands
    )
    await connection.execute(again.values(rearmed(now)))


async def close_reports(connection: AsyncConnection, which: ColumnElement[bool], decision: Decision) -> bool:
    """Decides the open ones among these; whether there were any. Operators hear of a takedown alone."""
    values = {
        "outcome": decision.outcome.value,
        "decided_at": decision.at,
        "decided_by": decision.by,
        "note": decision.note,
        "to_be_drawn": reports.c.channel_id.is_not(None),
        "to_be_told": reports.c.reporter_id > 0,
    }
    closing = update(reports).where(which, OPEN_REPORT).values(values).returning(*reports.c)
    closed = (await connection.execute(closing)).mappings().all()
    await drop_reports(connection, [row["report_id"] for row in closed])
    if decision.outcome is ReportOutcome.REMOVED and closed:
        await put(connection, news_of(report_of(min(closed, key=lambda row: row["report_id"]))))
    return bool(closed)


def news_of(report: Report) -> ReportNews:
    """What operators are told of a report: that it was made or, once it is decided, what came of it."""
    at = report.decided_at or report.reported_at
    is_removed = report.outcome is ReportOutcome.REMOVED
    return ReportNews(report.report_id, report.job_id, report.guild_id, report.kind, at, is_removed)


def report_of(row: Row) -> Report:
    named = {name: row[name] for name in COLUMNS}
    outcome = None if row["outcome"] is None else ReportOutcome(row["outcome"])
    return Report(**named | {"kind": ReportKind(row["kind"]), "outcome": outcome})
