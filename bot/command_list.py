"""What differs between the commands that we have and those that Discord has. Pure.

Discord: Application Commands. What it answers has ids, versions and the defaults of whatever was not given.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = Mapping[str, Any]

CHAT_INPUT = 1
MENUS = {2: "user menu", 3: "message menu"}
DEFAULTS: Json = {
    "type": CHAT_INPUT,
    "description": "",
    "nsfw": False,
    "default_member_permissions": None,
    "contexts": None,
    "integration_types": [0],
    "required": False,
    "autocomplete": False,
    "choices": [],
    "channel_types": [],
    "min_length": 0,
    "max_length": None,
    "min_value": None,
    "max_value": None,
}
"""Every field that is compared, and what it is where nobody has said anything.

`dm_permission` is not among them: Discord fills it in from `contexts`.
"""


class ChangeKind(StrEnum):
    """What publishing would do to a command, or to a part of one."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `name` is the way down, such as `/character create clip`; `fields` are what differs."""

    kind: ChangeKind
    name: str
    fields: tuple[str, ...] = ()


def changes(ours: Iterable[Json], published: Iterable[Json]) -> tuple[Change, ...]:
    """What publishing ours would change, in our order; what would go stands last."""
    return tuple(_between({_name(one): one for one in ours}, {_name(one): one for one in published}))


def _name(command: Json) -> str:
    menu = MENUS.get(command.get("type", CHAT_INPUT))
    return f"{menu} {command['name']}" if menu else f"/{command['name']}"


def _between(ours: Mapping[str, Json], published: Mapping[str, Json]) -> Iterator[Change]:
    for name, own in ours.items():
        if name in published:
            yield from _differences(name, own, published[name])
        else:
            yield Change(ChangeKind.ADD, name)
    for name in published:
        if name not in ours:
            yield Change(ChangeKind.REMOVE, name)


def _differences(name: str, own: Json, published: Json) -> Iterator[Change]:
    fields = [field for field in DEFAULTS if _value(own, field) != _value(published, field)]
    own_options, published_options = _options(name, own), _options(name, published)
    if set(own_options) == set(published_options) and list(own_options) != list(published_options):
        fields.append("order of options")
    if fields:
        yield Change(ChangeKind.CHANGE, name, tuple(fields))
    yield from _between(own_options, published_options)


def _options(name: str, command: Json) -> dict[str, Json]:
    return {f"{name} {option['name']}": option for option in command.get("options") or ()}


def _value(command: Json, field: str) -> object:
    value = command.get(field)
    if value is None:
        return DEFAULTS[field]
    if field == "choices":
        return [(choice["name"], choice["value"]) for choice in value]
    if field == "contexts":
        return sorted(value)
    # Ours is a number, Discord's a text.
    return str(value) if field == "default_member_permissions" else value
