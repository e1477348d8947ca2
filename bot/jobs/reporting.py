"""What members report, and moderators' no to it; their yes is a takedown. Who may is judged before."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from bot.deeds import Deed
from bot.errors import NotAllowed, NotFound
from bot.jobs.lanes import Ring
from bot.model import Job, MessageRef, Person, reference_of
from bot.notices import NoticeState
from bot.ports import Clock
from bot.prose import clean
from bot.refused_reports import AlreadyReported, ReportOver
from bot.report import Report, ReportKind, ReportOutcome
from bot.reports import Decision, ReportStore
from bot.stores import JobStore, ServerStore

WORDS_UNITS = 1000
NOTE_UNITS = 300
AT_MOST, WITHIN = 5, timedelta(hours=1)
LISTED = 20
REPORTED, DISMISSED = "report", "dismiss"
"""What the audit log calls them. It names no reporter: its channel may be open to more than moderators."""
NOBODY = 0

log = structlog.get_logger(__name__)


class Reporting:
    """Anybody may report what they see: no gate, no pause and no block stands before it."""

    def __init__(
        self,
        *,
        store: ReportStore,
        servers: ServerStore,
        jobs: JobStore,
        clock: Clock,
        new_id: Callable[[], str],
        ring: Ring,
    ) -> None:
        self._store = store
        self._servers = servers
        self._jobs = jobs
        self._clock = clock
        self._new_id = new_id
        self._ring = ring

    async def shown_in(self, message: MessageRef, person: Person) -> str:
        """The job that a message shows which the person wants to report.

        Raises:
            NotFound: it shows nothing that was made there.
            AlreadyReported: they have reported it before.
        """
        if person.guild_id is None:
            raise NotFound("reportable")
        job_id = await self._store.job_shown_in(person.guild_id, message)
        if job_id is None:
            raise NotFound("reportable")
        earlier = await self._store.of_reporter(job_id, person.user_id)
        if earlier is not None:
            raise AlreadyReported(earlier)
        return job_id

    async def file(self, job_id: str, person: Person, kind: ReportKind, words: str) -> Report:
        """Stores a report; moderators are told next.

        Raises:
            NotFound, AlreadyReported, TooManyReports: as `ReportStore.file`.
        """
        if person.guild_id is None:
            raise NotFound("reportable")
        now, guild_id = self._clock.now(), person.guild_id
        channel_id = (await self._servers.settings(guild_id)).review_channel
        said = clean(words)[:WORDS_UNITS]
        report = Report(self._new_id(), job_id, guild_id, person.user_id, kind, said, now, channel_id)
        deed = Deed(guild_id, NOBODY, now, REPORTED, reference_of(job_id), None, kind.value)
        await self._store.file(report, at_most=AT_MOST, within=WITHIN, deed=deed)
        log.info("reported", job_id=job_id, report_id=report.report_id, kind=kind)
        self._ring(NoticeState.PENDING)
        return report

    async def waiting(self, guild_id: int) -> list[tuple[Report, Job]]:
        """What nobody has decided in the server, the oldest first."""
        return await self._store.waiting(guild_id, LISTED)

    async def look(self, guild_id: int, report_id: str) -> Report:
        """A report that a moderator of the server wants to decide.

        Raises:
            NotFound: there is no such report in this server.
            ReportOver: somebody was first.
        """
        report = await self._store.get(guild_id, report_id)
        if report is None:
            raise NotFound("report")
        if report.decided_at is not None:
            raise ReportOver(report)
        return report

    async def check_dismissible(self, guild_id: int, report_id: str, actor_id: int) -> Report:
        """A report that this moderator may dismiss.

        Raises:
            NotFound, ReportOver: as for `look`.
            NotAllowed: it is about what is their own.
        """
        report = await self.look(guild_id, report_id)
        job = await self._jobs.job(report.job_id)
        if job is not None and job.order.owner_id == actor_id:
            raise NotAllowed("review-own")
        return report

    async def dismiss(self, guild_id: int, report_id: str, actor_id: int, note: str) -> Report:
        """Decides that nothing is taken down.

        Raises:
            NotFound, ReportOver, NotAllowed: as for `check_dismissible`.
        """
        report = await self.check_dismissible(guild_id, report_id, actor_id)
        now, said = self._clock.now(), clean(note)[:NOTE_UNITS]
        deed = Deed(guild_id, actor_id, now, DISMISSED, reference_of(report.job_id), None, said or None)
        await self._store.decide(report, Decision(ReportOutcome.DISMISSED, now, actor_id, said), deed)
        self._ring(NoticeState.PENDING)
        return report
