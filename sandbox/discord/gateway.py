"""The gateway: websocket connections, identify and resume, heartbeats. Discord: Gateway."""

import asyncio
import json
import zlib
from collections.abc import Callable, Collection
from typing import Any, Final, TypedDict, Unpack

from aiohttp import WSMsgType, web

from sandbox.discord.asks import Answer, Ask, Route
from sandbox.discord.hub import Dispatch, Json
from sandbox.discord.rest_identity import application_json
from sandbox.discord.sessions import GUILD_MEMBERS, MESSAGE_CONTENT, PRIVILEGED, Session, intent_of
from sandbox.discord.world import World

HEARTBEAT_MILLISECONDS: Final = 41_250
DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE, RESUME = 0, 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11
WITH_CONTENT: Final = (IDENTIFY, RESUME, REQUEST_MEMBERS)
# Discord: Opcodes and Status Codes, Gateway Close Event Codes
GOING_AWAY = 1001
UNKNOWN_ERROR, UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED = 4000, 4001, 4002, 4003
AUTHENTICATION_FAILED, ALREADY_AUTHENTICATED = 4004, 4005
INVALID_SHARD, INVALID_VERSION, INVALID_INTENTS, DISALLOWED_INTENTS = 4010, 4012, 4013, 4014
KNOWN_INTENTS: Final = (1 << 26) - 1
IDENTIFY_WINDOW_SECONDS: Final = 5.0
DAILY_IDENTIFIES: Final = 1000
CLOSE_SECONDS: Final = 1.0  # how long a bot that no longer answers holds up the closing of its connection


class Connection:
    """One websocket."""

    def __init__(self, socket: web.WebSocketResponse, *, is_compressed: bool) -> None:
        self.socket = socket
        self.session: Session | None = None
        self.writer: asyncio.Task[None] | None = None
        self._zlib = zlib.compressobj() if is_compressed else None
        self._lock = asyncio.Lock()

    async def send(self, operation: int, content: Any = None, sequence: int | None = None) -> None:
        await self.send_text(_packed(operation, content, sequence))

    async def send_text(self, text: str) -> None:
        """Send one message; in a compressed stream the order of compressing is the order of sending."""
        async with self._lock:
            if self.socket.closed:
                return
            try:
                if self._zlib is None:
                    await self.socket.send_str(text)
                else:
                    packed = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                    await self.socket.send_bytes(packed)
            except ConnectionError:
                pass  # the other side is gone; the reader notices too

    async def close(self, code: int) -> None:
        await self.socket.close(code=code)


def _packed(operation: int, content: Any, sequence: int | None = None, name: str | None = None) -> str:
    packet = {"op": operation, "d": content, "s": sequence, "t": name}
    return json.dumps(packet, ensure_ascii=False, separators=(",", ":"))


class GatewayTerms(TypedDict, total=False):
    """On which terms the gateway takes connections."""

    shards: int  # how many the bot is told to use; 1
    max_concurrency: int  # IDENTIFYs per five seconds; enforced only when given
    allowed_privileged_intents: int  # as switched on in the developer portal; none
    heartbeat_milliseconds: int


