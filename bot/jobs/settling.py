"""An unknown attempt gets the task that was made for it after all: it is followed like any other.

The provider may tell us, in a callback; else the operator looks the task up there and names it here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.errors import JobConflict, NotFound, ProviderError
from bot.model import Attempt, AttemptState
from bot.notices import NoticeKind
from bot.ports import Absent, Clock, Provider, TaskReport
from bot.privacy import NOBODY
from bot.records import JobRecord, JobRecords
from bot.refusals.settlements import (
    AttemptNotNamed,
    JobErased,
    NothingUnknown,
    ReferenceAmbiguous,
    TaskTaken,
    TaskUnchecked,
    TaskUnknown,
)
from bot.stores import JobStore

NOT_CONFIGURED = "not in PROVIDERS"


@dataclass(frozen=True, slots=True)
class Settled:
    """The attempt as it is followed from now on, and how its task stands."""

    record: JobRecord
    attempt: Attempt
    report: TaskReport


def found_again(attempt: Attempt, task_id: str, due_at: datetime) -> Attempt:
    """The attempt with its task, to be looked at then."""
    return attempt.move(AttemptState.WAITING, task_id=task_id, due_at=due_at, fault=None, ended_at=None)


class Settling:
    """Attaches tasks that the operator found at the provider."""

    def __init__(
        self, *, jobs: JobStore, records: JobRecords, providers: Mapping[str, Provider], clock: Clock
    ) -> None:
        self._jobs = jobs
        self._records = records
        self._providers = providers
        self._clock = clock

    async def settle(self, reference: str, task_id: str, number: int | None = None) -> Settled:
        """Gives the unknown attempt of a job its task; `number` says which, where there are several.

        The provider is asked first: a typing error would make a lost order of one that may have come.

        Raises:
            NotFound: no job is called so.
            SettlementRefused: for the reason that its kind names.
            JobConflict: the attempt changed at this very moment.
        """
        record = await self._record(reference)
        attempt = _unknown_attempt(record, number)
        report = await self._look_up(attempt.provider, task_id)
        now = self._clock.now()
        try:
            saved = await self._jobs.save(
                found_again(attempt, task_id, now), now=now, notices=[NoticeKind.CARD]
            )
        except JobConflict:
            holder = await self._records.attempt_of_task(attempt.provider, task_id)
            if holder is None:
                raise
            raise TaskTaken(holder.job_id, holder.number) from None
        return Settled(record, saved, report)

    async def _record(self, reference: str) -> JobRecord:
        job_ids = await self._records.called(reference)
        if len(job_ids) > 1:
            raise ReferenceAmbiguous(tuple(job_ids))
        record = await self._records.record(job_ids[0]) if job_ids else None
        if record is None:
            raise NotFound("job")
        if record.job.order.owner_id == NOBODY:
            raise JobErased
        return record

    async def _look_up(self, name: str, task_id: str) -> TaskReport:
        provider = self._providers.get(name)
        if provider is None:
            raise TaskUnchecked(name, NOT_CONFIGURED)
        try:
            report = await provider.look_up(task_id)
        except ProviderError as error:
            raise TaskUnchecked(name, error.fault) from error
        if isinstance(report, Absent):
            raise TaskUnknown(name)
        return report


def _unknown_attempt(record: JobRecord, number: int | None) -> Attempt:
    asked = [one for one in record.unknown if number in (None, one.number)]
    if not asked:
        raise NothingUnknown({one.number: one.state for one in record.attempts})
    if len(asked) > 1:
        raise AttemptNotNamed(tuple(one.number for one in asked))
    return asked[0]
