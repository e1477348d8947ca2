"""What a server has decided. Every setting has a default that is safe without any set-up. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Literal

from bot.errors import SettingRefused

NONE = "none"
ANY = "any"
ON, OFF = "on", "off"
IDS_AT_MOST = 25
"""Channels or roles in one setting: as many as a select of Discord's holds."""
PER_DAY_AT_MOST = 1000
AT_ONCE_AT_MOST = 20
SERVER_PER_DAY_AT_MOST = 100_000

# Discord's ids have 17 to 20 digits (Discord: Reference, Snowflakes).
SNOWFLAKE = re.compile(r"([0-9]{17,20})")
CHANNEL = re.compile(r"<#([0-9]{17,20})>")
ROLE = re.compile(r"<@&([0-9]{17,20})>")


class Failover(StrEnum):
    """What follows when a provider's model is off and another provider would take the clip."""

    ASK = "ask"
    AUTOMATIC = "automatic"
    OFF = "off"


class Approval(StrEnum):
    """What a moderator looks at before anything is uploaded or paid."""

    OFF = "off"
    FLAGGED = "flagged"
    ALL = "all"


class SafetyFloor(StrEnum):
    """What every member's safety text begins with."""

    STRICT = "strict"
    STANDARD = "standard"


class ThreadArchive(StrEnum):
    """After how long without a message a thread leaves the channel list."""

    HOUR = "1h"
    DAY = "1d"
    THREE_DAYS = "3d"
    WEEK = "7d"

    @property
    def minutes(self) -> Literal[60, 1440, 4320, 10080]:
        """What Discord takes (Discord: Channel, Thread Metadata Object)."""
        return _ARCHIVE_MINUTES[self]


_ARCHIVE_MINUTES: Mapping[str, Literal[60, 1440, 4320, 10080]] = {
    ThreadArchive.HOUR: 60,
    ThreadArchive.DAY: 1440,
    ThreadArchive.THREE_DAYS: 4320,
    ThreadArchive.WEEK: 10080,
}


class Results(StrEnum):
    """Where it is posted what came of a job that everybody may see."""

    THREAD = "thread"
    CHANNEL = "channel"
    RESULTS_CHANNEL = "results_channel"