class Gateway:
    """All connections and sessions."""

    def __init__(self, world: World, token: str, **terms: Unpack[GatewayTerms]) -> None:
        self._world = world
        self._token = token
        self.shards = terms.get("shards", 1)
        self._max_concurrency = terms.get("max_concurrency")
        self._allowed_privileged = terms.get("allowed_privileged_intents", 0)
        self._heartbeat_milliseconds = terms.get("heartbeat_milliseconds", HEARTBEAT_MILLISECONDS)
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.identifies: list[float] = []  # monotonic seconds of each accepted IDENTIFY
        self.resumes = 0
        self.is_away = False
        self.connects: list[float] = []  # monotonic seconds of each try to connect
        self._slots: dict[int, float] = {}
        world.dispatch = self._dispatch
        world.content_is_readable = bool(self._allowed_privileged & MESSAGE_CONTENT)
        world.members_are_readable = bool(self._allowed_privileged & GUILD_MEMBERS)

    def routes(self) -> tuple[Route, ...]:
        return (Route("GET", "/gateway", self._address), Route("GET", "/gateway/bot", self._bot_address))

    @property
    def url(self) -> str:
        return self._world.base_url.replace("http", "ws", 1) + "/gateway"

    def _address(self, ask: Ask) -> Answer:
        del ask
        return Answer(200, {"url": self.url})

    def _bot_address(self, ask: Ask) -> Answer:
        del ask
        limit = {
            "total": DAILY_IDENTIFIES,
            "remaining": DAILY_IDENTIFIES - len(self.identifies),
            "reset_after": 86_400_000,
            "max_concurrency": self._max_concurrency or 1,
        }
        return Answer(200, {"url": self.url, "shards": self.shards, "session_start_limit": limit})

    async def drop(self, *, resumable: bool = True, code: int = UNKNOWN_ERROR) -> None:
        """Break every connection; without `resumable` the sessions are lost with them."""
        if not resumable:
            self.sessions.clear()
        for connection in list(self.connections):
            await connection.close(code)

    async def go_away(self) -> None:
        """An outage: every connection breaks, sessions are lost, and new connections are turned away."""
        self.is_away = True
        await self.drop(resumable=False)

    def come_back(self) -> None:
        """Take connections again."""
        self.is_away = False

    async def revoke(self, token: str) -> None:
        """Take only this token from now on, and tell everybody who came with another one."""
        self._token = token
        await self.drop(resumable=False, code=AUTHENTICATION_FAILED)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Send "invalid session" to everybody."""
        if not resumable:
            self.sessions.clear()
        for connection in list(self.connections):
            await connection.send(INVALID_SESSION, resumable)

    async def reconnect(self) -> None:
        """Ask everybody to connect anew and resume."""
        for connection in list(self.connections):
            await connection.send(RECONNECT)

    async def close(self) -> None:
        """Say goodbye to everybody."""
        for connection in list(self.connections):
            await connection.close(GOING_AWAY)

    def is_ready(self, shards: Collection[int] = ()) -> bool:
        """Whether these shards, by default every one of the bot, are connected and were told READY."""
        live = [one.session for one in self.connections if one.session and one.session.is_ready]
        return bool(live) and {one.shard for one in live} >= set(shards or range(live[0].shard_count))

    def is_gone(self, shards: Collection[int] = ()) -> bool:
        """Whether none of these shards, by default nobody at all, is connected any more."""
        if not shards:
            return not self.connections
        return not any(one.session and one.session.shard in shards for one in self.connections)

    def _dispatch(self, event: Dispatch) -> None:
        """Put an event into the log of every session it is meant for."""
        if not self._is_audible(event):
            return
        intent = intent_of(event.name, event.guild_id)
        for session in self.sessions.values():
            if session.is_ready and session.wants(event, intent):
                content = event.build(content_is_readable=session.reads_content)
                session.append(_packer(event.name, content))

    def _is_audible(self, event: Dispatch) -> bool:
        """Whether the bot is in the server an event comes from, and that server is not in an outage."""
        guild = self._world.guilds.get(event.guild_id) if event.guild_id else None
        return guild is None or event.name == "GUILD_DELETE" or (guild.has_bot and guild.available)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A websocket from HELLO to its end."""
        self.connects.append(self._world.clock.monotonic())
        self._world.changed()
        if self.is_away:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(timeout=CLOSE_SECONDS, max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(socket, is_compressed=request.query.get("compress") == "zlib-stream")
        self.connections.add(connection)
        try:
            if request.query.get("v", "10") != "10":
                await connection.close(INVALID_VERSION)
                return socket
            await connection.send(HELLO, {"heartbeat_interval": self._heartbeat_milliseconds})
            await self._read(connection)
        finally:
            self.connections.discard(connection)
            if connection.writer is not None:
                connection.writer.cancel()
            self._world.changed()
        return socket

    async def _read(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return
            try:
                packet = json.loads(message.data)
                operation = packet["op"]
            except (ValueError, TypeError, KeyError):
                await connection.close(DECODE_ERROR)
                return
            await self._receive(connection, operation, packet.get("d"))

    async def _receive(self, connection: Connection, operation: int, content: Any) -> None:
        if operation == HEARTBEAT:
            await connection.send(HEARTBEAT_ACK)
        elif operation in WITH_CONTENT and not isinstance(content, dict):
            await connection.close(DECODE_ERROR)
        elif operation == IDENTIFY:
            await self._identify(connection, content)
        elif operation == RESUME:
            await self._resume(connection, content)
        elif connection.session is None:
            await connection.close(NOT_AUTHENTICATED)
        elif operation == REQUEST_MEMBERS:
            self._send_members(connection.session, content)
        elif operation not in {PRESENCE, VOICE_STATE}:
            await connection.close(UNKNOWN_OPCODE)

    async def _identify(self, connection: Connection, content: Json) -> None:
        shard, count = content.get("shard") or (0, 1)
        code = self._refused(connection, content, shard, count)
        if code is not None:
            await connection.close(code)
            return
        if self._is_too_soon(shard):
            await connection.send(INVALID_SESSION, content=False)
            return
        self.identifies.append(self._world.clock.monotonic())
        session = Session(self._world.mint.next(), shard, count, content["intents"])
        for old in [one for one in self.sessions.values() if one.shard == shard and not one.is_connected]:
            del self.sessions[old.id]
        self.sessions[session.id] = session
        self._attach(connection, session, after=0)
        self._greet(session)

    def _refused(self, connection: Connection, content: Json, shard: int, count: int) -> int | None:
        """The close code of an IDENTIFY that is not acceptable."""
        intents = content.get("intents")
        if connection.session is not None:
            return ALREADY_AUTHENTICATED
        if content.get("token") != self._token:
            return AUTHENTICATION_FAILED
        if not 0 <= shard < count:
            return INVALID_SHARD
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            return INVALID_INTENTS
        if intents & PRIVILEGED & ~self._allowed_privileged:
            return DISALLOWED_INTENTS
        return None

    def _is_too_soon(self, shard: int) -> bool:
        """Discord: Gateway, Rate Limiting. Counted only when the sandbox was given a `max_concurrency`."""
        if self._max_concurrency is None:
            return False
        key, now = shard % self._max_concurrency, self._world.clock.monotonic()
        too_soon = now - self._slots.get(key, float("-inf")) < IDENTIFY_WINDOW_SECONDS
        if not too_soon:
            self._slots[key] = now
        return too_soon

    async def _resume(self, connection: Connection, content: Json) -> None:
        session = self.sessions.get(str(content.get("session_id")))
        sequence = content.get("seq")
        if content.get("token") != self._token:
            await connection.close(AUTHENTICATION_FAILED)
            return
        if session is None or not isinstance(sequence, int) or not session.can_replay(sequence):
            await connection.send(INVALID_SESSION, content=False)
            return
        self.resumes += 1
        session.append(_packer("RESUMED", {"_trace": []}))
        self._attach(connection, session, after=sequence)

    def _attach(self, connection: Connection, session: Session, after: int) -> None:
        connection.session = session
        session.connection = connection
        connection.writer = asyncio.get_running_loop().create_task(_write(connection, session, after))

    def _greet(self, session: Session) -> None:
        """READY, then a GUILD_CREATE for every available server of the shard."""
        world = self._world
        guilds = [one for one in world.guilds.values() if one.has_bot and session.owns(one.id)]
        ready: Json = {
            "v": 10,
            "user": world.bot.json() | {"verified": True, "mfa_enabled": True},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": [session.shard, session.shard_count],
            "application": {"id": str(world.application_id), "flags": application_json(world)["flags"]},
            "private_channels": [],
        }
        session.append(_packer("READY", ready))
        session.is_ready = True
        if session.intents & 1:
            for guild in guilds:
                if guild.available:
                    session.append(_packer("GUILD_CREATE", guild.create_json()))
        world.record(
            "connected", "gateway", world.bot.name, f"shard {session.shard} of {session.shard_count}"
        )

    def _send_members(self, session: Session, content: Json) -> None:
        """GUILD_MEMBERS_CHUNK, in one piece."""
        guild = self._world.guilds.get(int(content["guild_id"]))
        wanted = {int(one) for one in content.get("user_ids") or ()}
        members = guild.members.values() if guild else ()
        chunk: Json = {
            "guild_id": str(content["guild_id"]),
            "members": [one.json() for one in members if not wanted or one.id in wanted],
            "chunk_index": 0,
            "chunk_count": 1,
            "nonce": content.get("nonce"),
        }
        session.append(_packer("GUILD_MEMBERS_CHUNK", chunk))


def _packer(name: str, content: Json) -> Callable[[int], str]:
    return lambda sequence: _packed(DISPATCH, content, sequence, name)


async def _write(connection: Connection, session: Session, after: int) -> None:
    """Send a session's log from a sequence number on, as long as the connection lasts."""
    async for text in session.follow(after, connection):
        await connection.send_text(text)
