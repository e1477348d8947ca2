"""A page on loopback where a person acts as a member: commands, forms, buttons, reactions, reading along."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import BodyPartReader, web

from sandbox.discord.calls import Call
from sandbox.discord.channels import Channel
from sandbox.discord.commands import CHAT_INPUT, MESSAGE_MENU, SUBCOMMAND, ClientRefused
from sandbox.discord.files import AttachmentFile
from sandbox.discord.hub import Json
from sandbox.discord.messages import Message
from sandbox.discord.modals import shown_fields, typed
from sandbox.discord.people import Member
from sandbox.discord.world import World

PAGE: Final = Path(__file__).with_name("control.html")
Fields = dict[str, str | AttachmentFile]
Act = Callable[[Fields], Awaitable[None]]


class Control:
    """The page and what its forms do. The member is the first person of the first server."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._latest: Call | None = None  # what the member did last; a modal on the screen is its answer

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._page)
        app.router.add_get("/control/conversation", self._conversation)
        for act in (self.command, self.menu, self.submit, self.press, self.react, self.write):
            app.router.add_post(f"/control/{act.__name__}", self._form(act))

    @staticmethod
    async def _page(_: web.Request) -> web.Response:
        return web.Response(body=PAGE.read_bytes(), content_type="text/html", charset="utf-8")

    async def _conversation(self, _: web.Request) -> web.Response:
        """Every place with its messages, newest place last, ephemeral ones marked; and what can be done."""
        places = [self._place_json(channel) for channel in self._world.channels.values() if channel.by_id]
        published = self._world.commands.everything()
        menus = [command["name"] for command in published if command["type"] == MESSAGE_MENU]
        told = {
            "places": places,
            "commands": self._command_names(),
            "menus": menus,
            "modal": self._modal_json(),
        }
        return web.json_response(told)

    def _modal_json(self) -> Json | None:
        modal = self._latest.modal if self._latest else None
        if modal is None:
            return None
        return {"id": modal.custom_id, "title": modal.title, "fields": shown_fields(modal.components)}

    def _place_json(self, channel: Channel) -> Json:
        shown = [message for message in channel.by_id.values() if not message.deleted]
        return {"place": channel.place, "messages": [_message_json(message) for message in shown]}

    def _command_names(self) -> list[str]:
        names: list[str] = []
        for command in self._world.commands.everything():
            if command["type"] != CHAT_INPUT:
                continue
            subcommands = [one["name"] for one in command["options"] if one["type"] == SUBCOMMAND]
            names += [f"{command['name']} {one}" for one in subcommands] or [command["name"]]
        return names

    def _form(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                await act(await _read_fields(request))
            except (ClientRefused, LookupError) as refused:
                return web.json_response({"refused": str(refused)}, status=409)
            return web.json_response({"done": True})

        return answer

    def _member(self) -> Member:
        """The first person in the first server.

        Raises:
            LookupError: there is none.
        """
        for guild in self._world.guilds.values():
            for member in guild.members.values():
                if member.user not in {self._world.bot, self._world.owner}:
                    return member
        raise LookupError("nobody is there yet")

    async def command(self, fields: Fields) -> None:
        """Run a slash command in the first channel; the page's fields are its options."""
        member = self._member()
        name = str(fields.pop("command"))
        specs = {one["name"] for one in self._world.commands.find(member.guild.id, name).specs}
        options = {key: value for key, value in fields.items() if key in specs}
        self._latest = await member.run_command(member.guild.channels[0], name, **options)

    async def menu(self, fields: Fields) -> None:
        """Pick an entry of a message's Apps menu."""
        self._latest = await self._member().run_message_command(self._message(fields), str(fields["command"]))

    async def submit(self, fields: Fields) -> None:
        """Send the form that is on the screen.

        Raises:
            LookupError: there is none.
        """
        modal = self._latest.modal if self._latest else None
        if modal is None:
            raise LookupError("there is no form to send")
        self._latest = await self._member().submit(modal, **typed(modal.components, fields))

    async def press(self, fields: Fields) -> None:
        """Press a button, named by its label."""
        self._latest = await self._member().press(self._message(fields), str(fields["button"]))

    async def react(self, fields: Fields) -> None:
        await self._member().react(self._message(fields), str(fields["emoji"]))

    async def write(self, fields: Fields) -> None:
        """Post an ordinary message with a file in the first channel."""
        member = self._member()
        files = [one for one in fields.values() if isinstance(one, AttachmentFile)]
        await member.write(member.guild.channels[0], str(fields.get("content", "")), files)

    def _message(self, fields: Fields) -> Message:
        number = int(str(fields["message_id"]))
        found = [one for channel in self._world.channels.values() if (one := channel.find(number))]
        if not found:
            raise LookupError(f"no message {number}")
        return found[0]


def _message_json(message: Message) -> Json:
    return {
        "id": str(message.id),
        "author": message.author.name,
        "text": message.text,
        "ephemeral": message.ephemeral,
        "thinking": message.loading,
        "buttons": [button.label for button in message.buttons.values() if not button.disabled],
        "reactions": {emoji: len(users) for emoji, users in message.reactions.items()},
    }


async def _read_fields(request: web.Request) -> Fields:
    """The fields of a form, from a browser or from `curl -F`; chosen files become attachments."""
    fields: Fields = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        content = bytes(await part.read())
        if part.filename:
            fields[part.name] = AttachmentFile(part.filename, content)
        elif content:
            fields[part.name] = content.decode().replace("\r\n", "\n")  # as browsers send line ends
    return fields
