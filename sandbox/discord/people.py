"""What members do: run commands, press buttons, fill in modals, react, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.discord import calls
from sandbox.discord.calls import Call, Modal
from sandbox.discord.channels import PRIVATE_THREAD, PUBLIC_THREAD, Channel, GuildChannel
from sandbox.discord.commands import (
    CHAT_INPUT,
    MESSAGE_MENU,
    USER_MENU,
    ClientRefused,
    FoundCommand,
    check_usable,
)
from sandbox.discord.files import AttachmentFile
from sandbox.discord.hub import Json
from sandbox.discord.invoke import open_call
from sandbox.discord.messages import BUTTON, LINK_STYLES, SELECTS, Message, as_button
from sandbox.discord.modals import chosen_values, filled_in
from sandbox.discord.options import Resolved, fill_in
from sandbox.discord.permissions import holds
from sandbox.discord.reactions import add_reaction, check_reaction, remove_reaction
from sandbox.discord.sending import NewMessage, post
from sandbox.discord.shapes import message_json
from sandbox.discord.threads import Thread
from sandbox.discord.users import Role, User

if TYPE_CHECKING:
    from sandbox.discord.guilds import Guild


@dataclass(frozen=True, slots=True)
class Choice:
    """One suggestion of an autocomplete."""

    name: str
    value: Any


class Member:
    """A person, or the bot, in a server."""

    def __init__(self, user: User, guild: Guild, roles: list[Role]) -> None:
        self.user = user
        self.guild = guild
        self.roles = roles
        self.joined_at = guild.world.clock.now()

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def json(self, *, with_user: bool = True) -> Json:
        """Discord's guild member object."""
        shape: Json = {
            "nick": None,
            "avatar": None,
            "banner": None,
            "roles": [str(role.id) for role in self.roles],
            "joined_at": self.joined_at.isoformat(),
            "premium_since": None,
            "pending": False,
            "flags": 0,
            "mute": False,
            "deaf": False,
            "communication_disabled_until": None,
        }
        return shape | ({"user": self.user.json()} if with_user else {})

    def give_role(self, role: Role) -> None:
        self.roles = [*self.roles, role]
        self.guild.world.emit("GUILD_MEMBER_UPDATE", self.guild.id, self._update())

    def take_role(self, role: Role) -> None:
        self.roles = [one for one in self.roles if one is not role]
        self.guild.world.emit("GUILD_MEMBER_UPDATE", self.guild.id, self._update())

    def _update(self) -> Json:
        return self.json() | {"guild_id": str(self.guild.id)}

    def refuse_direct_messages(self) -> None:
        """Close the private messages to the bot: it then meets 50007."""
        self.user.accepts_direct_messages = False

    def _in(self, channel: Channel) -> Member | None:
        return channel.guild.members.get(self.id) if channel.guild else None

    async def run_command(self, channel: Channel, name: str, /, **options: Any) -> Call:
        """Run a published slash command, written "character create"; options by their Discord names.

        Values are str, int, float, bool, `Member`, `Role`, `Channel` or `AttachmentFile`.

        Raises:
            ClientRefused: Discord's app would not have sent it.
        """
        found = self._usable(channel, name, CHAT_INPUT)
        return self._send_command(channel, found, found.specs, options, f"/{name}")

    async def run_unchecked(
        self, channel: Channel, name: str, specs: Sequence[Json], /, **options: Any
    ) -> Call:
        """Run a command as an app gone astray: options are checked against `specs`, not what is published."""
        found = channel.world.commands.find(channel.guild_id, name)
        return self._send_command(channel, found, list(specs), options, f"/{name}")

    def _send_command(
        self, channel: Channel, found: FoundCommand, specs: list[Json], options: Mapping[str, Any], label: str
    ) -> Call:
        resolved = Resolved(channel.world)
        filled = found.nest(fill_in(specs, options, resolved, self._in(channel)))
        arguments = _invocation(found, CHAT_INPUT) | {"options": filled} | resolved.json()
        told = " ".join([label, *(f"{name}:{_shown(value)}" for name, value in options.items())])
        return open_call(self.user, channel, calls.COMMAND, arguments, label=told)

    def _usable(self, channel: Channel, name: str, kind: int) -> FoundCommand:
        if isinstance(channel, Thread) and channel.archived:
            raise ClientRefused(f"{channel.place} is archived")
        found = channel.world.commands.find(channel.guild_id, name, kind)
        check_usable(found.command, channel, self._in(channel))
        return found

    async def run_message_command(self, message: Message, name: str) -> Call:
        """Pick an entry of a message's Apps menu.

        Raises:
            ClientRefused: there is no such entry, or the message is not to be seen.
        """
        self._check_sees(message)
        found = self._usable(message.channel, name, MESSAGE_MENU)
        resolved = Resolved(message.channel.world)
        target = resolved.message(message, message_json(message))
        arguments = _invocation(found, MESSAGE_MENU) | {"target_id": target} | resolved.json()
        return open_call(self.user, message.channel, calls.COMMAND, arguments, label=name)

    async def run_member_command(self, channel: Channel, member: Member, name: str) -> Call:
        """Pick an entry of a member's Apps menu."""
        found = self._usable(channel, name, USER_MENU)
        resolved = Resolved(channel.world)
        target = resolved.user(member.user, member)
        arguments = _invocation(found, USER_MENU) | {"target_id": target} | resolved.json()
        return open_call(self.user, channel, calls.COMMAND, arguments, label=name)

    async def autocomplete(
        self, channel: Channel, name: str, option: str, typed: str, /, **others: Any
    ) -> list[Choice]:
        """The suggestions for what was typed so far into one option.

        Raises:
            TimeoutError: the bot suggested nothing within three seconds.
        """
        found = self._usable(channel, name, CHAT_INPUT)
        spec = next((one for one in found.specs if one["name"] == option), None)
        if spec is None or not spec.get("autocomplete"):
            raise ClientRefused(f"option {option!r} of {name!r} has no autocomplete")
        given = [one for one in found.specs if one["name"] in others]
        filled = fill_in(given, others, Resolved(channel.world), self._in(channel))
        focused = {"name": option, "type": spec["type"], "value": typed, "focused": True}
        arguments = _invocation(found, CHAT_INPUT) | {"options": found.nest([*filled, focused])}
        call = open_call(self.user, channel, calls.AUTOCOMPLETE, arguments, label=f"/{name} {option}:{typed}")
        response = await call.first_response()
        return [Choice(one["name"], one["value"]) for one in response.choices]

    async def press(self, message: Message, button: str) -> Call:
        """Press a button, named by its label or by the beginning of its custom id.

        Raises:
            ClientRefused: there is no such button, or it cannot be pressed.
        """
        self._check_sees(message)
        named = message.buttons.get(button)
        component = message.find(named.custom_id if named and named.custom_id else button)
        if component is None or component["type"] != BUTTON:
            raise ClientRefused(f"no button {button!r}; there are {sorted(message.buttons)}")
        found = as_button(component)
        if found.disabled or found.style in LINK_STYLES:
            raise ClientRefused(f"button {button!r} cannot be pressed")
        return self._send_component(message, component, {}, f"press {found.label}")

    async def select(self, message: Message, custom_id: str, values: Sequence[Any]) -> Call:
        """Choose values in a select: texts, or members, roles and channels where it is of that kind."""
        self._check_sees(message)
        component = message.find(custom_id)
        if component is None or component["type"] not in SELECTS or component.get("disabled"):
            raise ClientRefused(f"no usable select {custom_id!r}")
        resolved = Resolved(message.channel.world)
        chosen = chosen_values(component, values, resolved, self._in(message.channel))
        return self._send_component(
            message, component, {"values": chosen} | resolved.json(), f"select {chosen}"
        )

    def _send_component(self, message: Message, component: Json, more: Json, label: str) -> Call:
        arguments = {
            "custom_id": component["custom_id"],
            "component_type": component["type"],
            "id": component.get("id", 0),
        }
        return open_call(
            self.user, message.channel, calls.COMPONENT, arguments | more, label=label, message=message
        )

    def _check_sees(self, message: Message) -> None:
        if message.deleted or message.visible_to not in {None, self.user}:
            raise ClientRefused(f"{self.name} cannot see {message!r}")
        if isinstance(message.channel, Thread) and message.channel.archived:
            raise ClientRefused(f"{message.channel.place} is archived")

    async def submit(self, modal: Modal, /, **values: Any) -> Call:
        """Fill in a modal and send it; fields by custom id, one file or a list of them as `AttachmentFile`.

        It can be sent again: an app keeps the form open until it is answered, and a second press on Send
        makes another interaction with the same custom id.

        Raises:
            ClientRefused: it is on somebody else's screen, or a field refuses its value.
        """
        call = modal.call
        if call.user is not self.user:
            raise ClientRefused(f"{modal.title!r} is not on the screen of {self.name}")
        resolved = Resolved(call.world)
        components = filled_in(modal.components, values, resolved, self._in(call.channel))
        arguments = {"custom_id": modal.custom_id, "components": components} | resolved.json()
        label = f"submit {modal.title}"
        return open_call(
            self.user,
            call.channel,
            calls.MODAL_SUBMIT,
            arguments,
            label=label,
            message=call.message,
            triggered_by=call,
        )

    async def react(self, message: Message, emoji: str) -> None:
        """React to a message.

        Raises:
            ClientRefused: the message is gone, archived, or the person may not.
        """
        self._check_sees(message)
        refused = check_reaction(message, emoji, message.channel.permissions_of(self._in(message.channel)))
        if refused or message.ephemeral:
            raise ClientRefused(f"{self.name} may not react with {emoji}: {refused}")
        add_reaction(message, emoji, self.user)

    async def unreact(self, message: Message, emoji: str) -> None:
        remove_reaction(message, emoji, self.user)

    async def write(self, channel: Channel, content: str, files: Sequence[AttachmentFile] = ()) -> Message:
        """Post an ordinary message."""
        wanted = "SEND_MESSAGES_IN_THREADS" if isinstance(channel, Thread) else "SEND_MESSAGES"
        if not holds(channel.permissions_of(self._in(channel)), wanted):
            raise ClientRefused(f"{self.name} may not write in {channel.place}")
        folder = f"attachments/{channel.id}"
        stored = [channel.world.store_file(file, folder) for file in files]
        return post(channel, NewMessage(self.user, content, files=stored))

    async def start_thread(self, channel: GuildChannel, name: str, *, private: bool = False) -> Thread:
        """Open a thread of one's own; the bot is not in it."""
        wanted = "CREATE_PRIVATE_THREADS" if private else "CREATE_PUBLIC_THREADS"
        if not holds(channel.permissions_of(self), wanted):
            raise ClientRefused(f"{self.name} may not open such a thread in {channel.place}")
        kind = PRIVATE_THREAD if private else PUBLIC_THREAD
        thread = Thread(channel, channel.world.mint.next(), kind, name, self.user)
        thread.join([self.user])
        thread.announce()
        return thread


def _shown(value: Any) -> str:
    """A value as it stands in the line a person typed."""
    if isinstance(value, AttachmentFile):
        return value.filename
    return str(getattr(value, "name", value))


def _invocation(found: FoundCommand, kind: int) -> Json:
    command = found.command
    shape = {"id": command["id"], "name": command["name"], "type": kind}
    return shape | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})
