"""Looking jobs up in memory."""

from bot.model import Attempt, AttemptState
from bot.records import JobRecord, Wanted
from tests.fakes.world import World


class MemoryJobRecords:
    """A JobRecords over the rows of a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def count(self, wanted: Wanted) -> int:
        return len(self._wanted(wanted))

    async def find(self, wanted: Wanted, *, limit: int, offset: int = 0) -> list[JobRecord]:
        newest_first = sorted(
            self._wanted(wanted), key=lambda one: (one.latest.created_at, one.job.job_id), reverse=True
        )
        ordered = sorted(newest_first, key=lambda one: one.latest.state is not AttemptState.UNKNOWN)
        return ordered[offset : offset + limit]

    async def record(self, job_id: str) -> JobRecord | None:
        return self._record(job_id) if job_id in self._world.jobs else None

    async def called(self, reference: str) -> list[str]:
        name = reference.strip().upper()
        return sorted(
            job_id
            for job_id, job in self._world.jobs.items()
            if name in (job_id, job.reference, job.reference.replace("-", ""))
        )

    async def attempt_of_task(self, provider: str, task_id: str) -> Attempt | None:
        attempts = self._world.attempts.values()
        return next((one for one in attempts if (one.provider, one.task_id) == (provider, task_id)), None)

    def _wanted(self, wanted: Wanted) -> list[JobRecord]:
        return [record for record in map(self._record, self._world.jobs) if is_wanted(record, wanted)]

    def _record(self, job_id: str) -> JobRecord:
        return JobRecord(self._world.jobs[job_id], tuple(self._world.attempts_of(job_id)))


def is_wanted(record: JobRecord, wanted: Wanted) -> bool:
    order, latest = record.job.order, record.latest
    states = {latest.state, *(one.state for one in record.unknown)}
    return (
        wanted.guild_id in (None, order.place.guild_id)
        and wanted.owner_id in (None, order.owner_id)
        and (wanted.since is None or latest.created_at >= wanted.since)
        and (wanted.states is None or bool(states & wanted.states))
    )
