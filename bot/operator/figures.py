"""What is measured while the bot runs, and counted in its rows: never an id, never a name of anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.fault import Fault
from bot.model import AttemptState
from bot.notices import NoticeKind


@dataclass(frozen=True, slots=True)
class OpenAttempts:
    """Attempts of one provider that stand in one state; `oldest` is when the first of them was begun."""

    provider: str
    state: AttemptState
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class LatestAttempts:
    """Attempts of one provider that were begun within a day and have come to one end, for one fault or none.

    `credits_spent` is what the provider said they cost, as far as it did.
    """

    provider: str
    state: AttemptState
    fault: Fault | None
    count: int
    credits_spent: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What the rows say at one moment.

    `untold` announcements wait to be made, the first of them since `due_since`. `circuits` are the
    open ones, by provider. `balance` is what the account held when it was last asked, in credits.
    """

    open: tuple[OpenAttempts, ...]
    of_last_day: tuple[LatestAttempts, ...]
    untold: int
    due_since: datetime | None
    circuits: Mapping[str, Fault]
    balance: float | None


class FigureStore(Protocol):
    """Counts rows."""

    async def figures(self, now: datetime) -> Figures:
        """What the rows say; reads those that are open, and those of a day.

        Raises:
            RecordsUnavailable: the database did not do its work.
        """
        ...


class CallOutcome(StrEnum):
    """How a call to a provider ended: the classes of `bot.errors.ProviderError`, and what went well."""

    ANSWERED = "answered"
    NOT_SENT = "not_sent"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    OTHER = "other"


class Rung(StrEnum):
    """Where an announcement was made; `NO_MESSAGE` leaves none that could be found again."""

    THREAD = "thread"
    NEW_THREAD = "new_thread"
    REPLY = "reply"
    CARD = "card"
    OTHER_CHANNEL = "other_channel"
    """The server's results channel, or that in which moderators are asked."""
    PRIVATE = "private"
    NO_MESSAGE = "no_message"
    PARKED = "parked"


class BackupMeter(Protocol):
    """Is told how the backups stand."""

    def backups_stand(self, latest: datetime | None, every: timedelta) -> None:
        """The last good one was made then, and one is to be made this often."""


class Meter(Protocol):
    """Is told of what happens, as it happens."""

    def step_taken(self, step: str, seconds: float) -> None:
        """A step with an attempt in the state `step`, or the telling of an announcement, has ended."""

    def provider_answered(self, provider: str, call: str, outcome: CallOutcome, fault: Fault | None) -> None:
        """A call to a provider has ended."""

    def told(self, kind: NoticeKind, rung: Rung) -> None:
        """An announcement was made, or parked."""

    def loop_lagged(self, seconds: float) -> None:
        """Something that was to run ran this much later."""
