"""Jobs as people look them up: what is looked for, what is found, and where. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model import Attempt, AttemptState, Job


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs are looked for; what is None does not matter.

    A job stands where its latest attempt stands. With UNKNOWN among `states`, jobs with an earlier attempt
    of unknown outcome are wanted too. `since` is compared with the beginning of the latest attempt.
    """

    guild_id: int | None = None
    owner_id: int | None = None
    states: frozenset[AttemptState] | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job with all its attempts, first to last; there is at least one."""

    job: Job
    attempts: tuple[Attempt, ...]

    @property
    def latest(self) -> Attempt:
        return self.attempts[-1]

    @property
    def unknown(self) -> tuple[Attempt, ...]:
        """The attempts of which nobody knows whether the provider took the order."""
        return tuple(one for one in self.attempts if one.state is AttemptState.UNKNOWN)


class JobRecords(Protocol):
    """Where jobs are looked up."""

    async def count(self, wanted: Wanted) -> int:
        """How many jobs are wanted."""
        ...

    async def find(self, wanted: Wanted, *, limit: int, offset: int = 0) -> list[JobRecord]:
        """Wanted jobs: those that stand at an unknown outcome first, then by latest attempt, newest first."""
        ...

    async def record(self, job_id: str) -> JobRecord | None: ...

    async def called(self, reference: str) -> list[str]:
        """The ids of the jobs with this id or this reference (`Job.reference`), in any case, oldest first."""
        ...

    async def attempt_of_task(self, provider: str, task_id: str) -> Attempt | None:
        """The attempt that has this task at the provider."""