class Renewal(StrEnum):
    """What follows when a character's source is about to lapse."""

    ASK = "ask"
    AUTOMATIC = "automatic"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`retention_days` is how long clips of ended jobs are kept that no character was made of.

    Jobs may be started in `allowed_channels`, their threads included, and by those who hold one of
    `allowed_roles`; where a set is empty, in all and by all. Holders of `mod_roles` moderate without a
    permission of Discord's; those of `admin_roles` may change what the server has decided as well. The
    `quota_` are for each member, in a UTC day and running at once, and for the server in a UTC day; None is
    no limit. What moderators do is told in `log_channel`. `results` is the place that is tried first for what
    came of a job, and `results_channel` takes what has no better one. `quota_soft_per_day` is for each
    member, too: beyond it a moderator decides. `newcomer_days` is how long accounts and members count as new;
    what is to be decided is shown in `review_channel`. `private_results` lets members order
    what only they see. `thread_archive` is for threads and posts that are opened from then on.
    """

    failover: Failover = Failover.ASK
    renewal: Renewal = Renewal.ASK
    retention_days: int = 30
    allowed_channels: frozenset[int] = frozenset()
    allowed_roles: frozenset[int] = frozenset()
    mod_roles: frozenset[int] = frozenset()
    admin_roles: frozenset[int] = frozenset()
    enabled: bool = True
    sharing: bool = True
    reaction_retry: bool = True
    log_channel: int | None = None
    results: Results = Results.THREAD
    results_channel: int | None = None
    quota_per_day: int | None = None
    quota_at_once: int | None = None
    quota_server_per_day: int | None = None
    approval: Approval = Approval.FLAGGED
    review_channel: int | None = None
    quota_soft_per_day: int | None = None
    newcomer_days: int | None = 3
    safety_floor: SafetyFloor = SafetyFloor.STRICT
    private_results: bool = True
    thread_archive: ThreadArchive = ThreadArchive.DAY

    @property
    def results_go(self) -> Results:
        """Where they are posted: a channel that was never chosen, or is gone, takes none."""
        is_missing = self.results is Results.RESULTS_CHANNEL and self.results_channel is None
        return Results.THREAD if is_missing else self.results


@dataclass(frozen=True, slots=True)
class SettingRule:
    """How one setting is read from a text, and what may stand there.

    `read` raises ValueError for everything else, and reads what `write` makes of a value. `choices` are all
    values, where they can be listed, or those that have a word of their own.
    """

    read: Callable[[str], Any]
    accepted: str
    choices: tuple[str, ...] = ()
    write: Callable[[Any], str] = str


def one_of(kind: type[StrEnum]) -> SettingRule:
    choices = tuple(member.value for member in kind)
    return SettingRule(kind, ", ".join(choices), choices)


def number(least: int, most: int) -> SettingRule:
    def read(text: str) -> int:
        found = int(text) if text.isascii() and text.isdigit() else -1
        if not least <= found <= most:
            raise ValueError(text)
        return found

    return SettingRule(read, f"a whole number from {least} to {most}")


def limit(least: int, most: int) -> SettingRule:
    """A number, or none."""
    rule = number(least, most)

    def read(text: str) -> int | None:
        return None if text == NONE else rule.read(text)

    return SettingRule(read, f"{rule.accepted}, or `{NONE}`", (NONE,), _or_none)


def switch() -> SettingRule:
    def read(text: str) -> bool:
        if text not in (ON, OFF):
            raise ValueError(text)
        return text == ON

    return SettingRule(read, f"`{ON}` or `{OFF}`", (ON, OFF), lambda value: ON if value else OFF)


def channel(accepted: str) -> SettingRule:
    """One channel by mention or id, or none."""

    def read(text: str) -> int | None:
        return None if text == NONE else _id(text, CHANNEL)

    return SettingRule(read, f"{accepted}, or `{NONE}`", (NONE,), _or_none)


def _or_none(value: int | None) -> str:
    return NONE if value is None else str(value)


def ids(mention: re.Pattern[str], accepted: str, empty: str = ANY) -> SettingRule:
    """Up to `IDS_AT_MOST` channels or roles, by mention or id; `empty` is the word for an empty set."""

    def read(text: str) -> frozenset[int]:
        if text == empty:
            return frozenset()
        found = frozenset(_id(part, mention) for part in re.split(r"[\s,]+", text) if part)
        if not 1 <= len(found) <= IDS_AT_MOST:
            raise ValueError(text)
        return found

    return SettingRule(
        read, f"{accepted}, or `{empty}`", (empty,), lambda value: " ".join(map(str, sorted(value))) or empty
    )


def _id(text: str, mention: re.Pattern[str]) -> int:
    found = mention.fullmatch(text) or SNOWFLAKE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1])


ROLES_ACCEPTED = f"up to {IDS_AT_MOST} roles of this server"
RULES: dict[str, SettingRule] = {
    "failover": one_of(Failover),
    "renewal": one_of(Renewal),
    "retention_days": number(1, 3650),
    "allowed_channels": ids(CHANNEL, f"up to {IDS_AT_MOST} channels of this server"),
    "allowed_roles": ids(ROLE, ROLES_ACCEPTED),
    "mod_roles": ids(ROLE, ROLES_ACCEPTED, NONE),
    "admin_roles": ids(ROLE, ROLES_ACCEPTED, NONE),
    "enabled": switch(),
    "sharing": switch(),
    "reaction_retry": switch(),
    "log_channel": channel("a channel of this server"),
    "results": one_of(Results),
    "results_channel": channel("a text or forum channel of this server"),
    "quota_per_day": limit(0, PER_DAY_AT_MOST),
    "quota_at_once": limit(1, AT_ONCE_AT_MOST),
    "quota_server_per_day": limit(0, SERVER_PER_DAY_AT_MOST),
    "approval": one_of(Approval),
    "review_channel": channel("a text channel of this server"),
    "quota_soft_per_day": limit(0, PER_DAY_AT_MOST),
    "newcomer_days": limit(1, 365),
    "safety_floor": one_of(SafetyFloor),
    "private_results": switch(),
    "thread_archive": one_of(ThreadArchive),
}
NAMES = tuple(field.name for field in fields(ServerSettings))


def changed(settings: ServerSettings, name: str, text: str) -> ServerSettings:
    """The settings with one of them set to what a text says.

    Raises:
        SettingRefused: there is no such setting, or it takes no such value.
    """
    rule = RULES.get(name)
    if rule is None:
        raise SettingRefused("setting", found=name, accepted=", ".join(NAMES))
    try:
        value = rule.read(text.strip().casefold())
    except ValueError:
        raise SettingRefused(name, found=text, accepted=rule.accepted) from None
    return replace(settings, **{name: value})


def written(settings: ServerSettings, name: str) -> str:
    """The value of a setting as a text that `changed` reads back."""
    return RULES[name].write(getattr(settings, name))


CHANNEL_SETS = frozenset({"allowed_channels"})
ROLE_SETS = frozenset({"allowed_roles", "mod_roles", "admin_roles"})
ADMITTING = frozenset({"allowed_channels", "allowed_roles"})
"""Sets that let everybody in when they are empty."""
ONE_CHANNEL = frozenset({"log_channel", "results_channel", "review_channel"})


def without(settings: ServerSettings, gone_id: int) -> dict[str, str]:
    """What becomes of the settings that name a channel or a role which was deleted: new values by names.

    What admits people keeps the last that it names: without it everybody would be let in.
    """
    changes = {}
    for name in NAMES:
        value = getattr(settings, name)
        if name in ONE_CHANNEL and value == gone_id:
            changes[name] = NONE
        elif name in CHANNEL_SETS | ROLE_SETS and gone_id in value:
            left = value - {gone_id}
            if left or name not in ADMITTING:
                changes[name] = RULES[name].write(left)
    return changes


TAKES_POSTS = frozenset({"results_channel"})
"""Settings that may name a forum, in which a message begins a post."""
