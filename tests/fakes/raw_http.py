"""An HTTP server on loopback that answers with exactly the bytes a test wants, and then misbehaves."""

import asyncio
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from socket import SO_LINGER, SOL_SOCKET

HEAD_LIMIT_BYTES = 64 * 1024


class Then(Enum):
    """What happens after the reply's bytes are out."""

    KEEP = auto()
    CLOSE = auto()
    RESET = auto()
    HANG = auto()


@dataclass(frozen=True, slots=True)
class RawReply:
    """`early` answers without reading the request's body; `drip_seconds` sends byte by byte."""

    raw: bytes
    then: Then = Then.CLOSE
    early: bool = False
    drip_seconds: float = 0


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came; `whole` says that all declared bytes of its body did."""

    connection: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    whole: bool


@dataclass(slots=True)
class RawServer:
    """`replies` are used up in order; then `otherwise` answers everything."""

    base_url: str = ""
    requests: list[RawRequest] = field(default_factory=list)
    replies: deque[RawReply] = field(default_factory=deque)
    otherwise: Callable[[RawRequest], RawReply] | None = None
    connections: int = 0
    open_connections: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        self.idle.clear()
        try:
            await self._converse(self.connections, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self.open_connections -= 1
            if not self.open_connections:
                self.idle.set()

    async def _converse(
        self, connection: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        then = Then.KEEP
        while then is Then.KEEP:
            head = await reader.readuntil(b"\r\n\r\n")
            self.arrived.set()
            planned = self.replies.popleft() if self.replies else None
            request = await _request(connection, head, reader, read_body=not (planned and planned.early))
            self.requests.append(request)
            reply = planned or (self.otherwise(request) if self.otherwise else RawReply(b""))
            await _send(writer, reply)
            then = reply.then
        if then is Then.HANG:
            await reader.read()
        if then is Then.RESET:
            writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))


async def _request(
    connection: int, head: bytes, reader: asyncio.StreamReader, *, read_body: bool
) -> RawRequest:
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
    length = int(headers.get("content-length", "0"))
    body = b""
    while read_body and len(body) < length:
        chunk = await reader.read(length - len(body))
        if not chunk:
            break
        body += chunk
    return RawRequest(connection, method, target, headers, body, len(body) == length)


async def _send(writer: asyncio.StreamWriter, reply: RawReply) -> None:
    if not reply.drip_seconds:
        writer.write(reply.raw)
        await writer.drain()
        return
    for byte in reply.raw:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(reply.drip_seconds)


def answer(body: bytes, status: int = 200, **headers: str) -> bytes:
    """A complete HTTP/1.1 reply; underscores in header names become hyphens."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@asynccontextmanager
async def raw_server() -> AsyncIterator[RawServer]:
    """Runs the server until the block ends."""
    raw = RawServer()
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0, limit=HEAD_LIMIT_BYTES)
    raw.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield raw
    finally:
        server.close()
