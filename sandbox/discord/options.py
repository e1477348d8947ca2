"""Filling in the options of a command, with the checks a Discord app makes before it sends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord.channels import Channel
from sandbox.discord.commands import ClientRefused
from sandbox.discord.files import AttachmentFile, attachment_json
from sandbox.discord.hub import Json
from sandbox.discord.users import Role, User

if TYPE_CHECKING:
    from sandbox.discord.messages import Message
    from sandbox.discord.people import Member
    from sandbox.discord.world import World

STRING: Final = 3
INTEGER: Final = 4
BOOLEAN: Final = 5
USER: Final = 6
CHANNEL: Final = 7
ROLE: Final = 8
MENTIONABLE: Final = 9
NUMBER: Final = 10
ATTACHMENT: Final = 11


class Resolved:
    """The objects behind the ids in an interaction."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shape: Json = {}

    def add(self, kind: str, key: int, shape: Json) -> str:
        self._shape.setdefault(kind, {})[str(key)] = shape
        return str(key)

    def user(self, user: User, member: Member | None) -> str:
        if member is not None:
            shape = member.json(with_user=False) | {"permissions": str(member.guild.permissions_of(member))}
            self.add("members", user.id, shape)
        return self.add("users", user.id, user.json())

    def channel(self, channel: Channel, caller: Member | None) -> str:
        shape = channel.json() | {"permissions": str(channel.permissions_of(caller))}
        return self.add("channels", channel.id, shape)

    def file(self, file: AttachmentFile) -> str:
        """Upload a file the way slash commands and modals do."""
        folder = f"ephemeral-attachments/{self._world.application_id}"
        stored = self._world.store_file(file, folder, ephemeral=True)
        return self.add("attachments", stored.attachment_id, attachment_json(self._world, stored))

    def message(self, message: Message, shape: Json) -> str:
        return self.add("messages", message.id, shape)

    def json(self) -> Json:
        """The `resolved` part, empty when nothing was named."""
        return {"resolved": self._shape} if self._shape else {}


def fill_in(
    specs: list[Json], values: Mapping[str, Any], resolved: Resolved, caller: Member | None
) -> list[Json]:
    """The `options` of an interaction.

    Raises:
        ClientRefused: an unknown name, a missing required option, or a value the option does not take.
    """
    known = {spec["name"]: spec for spec in specs}
    if unknown := set(values) - set(known):
        raise ClientRefused(f"no such option: {sorted(unknown)}; there are {sorted(known)}")
    if missing := [name for name, spec in known.items() if spec.get("required") and name not in values]:
        raise ClientRefused(f"required options are missing: {missing}")
    return [
        {"name": name, "type": spec["type"], "value": encoded(spec, values[name], resolved, caller)}
        for name, spec in known.items()
        if values.get(name) is not None
    ]


def encoded(spec: Json, value: Any, resolved: Resolved, caller: Member | None) -> Any:
    """One value as it stands in the interaction; objects become ids and are added to `resolved`."""
    kind = spec["type"]
    if kind in {STRING, INTEGER, NUMBER}:
        return _plain(spec, value)
    if kind == BOOLEAN and isinstance(value, bool):
        return value
    if kind == ATTACHMENT and isinstance(value, AttachmentFile):
        return resolved.file(value)
    if kind == CHANNEL and isinstance(value, Channel):
        return resolved.channel(value, caller)
    return _encoded_person_or_role(spec, value, resolved)


def _encoded_person_or_role(spec: Json, value: Any, resolved: Resolved) -> str:
    kind = spec["type"]
    if kind in {ROLE, MENTIONABLE} and isinstance(value, Role):
        return resolved.add("roles", value.id, value.json())
    if kind in {USER, MENTIONABLE} and isinstance(value, User):
        return resolved.user(value, None)
    if kind in {USER, MENTIONABLE} and isinstance(getattr(value, "user", None), User):
        return resolved.user(value.user, value)
    raise ClientRefused(f"option {spec['name']!r} of type {kind} does not take {value!r}")


def _plain(spec: Json, value: Any) -> Any:
    name = spec["name"]
    accepted: dict[int, tuple[type, ...]] = {STRING: (str,), INTEGER: (int,), NUMBER: (int, float)}
    if isinstance(value, bool) or not isinstance(value, accepted[spec["type"]]):
        raise ClientRefused(f"option {name!r} does not take {value!r}")
    choices = [choice["value"] for choice in spec.get("choices") or ()]
    if choices and value not in choices:
        raise ClientRefused(f"option {name!r} offers {choices}, not {value!r}")
    measure: Callable[[Any], float] = len if spec["type"] == STRING else float
    least, most = ("min_length", "max_length") if spec["type"] == STRING else ("min_value", "max_value")
    if spec.get(least) is not None and measure(value) < spec[least]:
        raise ClientRefused(f"option {name!r}: {measure(value)} is below {spec[least]}")
    if spec.get(most) is not None and measure(value) > spec[most]:
        raise ClientRefused(f"option {name!r}: {measure(value)} is above {spec[most]}")
    return value
