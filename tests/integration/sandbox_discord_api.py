"""A bare HTTP client for the local Discord: what a bot could send, without a library in between."""

import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.discord.calls import Call
from sandbox.discord.channels import GuildChannel
from sandbox.discord.guilds import Guild
from sandbox.discord.hub import Dispatch
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.discord.server import Discord, open_discord

TEXT, BOOLEAN, MEMBER, CHANNEL, ROLE, FILE = 3, 5, 6, 7, 8, 11
V2 = 1 << 15
EPHEMERAL = 64


def option(kind: int, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "description": name, **more}


COMMANDS: list[dict[str, Any]] = [
    {
        "name": "character",
        "description": "Characters.",
        "options": [
            option(
                1,
                "create",
                options=[
                    option(FILE, "clip", required=True),
                    option(TEXT, "subject", required=True, choices=[{"name": "Me", "value": "me"}]),
                    option(TEXT, "prompt", max_length=20),
                ],
            ),
            option(1, "show", options=[option(TEXT, "character", required=True, autocomplete=True)]),
            option(1, "list"),
        ],
    },
    {
        "name": "admin",
        "description": "Moderation.",
        "default_member_permissions": 32,
        "contexts": [0],
        "options": [
            option(
                2,
                "block",
                options=[
                    option(1, "add", options=[option(MEMBER, "member", required=True), option(ROLE, "role")])
                ],
            ),
            option(
                1,
                "diagnose",
                options=[option(CHANNEL, "channel"), option(BOOLEAN, "all"), option(4, "count")],
            ),
        ],
    },
    {"name": "Report character", "type": 3},
    {"name": "Character history", "type": 2},
]


BUTTON: dict[str, Any] = {
    "type": 1,
    "components": [{"type": 2, "style": 2, "label": "Retry", "custom_id": "c1:retry:7"}],
}


@dataclass
class Studio:
    """A server with a channel and a member, commands published, and a bot that is only a token."""

    discord: Discord
    guild: Guild
    channel: GuildChannel
    mira: Member
    session: aiohttp.ClientSession

    async def api(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        files: Sequence[tuple[str, bytes]] = (),
        token: str | None = "sandbox-token",
        query: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and JSON of one request."""
        headers = {"Authorization": f"Bot {token}"} if token else {}
        sent: Any = None
        if files:
            sent = aiohttp.FormData(quote_fields=False)
            sent.add_field("payload_json", json.dumps(body or {}), content_type="application/json")
            for index, (name, content) in enumerate(files):
                sent.add_field(f"files[{index}]", io.BytesIO(content), filename=name)
        elif body is not None:
            headers["Content-Type"] = "application/json"
            sent = body if isinstance(body, bytes) else json.dumps(body)
        url = self.discord.api_base_url + path
        async with self.session.request(method, url, data=sent, headers=headers, params=query) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def code(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, int]:
        """Status and JSON error code of a request that is refused."""
        status, answer = await self.api(method, path, body, **more)
        return status, (answer or {}).get("code", 0)

    async def send(self, content: str = "hello", channel: Any = None, **more: Any) -> Message:
        """A message by the bot."""
        place = channel or self.channel
        status, answer = await self.api(
            "POST", f"/channels/{place.id}/messages", {"content": content, **more}
        )
        assert status == 200, answer
        message = place.find(int(answer["id"]))
        assert isinstance(message, Message)
        return message

    async def call(self) -> Call:
        """A plain slash command, not answered yet."""
        return await self.mira.run_command(self.channel, "character list")

    async def answer(self, call: Call, kind: int, **content: Any) -> tuple[int, Any]:
        """Answer a call."""
        path = f"/interactions/{call.id}/{call.token}/callback"
        return await self.api("POST", path, {"type": kind, "data": content}, query={"with_response": "1"})

    def webhook(self, call: Call, rest: str = "") -> str:
        return f"/webhooks/{self.discord.world.application_id}/{call.token}{rest}"


def heard_by(studio: Studio) -> list[dict[str, Any]]:
    """The interactions that go out to the gateway from now on."""
    found: list[dict[str, Any]] = []
    dispatch = studio.discord.world.dispatch

    def listen(event: Dispatch) -> None:
        if event.name == "INTERACTION_CREATE":
            found.append(event.build(content_is_readable=True))
        dispatch(event)

    studio.discord.world.dispatch = listen
    return found


@asynccontextmanager
async def open_studio(**options: Any) -> AsyncIterator[Studio]:
    async with open_discord(**options) as server, aiohttp.ClientSession() as session:
        guild = server.add_guild("Studio")
        mira = guild.add_member("Mira")
        studio = Studio(server, guild, guild.add_text_channel("studio"), mira, session)
        path = f"/applications/{server.world.application_id}/commands"
        status, answer = await studio.api("PUT", path, COMMANDS)
        assert status == 200, answer
        yield studio
