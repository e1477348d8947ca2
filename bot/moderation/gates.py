"""Who may start something in a server, and how much, by what its moderators have decided. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.errors import LimitReached
from bot.fault import PERHAPS_MADE
from bot.model import Attempt, AttemptState, Job, Person, Visibility
from bot.moderation.servers import ServerSettings
from bot.refusals.entries import (
    ChannelNotAllowed,
    MemberBlocked,
    PrivateNotAllowed,
    RoleMissing,
    ServerLeft,
    ServerPaused,
    SwitchedOff,
    TooManyRunning,
)

_S = AttemptState
TASKLESS_IS_FREE = frozenset({_S.FAILED, _S.EXPIRED, _S.CANCELLED})
"""Ends in which an attempt that never had a task at the provider has cost nothing."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is begun in the server, and nothing of it submitted; `until` None is until it is resumed."""

    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A member who may not make characters in the server; `until` None is until they are unblocked."""

    user_id: int
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """How much somebody may, in a UTC day and running at once; None leaves it to what stands behind."""

    per_day: int | None = None
    at_once: int | None = None


@dataclass(frozen=True, slots=True)
class Gates:
    """What a server has decided, as far as it concerns certain people and roles; by their ids.

    `left_at` is when the bot was removed from it, where it is not there any more.
    """

    settings: ServerSettings = field(default_factory=ServerSettings)
    pause: Pause | None = None
    blocks: Mapping[int, Block] = field(default_factory=dict)
    quotas: Mapping[int, Quota] = field(default_factory=dict)
    left_at: datetime | None = None

    @property
    def counts(self) -> bool:
        """Whether anything is limited at all, softly or not, so that it has to be counted."""
        settings = self.settings
        limited = (
            settings.quota_per_day,
            settings.quota_at_once,
            settings.quota_server_per_day,
            settings.quota_soft_per_day,
        )
        return bool(self.quotas) or any(limit is not None for limit in limited)


@dataclass(frozen=True, slots=True)
class Used:
    """What is used up in a server: by a member in a UTC day and at this moment, and by all in that day."""

    today: int = 0
    now: int = 0
    by_all: int = 0


def moderates(settings: ServerSettings, person: Person) -> bool:
    """Whether somebody may act on other people's jobs in the server in which they ask."""
    return person.may_manage or bool(person.role_ids & (settings.mod_roles | settings.admin_roles))


def oversees(settings: ServerSettings, person: Person) -> bool:
    """Whether somebody may look at all of the server's jobs, whoever was given the command for it."""
    return person.may_administer or bool(person.role_ids & (settings.mod_roles | settings.admin_roles))


def administers(settings: ServerSettings, person: Person) -> bool:
    """Whether somebody may change what the server has decided."""
    return person.may_administer or bool(person.role_ids & settings.admin_roles)


def check(gates: Gates, person: Person, now: datetime, job: Job | None = None) -> None:
    """Whether `person` may start something: a new job, or another attempt of `job`.

    Pause and block bind everybody. Channels and roles do not bind those who moderate.

    Raises:
        SwitchedOff, ServerPaused, MemberBlocked, ChannelNotAllowed, RoleMissing: what stands in the way.
    """
    if not gates.settings.enabled:
        raise SwitchedOff
    if gates.pause is not None and lasts(gates.pause, now):
        raise ServerPaused(until=gates.pause.until, reason=gates.pause.reason)
    for user_id in (person.user_id, *((job.order.owner_id,) if job else ())):
        block = gates.blocks.get(user_id)
        if block is not None and lasts(block, now):
            raise MemberBlocked(until=block.until, reason=block.reason, own=user_id == person.user_id)
    if not moderates(gates.settings, person):
        _check_channel(gates.settings, person, job)
        _check_roles(gates.settings, person)


def check_present(gates: Gates, attempt: Attempt) -> None:
    """Whether the bot is there to begin something; a renewal is its owner's affair, wherever they are.

    Raises:
        ServerLeft: it was removed from the server.
    """
    if gates.left_at is not None and attempt.renews is None:
        raise ServerLeft


def check_visibility(settings: ServerSettings, job: Job | None) -> None:
    """Whether a new job may be its owner's alone; what was ordered so before stays so.

    Raises:
        PrivateNotAllowed: the server wants results to be seen.
    """
    if job is not None and job.order.visibility is Visibility.PRIVATE and not settings.private_results:
        raise PrivateNotAllowed


def _check_channel(settings: ServerSettings, person: Person, job: Job | None) -> None:
    here = person.channel_ids | ({job.order.place.channel_id} if job else frozenset())
    if settings.allowed_channels and not settings.allowed_channels & here:
        raise ChannelNotAllowed(tuple(sorted(settings.allowed_channels)))


def _check_roles(settings: ServerSettings, person: Person) -> None:
    if settings.allowed_roles and not settings.allowed_roles & person.role_ids:
        raise RoleMissing(tuple(sorted(settings.allowed_roles)), unseen=person.elsewhere)


