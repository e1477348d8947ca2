"""What moderators see of the jobs in their server, and the operator of all jobs. Looks only.

Who may look is decided by whoever asks; that a job of another server is no different from none is decided
here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import NotFound
from bot.jobs.reach import is_within_reach, sees_card
from bot.model import Attachment, AttemptState, Job, Person, Subject, Visibility
from bot.moderation.statements import Statement, StatementStore
from bot.notices import Announcement
from bot.ports import Clock
from bot.records import JobRecord, JobRecords, Wanted
from bot.stores import AnnouncementStore

LATEST_SHOWN = 5
LONGEST_SPAN = timedelta(days=3650)
SPAN = re.compile(r"([1-9]\d{0,5})([mhd])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

_S = AttemptState


class JobState(StrEnum):
    """Where a job stands, in the words people choose by."""

    WAITING = "waiting"
    REVIEW = "review"
    RUNNING = "running"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DONE = "done"
    CANCELLED = "cancelled"


STATES: dict[JobState, frozenset[AttemptState]] = {
    JobState.WAITING: frozenset({_S.RECEIVED, _S.OFFERED, _S.MENDING, _S.QUEUED, _S.HANDED_OVER}),
    JobState.REVIEW: frozenset({_S.REVIEW}),
    JobState.RUNNING: frozenset({_S.SUBMITTING, _S.WAITING}),
    JobState.UNKNOWN: frozenset({_S.UNKNOWN}),
    JobState.FAILED: frozenset({_S.FAILED, _S.EXPIRED, _S.REJECTED}),
    JobState.DONE: frozenset({_S.SUCCEEDED}),
    JobState.CANCELLED: frozenset({_S.CANCELLED}),
}


@dataclass(frozen=True, slots=True)
class Search:
    """What a person looks for; what is None does not matter. `span` reaches back from now."""

    state: JobState | None = None
    span: timedelta | None = None
    owner_id: int | None = None

    def wanted(self, guild_id: int | None, now: datetime) -> Wanted:
        """The search in one server (None: everywhere, direct messages too)."""
        return Wanted(
            guild_id=guild_id,
            owner_id=self.owner_id,
            states=STATES[self.state] if self.state else None,
            since=now - self.span if self.span else None,
        )


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that is known of a job; `unheard` is what of it could not be told to anybody.

    `statement` is there from the moment in which its clip was accepted.
    """

    record: JobRecord
    unheard: Sequence[Announcement]
    statement: Statement | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A member's jobs in a server: how many stand where, and the latest of them, newest first.

    `stated` counts what they stated about their clips there.
    """

    counts: Mapping[JobState, int]
    latest: Sequence[JobRecord]
    stated: Mapping[Subject, int]


class Oversight:
    """Shows a server's jobs to those who moderate it."""

    def __init__(
        self,
        *,
        records: JobRecords,
        announcements: AnnouncementStore,
        statements: StatementStore,
        clock: Clock,
    ) -> None:
        self._records = records
        self._announcements = announcements
        self._statements = statements
        self._clock = clock

    async def count(self, guild_id: int, search: Search) -> int:
        """How many jobs of the server the search finds."""
        return await self._records.count(search.wanted(guild_id, self._clock.now()))

    async def jobs(self, guild_id: int, search: Search, *, limit: int, offset: int) -> list[JobRecord]:
        """Jobs of the server, unknown ones first, else newest; of private ones no word of the member."""
        wanted = search.wanted(guild_id, self._clock.now())
        return [for_moderators(one) for one in await self._records.find(wanted, limit=limit, offset=offset)]

    async def history(self, guild_id: int, user_id: int) -> History:
        """What a member has made in the server; of private jobs no word of theirs."""
        counts = {state: await self.count(guild_id, Search(state, owner_id=user_id)) for state in JobState}
        latest = await self.jobs(guild_id, Search(owner_id=user_id), limit=LATEST_SHOWN, offset=0)
        return History(counts, latest, await self._statements.counts(guild_id, user_id))

    async def timeline(self, guild_id: int, job_id: str) -> Timeline:
        """One job of the server, attempt by attempt; of a private one no word of the member.

        Raises:
            NotFound: there is no such job in this server.
        """
        record = await self._records.record(job_id)
        if record is None or record.job.order.place.guild_id != guild_id:
            raise NotFound("server-job")
        unheard = await self._announcements.parked_of(job_id)
        return Timeline(for_moderators(record), unheard, await self._statements.of_job(job_id))

    async def seen_by(self, job_id: str, person: Person) -> Timeline:
        """A job where it was ordered: its owner reads all of it, whoever sees its card how it went.

        Raises:
            NotFound: there is no such job here, or none that this person sees.
        """
        record = await self._records.record(job_id)
        if record is None or not is_within_reach(record.job, person):
            raise NotFound("job")
        if record.job.order.owner_id != person.user_id:
            if not sees_card(record.job, person):
                raise NotFound("job")
            return Timeline(for_onlookers(record), unheard=())
        unheard = await self._announcements.parked_of(job_id)
        return Timeline(for_owners(record), unheard, await self._statements.of_job(job_id))


def for_onlookers(record: JobRecord) -> JobRecord:
    """The record without a word of the member, of the provider, or of what was wrong with a refused clip."""
    attempts = tuple(
        replace(
            one,
            fault=None if one.state is _S.REJECTED else one.fault,
            rule=None,
            rule_found=None,
            rule_accepted=None,
            # That there was a task says what it may have cost; which one it was is not theirs to know.
            task_id=None if one.task_id is None else "",
            provider_code=None,
            provider_text=None,
        )
        for one in record.attempts
    )
    job = _wordless(record.job)
    return JobRecord(replace(job, order=replace(job.order, source_task=None)), attempts)


def for_owners(record: JobRecord) -> JobRecord:
    """The record without the provider's own words, which are for those who have to find out why."""
    attempts = tuple(replace(one, provider_code=None, provider_text=None) for one in record.attempts)
    return JobRecord(record.job, attempts)


def for_moderators(record: JobRecord) -> JobRecord:
    """The record without what a member kept to themselves: of a private job their words and their file.

    What was measured on a refused clip goes too, and the provider's own words, which may repeat a prompt.
    """
    job = record.job
    if job.order.visibility is not Visibility.PRIVATE:
        return record
    attempts = tuple(
        replace(one, provider_text=None, rule_found=None, rule_accepted=None) for one in record.attempts
    )
    return JobRecord(_wordless(job), attempts)


def _wordless(job: Job) -> Job:
    """The job without what its owner wrote, and without their file."""
    attachment = Attachment(url="", filename="", size_bytes=0)
    order = replace(job.order, prompt="", safety="", safety_sent="", name=None, attachment=attachment)
    return replace(job, order=order)


def span_of(text: str) -> timedelta | None:
    """The length of a time such as `30m`, `24h` or `7d`; None for anything else, and beyond ten years."""
    found = SPAN.fullmatch(text)
    span = int(found[1]) * UNITS[found[2]] if found else None
    return span if span is not None and span <= LONGEST_SPAN else None
