"""The published application commands, and which of them a person can use where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord.errors import refusal
from sandbox.discord.hub import Json
from sandbox.discord.permissions import holds

if TYPE_CHECKING:
    from sandbox.discord.channels import Channel
    from sandbox.discord.people import Member
    from sandbox.discord.world import World

CHAT_INPUT: Final = 1
USER_MENU: Final = 2
MESSAGE_MENU: Final = 3
SUBCOMMAND: Final = 1
SUBCOMMAND_GROUP: Final = 2
CREATES_LIMIT: Final = 200  # new commands per server, or globally, within the window
CREATES_WINDOW: Final = timedelta(days=1)
# What a command accepts when its publisher said nothing.
DEFAULTS: Final[Json] = {
    "type": CHAT_INPUT,
    "description": "",
    "options": [],
    "nsfw": False,
    "default_member_permissions": None,
    "dm_permission": True,
    "contexts": None,
    "integration_types": [0],
    "name_localizations": None,
    "description_localizations": None,
}


class ClientRefused(Exception):
    """The person's Discord app would not have let them do this; nothing was sent to the bot."""


@dataclass(frozen=True, slots=True)
class FoundCommand:
    """A published command, and the way down to the subcommand meant."""

    command: Json
    path: tuple[Json, ...]  # the group and subcommand options, outermost first

    @property
    def specs(self) -> list[Json]:
        """The options of the innermost."""
        innermost = self.path[-1] if self.path else self.command
        options: list[Json] = innermost.get("options") or []
        return options

    def nest(self, options: list[Json]) -> list[Json]:
        """Wrap filled-in options in the subcommand and its group."""
        for step in reversed(self.path):
            options = [{"type": step["type"], "name": step["name"], "options": options}]
        return options


def _key(request: Json) -> tuple[int, str]:
    return request.get("type") or CHAT_INPUT, request["name"]


class CommandBook:
    """Global commands and those of single servers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._books: dict[int | None, dict[tuple[int, str], Json]] = {}
        self._created: dict[int | None, list[datetime]] = {}

    def listed(self, guild_id: int | None) -> list[Json]:
        """The commands published for a server, or globally."""
        return list(self._books.get(guild_id, {}).values())

    def everything(self) -> list[Json]:
        return [command for book in self._books.values() for command in book.values()]

    def overwrite(self, guild_id: int | None, requests: Sequence[Json]) -> list[Json]:
        """Replace all commands; those that keep type and name keep their id.

        Raises:
            Refusal: 30034 when too many new ones were published within a day.
        """
        old = self._books.get(guild_id, {})
        self._count(guild_id, sum(_key(request) not in old for request in requests))
        self._books[guild_id] = {}
        for request in requests:
            self._books[guild_id][_key(request)] = self._published(guild_id, request, old.get(_key(request)))
        self._world.changed()
        return self.listed(guild_id)

    def upsert(self, guild_id: int | None, request: Json) -> tuple[Json, bool]:
        """Publish one command; also says whether it is new. Raises as `overwrite` does."""
        book = self._books.setdefault(guild_id, {})
        key = _key(request)
        old = book.get(key)
        self._count(guild_id, 0 if old else 1)
        book[key] = self._published(guild_id, request, old)
        self._world.changed()
        return book[key], old is None

    def by_id(self, guild_id: int | None, command_id: int) -> Json | None:
        return next((one for one in self.listed(guild_id) if one["id"] == str(command_id)), None)

    def change(self, guild_id: int | None, old: Json, request: Json) -> Json:
        """Replace one command, which may get another name; its id stays."""
        book = self._books[guild_id]
        del book[_key(old)]
        book[_key(request)] = self._published(guild_id, request, old)
        return book[_key(request)]

    def remove(self, guild_id: int | None, command: Json) -> None:
        del self._books[guild_id][command["type"], command["name"]]

    def _count(self, guild_id: int | None, number: int) -> None:
        now = self._world.clock.now()
        recent = [one for one in self._created.get(guild_id, ()) if now - one < CREATES_WINDOW]
        if number and len(recent) + number > CREATES_LIMIT:
            raise refusal(30034)
        self._created[guild_id] = [*recent, *[now] * number]

    def _published(self, guild_id: int | None, request: Json, old: Json | None) -> Json:
        given = {name: value for name, value in request.items() if value is not None}
        shape = DEFAULTS | given
        shape["id"] = old["id"] if old else str(self._world.mint.next())
        shape["application_id"] = str(self._world.application_id)
        shape["version"] = str(self._world.mint.next())
        permissions = shape["default_member_permissions"]
        shape["default_member_permissions"] = None if permissions is None else str(permissions)
        return shape | ({"guild_id": str(guild_id)} if guild_id else {})

    def find(self, guild_id: int | None, name: str, kind: int = CHAT_INPUT) -> FoundCommand:
        """The command "name", or "name subcommand", or "name group subcommand", as a member would pick it.

        Raises:
            ClientRefused: there is no such command, or it needs a subcommand.
        """
        words = name.removeprefix("/").split(" ") if kind == CHAT_INPUT else [name]
        command = self.find_top(guild_id, words[0], kind)
        path: list[Json] = []
        options: Any = command.get("options") or []
        for word in words[1:]:
            step = next((one for one in options if one["name"] == word and one["type"] in {1, 2}), None)
            if step is None:
                raise ClientRefused(f"{words[0]} has no subcommand {word!r}")
            path.append(step)
            options = step.get("options") or []
        if any(option["type"] in {SUBCOMMAND, SUBCOMMAND_GROUP} for option in options):
            raise ClientRefused(f"{name!r} needs a subcommand: {[option['name'] for option in options]}")
        return FoundCommand(command, tuple(path))

    def find_top(self, guild_id: int | None, name: str, kind: int = CHAT_INPUT) -> Json:
        """The published command of this name, one of the server before a global one.

        Raises:
            ClientRefused: there is none.
        """
        for book in (guild_id, None) if guild_id else (None,):
            if (kind, name) in self._books.get(book, {}):
                return self._books[book][kind, name]
        published = [command["name"] for command in self.everything()]
        raise ClientRefused(f"no command {name!r}; published: {published}")


def check_usable(command: Json, channel: Channel, member: Member | None) -> None:
    """Refuse what Discord's own app would not offer.

    Raises:
        ClientRefused: wrong place, or missing permission.
    """
    context = 0 if channel.guild else 1
    contexts = command["contexts"]
    if contexts is not None and context not in contexts:
        raise ClientRefused(f"{command['name']!r} is not offered in {channel.place}")
    if context == 1 and contexts is None and not command["dm_permission"]:
        raise ClientRefused(f"{command['name']!r} is not offered in private conversations")
    if member is None:
        return
    own = channel.permissions_of(member)
    if holds(own, "ADMINISTRATOR"):
        return
    _check_allowed(command, member, own)
    if not holds(own, "USE_APPLICATION_COMMANDS", "VIEW_CHANNEL"):
        raise ClientRefused(f"{member.name} may not use commands in {channel.place}")


def _check_allowed(command: Json, member: Member, own: int) -> None:
    """What the server decided counts; where it did not, the permissions that the command asks for."""
    verdict = member.guild.integrations.verdict(command["id"], member)
    if verdict is False:
        raise ClientRefused(f"{member.name} may not use {command['name']!r} here, by Integrations")
    wanted = command["default_member_permissions"]
    if verdict is None and wanted is not None and (int(wanted) == 0 or own & int(wanted) != int(wanted)):
        raise ClientRefused(f"{member.name} lacks the permissions {command['name']!r} asks for")