def stands_in_the_way(gates: Gates, user_ids: Collection[int], now: datetime) -> Pause | Block | None:
    """What keeps a job of these people, which is accepted, from being submitted."""
    if not gates.settings.enabled:
        return Pause()
    if gates.pause is not None and lasts(gates.pause, now):
        return gates.pause
    blocks = (gates.blocks.get(user_id) for user_id in user_ids)
    return next((block for block in blocks if block is not None and lasts(block, now)), None)


def quota_of(gates: Gates, user_id: int, role_ids: Collection[int]) -> Quota:
    """What holds for a member: their own quota, else the best of their roles', else the server's."""
    own = gates.quotas.get(user_id, Quota())
    roles = [gates.quotas[role_id] for role_id in role_ids if role_id in gates.quotas]
    settings = gates.settings
    return Quota(
        _first(own.per_day, _best([one.per_day for one in roles]), settings.quota_per_day),
        _first(own.at_once, _best([one.at_once for one in roles]), settings.quota_at_once),
    )


def take_place(gates: Gates, person: Person, used: Used, resets_at: datetime) -> None:
    """Whether one more attempt fits; the caller stores it in the transaction that has counted.

    Raises:
        LimitReached, TooManyRunning: it does not.
    """
    quota = quota_of(gates, person.user_id, person.role_ids)
    server_per_day = gates.settings.quota_server_per_day
    if quota.at_once is not None and used.now >= quota.at_once:
        raise TooManyRunning(quota.at_once, running=used.now)
    if quota.per_day is not None and used.today >= quota.per_day:
        raise LimitReached("member-day", limit=quota.per_day, resets_at=resets_at)
    if server_per_day is not None and used.by_all >= server_per_day:
        raise LimitReached("server-day", limit=server_per_day, resets_at=resets_at)


def is_given_back(attempt: Attempt) -> bool:
    """Whether an attempt has ended without costing anything, so that it uses up nobody's day.

    Told by the same facts as its cost is told to people.
    """
    if attempt.state is _S.REJECTED:
        return True
    if attempt.state in TASKLESS_IS_FREE and attempt.task_id is None:
        return True
    if attempt.state is not _S.FAILED:
        return False
    if attempt.credits_spent is not None:
        return attempt.credits_spent == 0
    return attempt.fault not in PERHAPS_MADE


def in_log(what: Pause | Block | Quota) -> str:
    """How the audit log tells it."""
    if isinstance(what, Quota):
        return f"per_day={_or_none(what.per_day)} at_once={_or_none(what.at_once)}"
    until = "for good" if what.until is None else f"until {what.until.isoformat(timespec='minutes')}"
    return f"{until}: {what.reason}" if what.reason else until


def _or_none(limit: int | None) -> str:
    return "none" if limit is None else str(limit)


def next_day(now: datetime) -> datetime:
    """When the limits of a day start afresh: at midnight, UTC."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def lasts(what: Pause | Block, now: datetime) -> bool:
    """Whether it has not run out yet."""
    return what.until is None or what.until > now


def _best(limits: Collection[int | None]) -> int | None:
    return max((limit for limit in limits if limit is not None), default=None)


def _first(*limits: int | None) -> int | None:
    return next((limit for limit in limits if limit is not None), None)


class GateStore(Protocol):
    """Pauses, blocks and quotas of servers. Every change is a line in the audit log, in its transaction."""

    async def gates(self, guild_id: int, concerned: Collection[int]) -> Gates:
        """What a server has decided, with the blocks and quotas of the people and roles of these ids."""
        ...

    async def used(self, guild_id: int, user_id: int, now: datetime) -> Used:
        """What is used up at `now`."""
        ...

    async def pause(self, guild_id: int, pause: Pause, *, actor_id: int, now: datetime) -> None:
        """Pauses the server, in place of what pause there is; cards of what waits there are made due."""

    async def resume(self, guild_id: int, *, actor_id: int, now: datetime) -> bool:
        """Ends the pause and makes due what it held up; False where there was none."""
        ...

    async def hold(self, guild_id: int, now: datetime) -> None:
        """Makes what waits in the server's queue say that its moderators hold it up."""

    async def release(self, guild_id: int, now: datetime) -> None:
        """Makes due what the server's moderators held up."""

    async def block(self, guild_id: int, block: Block, *, actor_id: int, now: datetime) -> None:
        """Blocks a member, in place of what block there is."""

    async def unblock(self, guild_id: int, user_id: int, *, actor_id: int, now: datetime) -> bool:
        """Ends a block; False where there was none."""
        ...

    async def blocks(self, guild_id: int, now: datetime) -> list[Block]:
        """The blocks that last, those that end first in front."""
        ...

    async def set_quota(
        self, guild_id: int, target_id: int, quota: Quota | None, *, actor_id: int, now: datetime
    ) -> None:
        """Sets the quota of a member or a role, or takes it away."""

    async def quotas(self, guild_id: int) -> dict[int, Quota]:
        """All quotas of a server, by the ids of members and roles."""
        ...
