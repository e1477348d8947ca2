"""What the operator has decided while the bot runs: one row each, for every process and over restarts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.operator.balance_news import BalanceLevel, BalanceNews

EVERYWHERE = 0
"""Stands for the server of a deed that concerns the whole bot; Discord gives nothing this id."""
SHELL = 0
"""Stands for who did it where that was the command line."""
CAP_AT_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Drain:
    """Nothing new is begun, and what was begun is finished. `message` is for members, if there is one."""

    message: str | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A server in which nothing new is begun. `reason` is for its members."""

    guild_id: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Operating:
    """`daily_cap` stands in place of the setting, where it is not None."""

    daily_cap: int | None = None
    drain: Drain | None = None
    balance_level: BalanceLevel = BalanceLevel.WELL


class OperatingStore(Protocol):
    """Every change that the operator makes is a line in the audit log of `EVERYWHERE`, in its transaction."""

    async def state(self) -> Operating:
        """What holds now."""
        ...

    async def set_daily_cap(self, cap: int, *, actor_id: int, now: datetime) -> None:
        """Sets the cap that stands in place of the setting."""

    async def set_drain(self, drain: Drain | None, *, actor_id: int, now: datetime) -> bool:
        """Begins a drain, or ends it; False where nothing changed."""
        ...

    async def bar_of(self, guild_id: int) -> Bar | None:
        """Whether a server is barred."""
        ...

    async def bar(self, bar: Bar, *, actor_id: int, now: datetime) -> None:
        """Bars a server, in place of what bar there is."""

    async def unbar(self, guild_id: int, *, actor_id: int, now: datetime) -> bool:
        """Lets a server in again; False where it was not barred."""
        ...

    async def note_balance(self, news: BalanceNews) -> None:
        """Keeps how the balance stands and, in that transaction, what is to be told of it (`is_news`)."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """What there is to do, and since when the oldest of it waits.

    `beginning` attempts have their clip looked at or cut, `waiting` ones stand in the queue, `running` ones
    are with the provider. `undelivered` announcements are due; `parked` ones could not be told.
    `last_successes` are the ends of the latest attempts that made a character, by provider, within 30 days.
    `reports` are before moderators; those of servers that the bot was removed from can be decided by nobody.
    """

    beginning: int = 0
    waiting: int = 0
    running: int = 0
    waiting_since: datetime | None = None
    undelivered: int = 0
    undelivered_since: datetime | None = None
    parked: int = 0
    last_successes: Mapping[str, datetime] = field(default_factory=dict)
    reports: int = 0
    reports_since: datetime | None = None

    @property
    def left(self) -> int:
        """How much a drain still waits for."""
        return self.beginning + self.waiting + self.running + self.undelivered


@dataclass(frozen=True, slots=True)
class Gateway:
    """The connection to Discord. `latency_seconds` is None while nothing is connected."""

    latency_seconds: float | None
    last_event_at: datetime | None
    shards: int
    shards_connected: int


@dataclass(frozen=True, slots=True)
class Owners:
    """Who the application belongs to at Discord, and whether it links a privacy policy."""

    user_ids: frozenset[int]
    has_privacy_link: bool


class VitalStore(Protocol):
    """Where the figures of the whole bot are counted."""

    async def vitals(self, now: datetime) -> Vitals:
        """The figures at `now`."""
        ...
