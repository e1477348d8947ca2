"""Where reports are kept, and where moderators and reporters are told of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.deeds import Deed
from bot.model import Job, MessageRef
from bot.report import Report, ReportOutcome


@dataclass(frozen=True, slots=True)
class Decision:
    """What a moderator has decided about a report."""

    outcome: ReportOutcome
    at: datetime
    by: int
    note: str


class ReportStore(Protocol):
    """Reports, and what each of them hides."""

    async def job_shown_in(self, guild_id: int, message: MessageRef) -> str | None:
        """The job whose card or character a message of ours in that server shows, or whose thread it is in.

        The thread tells it of what was posted just now, and is not noted yet.
        """
        ...

    async def of_reporter(self, job_id: str, reporter_id: int) -> Report | None: ...

    async def file(self, report: Report, *, at_most: int, within: timedelta, deed: Deed) -> None:
        """Stores a report, to be told to moderators; what shows somebody under age is hidden with it.

        Raises:
            NotFound: the server has no such job, or it was taken down.
            AlreadyReported: the reporter has reported it before.
            TooManyReports: they have reported `at_most` others `within` that time.
        """

    async def get(self, guild_id: int, report_id: str) -> Report | None: ...

    async def waiting(self, guild_id: int, limit: int) -> list[tuple[Report, Job]]:
        """What nobody has decided in a server, the oldest first."""
        ...

    async def decide(self, report: Report, decision: Decision, deed: Deed) -> None:
        """Stores a decision; what no other open report hides is shown again.

        Raises:
            ReportOver: somebody was first.
        """

    async def servers_to_be_told(self, now: datetime) -> list[int]:
        """The servers in which there is something to be told to moderators, or to whoever has reported it."""
        ...

    async def to_be_drawn(self, guild_id: int, now: datetime, limit: int) -> list[tuple[Report, Job]]:
        """What is to be posted for a server's moderators, or redrawn, the oldest first."""
        ...

    async def mark_drawn(self, report: Report, message: MessageRef | None) -> None:
        """It stands there as it is now, or cannot be posted; a decision made meanwhile is still drawn."""

    async def untold(self, guild_id: int, limit: int) -> list[tuple[Report, Job]]:
        """Decided reports of a server whose reporters do not know yet, the oldest first."""
        ...

    async def mark_told(self, report: Report) -> None:
        """The reporter knows, or cannot be told."""


class ReportChannel(Protocol):
    """Tells of reports. What can be told later is raised as `DeliveryPostponed`."""

    def serves(self, guild_id: int) -> bool:
        """Whether this process is the one that is connected to the server."""
        ...

    async def draw(self, report: Report, job: Job) -> MessageRef | None:
        """Posts or redraws what moderators see; None where the channel takes nothing."""
        ...

    async def tell_reporter(self, report: Report, job: Job) -> None:
        """Tells the reporter what came of it, in private, if they can be told."""
