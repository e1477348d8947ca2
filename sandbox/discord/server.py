"""The local Discord: one server on loopback for REST, gateway and CDN, driven from Python."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar, Unpack

from aiohttp import web

from sandbox.discord.asks import RecordedRequest
from sandbox.discord.cdn import Cdn
from sandbox.discord.channels import PrivateChannel
from sandbox.discord.commands import CommandBook
from sandbox.discord.control import Control
from sandbox.discord.desk import PREFIX, REQUEST_LIMIT_BYTES, RestDesk
from sandbox.discord.faults import Faults
from sandbox.discord.gateway import Gateway, GatewayTerms
from sandbox.discord.guilds import Guild
from sandbox.discord.hub import Json, SandboxClock, WorldEvent
from sandbox.discord.limits import RateLimits
from sandbox.discord.openapi import Checker, Violation
from sandbox.discord.people import Member
from sandbox.discord.world import World

HOST: Final = "127.0.0.1"
DEFAULT_TOKEN: Final = "sandbox-token"  # noqa: S105  # opens nothing but the sandbox
T = TypeVar("T")


class Discord:
    """The local Discord, from the side of a test."""

    def __init__(
        self, world: World, desk: RestDesk, gateway: Gateway, cdn: Cdn, checker: Checker | None
    ) -> None:
        self.world = world
        self.gateway = gateway
        self.cdn = cdn
        self._desk = desk
        self._checker = checker

    @property
    def base_url(self) -> str:
        """`http://host:port` of everything."""
        return self.world.base_url

    @property
    def api_base_url(self) -> str:
        """What `discord.http.Route.BASE` is set to."""
        return self.base_url + PREFIX

    @property
    def gateway_url(self) -> str:
        """What `discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY` is set to.

        discord.py goes there, and not to what `/gateway/bot` says, for a new session after a lost one.
        """
        return self.gateway.url

    @property
    def cdn_host(self) -> str:
        """`host:port` under which attachments are served."""
        return self.base_url.removeprefix("http://")

    @property
    def clock(self) -> SandboxClock:
        """The sandbox's time; `open_discord` takes another."""
        return self.world.clock

    @property
    def faults(self) -> Faults:
        return self._desk.faults

    @property
    def limits(self) -> RateLimits:
        return self._desk.limits

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every REST request so far, in order of arrival."""
        return self._desk.requests

    @property
    def violations(self) -> list[Violation]:
        """What the bot sent against Discord's own document; always empty without `openapi_path`."""
        return self._checker.violations if self._checker else []

    @property
    def commands(self) -> list[Json]:
        """The published application commands, global ones first."""
        return self.world.commands.everything()

    @property
    def events(self) -> list[WorldEvent]:
        """Everything that happened, in order; append-only."""
        return self.world.events

    def watch(self, start: int = 0) -> AsyncIterator[WorldEvent]:
        """The events from number `start` on, and the new ones as they come."""
        return self.world.watch(start)

    def age(self, seconds: float) -> None:
        """Let time pass: interactions expire, links go stale."""
        self.world.clock.advance(seconds)

    def add_guild(self, name: str, locale: str = "en-US") -> Guild:
        return Guild(self.world, name, locale)

    def dm(self, member: Member) -> PrivateChannel:
        """The conversation between the bot and a person."""
        return self.world.private_channels.get(member.id) or PrivateChannel(self.world, member.user)

    async def until(self, probe: Callable[[], T | None], timeout_seconds: float = 40.0, told: str = "") -> T:
        """The first value of `probe` that is not None; it is tried again whenever anything changes."""
        return await self.world.until(probe, timeout_seconds, lambda: told or "it did not become true")

    async def bot_ready(self, timeout_seconds: float = 40.0, shards: Collection[int] = ()) -> None:
        """Wait until every shard, or each of these, was told READY and commands are published.

        Raises:
            TimeoutError: with what was still missing.
        """

        def probe() -> bool | None:
            return True if self.gateway.is_ready(shards) and self.commands else None

        def told() -> str:
            calls = [f"{one.method} {one.path} {one.status}" for one in self.requests[-10:]]
            connected = self.gateway.is_ready(shards)
            return f"gateway ready: {connected}, commands: {len(self.commands)}, last requests: {calls}"

        await self.world.until(probe, timeout_seconds, told)

    async def bot_gone(self, timeout_seconds: float = 40.0, shards: Collection[int] = ()) -> None:
        """Wait until no websocket, or none of these shards, is open any more, as after the bot was killed."""
        told = "the bot is still connected"
        await self.world.until(lambda: self.gateway.is_gone(shards) or None, timeout_seconds, lambda: told)

    async def revoke_token(self, new_token: str) -> None:
        """The owner resets the token: REST answers 401, and the gateway closes with 4004."""
        self._desk.token = new_token
        await self.gateway.revoke(new_token)

    def requests_to(self, method: str, route: str) -> list[RecordedRequest]:
        """The requests recorded for a route template, oldest first."""
        return [one for one in self.requests if (one.method, one.route) == (method, route)]


@asynccontextmanager
async def open_discord(
    openapi_path: Path | None = None,
    token: str = DEFAULT_TOKEN,
    *,
    port: int = 0,
    bot_name: str = "Dramatis",
    clock: SandboxClock | None = None,
    secret: bytes | None = None,
    **terms: Unpack[GatewayTerms],
) -> AsyncIterator[Discord]:
    """A local Discord on loopback for as long as the block lasts; `terms` are those of the gateway.

    Raises:
        ExceptionGroup: at the end, when the sandbox itself made mistakes.
    """
    world = World(clock or SandboxClock(), secret or secrets.token_bytes(32), bot_name)
    world.commands = CommandBook(world)
    checker = Checker(openapi_path) if openapi_path else None
    desk = RestDesk(world, token, checker)
    discord = Discord(world, desk, Gateway(world, token, **terms), Cdn(world), checker)
    runner = web.AppRunner(_application(discord, desk), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        world.base_url = f"http://{HOST}:{runner.addresses[0][1]}"
        yield discord
    finally:
        await discord.gateway.close()
        await runner.cleanup()
    if desk.mistakes:
        raise ExceptionGroup("the sandbox itself failed", desk.mistakes)


def _application(discord: Discord, desk: RestDesk) -> web.Application:
    app = web.Application(client_max_size=REQUEST_LIMIT_BYTES)
    desk.add_routes(app, discord.gateway.routes())
    discord.cdn.add_routes(app)
    Control(discord.world).add_routes(app)
    app.router.add_get("/gateway", discord.gateway.serve)
    return app
