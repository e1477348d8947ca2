"""What members report, in memory."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.deeds import Deed
from bot.errors import NotFound
from bot.model import Job, MessageRef
from bot.moderation.reports import Decision
from bot.notices import NoticeKind, NoticeState
from bot.operator.news import ReportNews
from bot.refusals.reports import AlreadyReported, ReportOver, TooManyReports
from bot.report import Report, ReportKind
from tests.fakes.world import World

SHOWING = (NoticeKind.CARD, NoticeKind.RESULT, NoticeKind.LAPSING)


class MemoryReportStore:
    """A ReportStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def job_shown_in(self, guild_id: int, message: MessageRef) -> str | None:
        for job in self._world.jobs.values():
            told = {one.message for one in self._world.announcements_of(job.job_id) if one.kind in SHOWING}
            posted = {one for one, made_by in self._world.character_posts.items() if made_by == job.job_id}
            is_here = job.order.place.guild_id == guild_id and job.removal is None
            in_thread = job.thread_id == message.channel_id
            if is_here and (in_thread or message in {job.card, *told, *posted}):
                return job.job_id
        return None

    async def of_reporter(self, job_id: str, reporter_id: int) -> Report | None:
        own = (job_id, reporter_id)
        return next((one for one in self._all() if (one.job_id, one.reporter_id) == own), None)

    async def file(self, report: Report, *, at_most: int, within: timedelta, deed: Deed) -> None:
        job = self._world.jobs.get(report.job_id)
        if job is None or job.order.place.guild_id != report.guild_id or job.removal is not None:
            raise NotFound("reportable")
        earlier = await self.of_reporter(report.job_id, report.reporter_id)
        if earlier is not None:
            raise AlreadyReported(earlier)
        since = report.reported_at - within
        own = [one.reported_at for one in self._all() if one.reporter_id == report.reporter_id]
        recent = [at for at in own if at > since]
        if len(recent) >= at_most:
            raise TooManyReports(at_most, min(recent) + within)
        self._world.reports[report.report_id] = report
        self._world.undrawn |= {report.report_id} if report.channel_id is not None else set()
        if report.kind is ReportKind.MINOR:
            self._hide(job, report.reported_at, hidden=True)
        self._world.have_told(
            ReportNews(report.report_id, report.job_id, report.guild_id, report.kind, report.reported_at)
        )
        self._world.note(deed)

    async def get(self, guild_id: int, report_id: str) -> Report | None:
        report = self._world.reports.get(report_id)
        return report if report is not None and report.guild_id == guild_id else None

    async def waiting(self, guild_id: int, limit: int) -> list[tuple[Report, Job]]:
        here = [one for one in self._all() if one.guild_id == guild_id and one.decided_at is None]
        return self._with_jobs(here)[:limit]

    async def decide(self, report: Report, decision: Decision, deed: Deed) -> None:
        stored = self._world.reports.get(report.report_id, report)
        if stored.decided_at is not None:
            raise ReportOver(stored)
        close(self._world, stored, decision)
        hiding = [
            one
            for one in self._all()
            if one.job_id == report.job_id and one.kind is ReportKind.MINOR and one.decided_at is None
        ]
        if report.kind is ReportKind.MINOR and not hiding:
            self._hide(self._world.jobs[report.job_id], decision.at, hidden=False)
        self._world.note(deed)

    async def servers_to_be_told(self, now: datetime) -> list[int]:
        untold = [one for one in self._all() if one.report_id in self._world.untold]
        return sorted({one.guild_id for one in (*self._undrawn(now), *untold)})

    async def to_be_drawn(self, guild_id: int, now: datetime, limit: int) -> list[tuple[Report, Job]]:
        return self._with_jobs(one for one in self._undrawn(now) if one.guild_id == guild_id)[:limit]

    async def mark_drawn(self, report: Report, message: MessageRef | None) -> None:
        stored = self._world.reports[report.report_id]
        if message is not None:
            self._world.reports[report.report_id] = replace(stored, message_id=message.message_id)
        if stored.decided_at == report.decided_at:
            self._world.undrawn.discard(report.report_id)

    async def untold(self, guild_id: int, limit: int) -> list[tuple[Report, Job]]:
        here = [one for one in self._all() if one.guild_id == guild_id]
        return self._with_jobs(one for one in here if one.report_id in self._world.untold)[:limit]

    async def mark_told(self, report: Report) -> None:
        self._world.untold.discard(report.report_id)

    def _undrawn(self, now: datetime) -> list[Report]:
        return [one for one in self._all() if one.report_id in self._world.undrawn and one.reported_at <= now]

    def _all(self) -> list[Report]:
        return list(self._world.reports.values())

    def _with_jobs(self, found: Iterable[Report]) -> list[tuple[Report, Job]]:
        in_order = sorted(found, key=lambda one: (one.reported_at, one.report_id))
        return [(one, self._world.jobs[one.job_id]) for one in in_order]

    def _hide(self, job: Job, now: datetime, *, hidden: bool) -> None:
        self._world.jobs[job.job_id] = replace(job, media_hidden=hidden)
        for notice in self._world.announcements_of(job.job_id):
            stands = notice.message is not None or notice.state is NoticeState.PENDING
            if notice.kind is NoticeKind.CARD or (notice.kind is NoticeKind.RESULT and stands):
                self._world.rearm(notice, now)


def close(world: World, report: Report, decision: Decision) -> None:
    """Decides a report that is open."""
    world.operator_news.pop(report.report_id, None)
    world.reports[report.report_id] = replace(
        report,
        outcome=decision.outcome,
        decided_at=decision.at,
        decided_by=decision.by,
        note=decision.note,
    )
    world.undrawn |= {report.report_id} if report.channel_id is not None else set()
    world.untold.add(report.report_id)
