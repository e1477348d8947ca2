"""What a server has decided. Every setting has a default that is safe without any set-up. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from bot.errors import SettingRefused


class Failover(StrEnum):
    """What follows when a provider's model is off and another provider would take the clip."""

    ASK = "ask"
    AUTOMATIC = "automatic"
    OFF = "off"


class Renewal(StrEnum):
    """What follows when a character's source is about to lapse."""

    ASK = "ask"
    AUTOMATIC = "automatic"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`retention_days` is how long clips of ended jobs are kept that no character was made of."""

    failover: Failover = Failover.ASK
    renewal: Renewal = Renewal.ASK
    retention_days: int = 30


@dataclass(frozen=True, slots=True)
class SettingRule:
    """How one setting is read from a text, and what may stand there.

    `read` raises ValueError for everything else; `choices` are all values, where they can be listed.
    """

    read: Callable[[str], Any]
    accepted: str
    choices: tuple[str, ...] = ()


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


RULES: dict[str, SettingRule] = {
    "failover": one_of(Failover),
    "renewal": one_of(Renewal),
    "retention_days": number(1, 3650),
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
    return str(getattr(settings, name))
