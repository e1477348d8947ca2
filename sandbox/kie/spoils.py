"""The ways a single answer can be replaced or ruined on its way out."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from aiohttp import web

from sandbox.kie.clock import SandboxClock

When = Literal["before", "after"]

_PIECE_BYTES = 64 * 1024
# Linger on, for zero seconds: closing the socket then sends a reset instead of a polite end.
_LINGER_ZERO = struct.pack("ii", 1, 0)


class Spoil(Protocol):
    """One planned fault. `when` says whether the work is done ("after") or not ("before")."""

    @property
    def name(self) -> str: ...

    @property
    def when(self) -> When: ...

    async def act(self, request: web.Request, answer: web.Response, /) -> web.StreamResponse:
        """Give what is sent in place of `answer` (an empty one when the work was not done)."""
        ...


@dataclass(frozen=True, slots=True)
class Replace:
    """Another answer altogether."""

    name: str
    when: When
    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    async def act(self, request: web.Request, _: web.Response) -> web.StreamResponse:
        await drain(request)
        return web.Response(
            status=self.status, body=self.body, content_type=self.content_type, headers=self.headers
        )


@dataclass(frozen=True, slots=True)
class Cut:
    """The real answer, ending in the middle although the HTTP message is whole."""

    name: str = "truncated"
    when: When = "after"

    async def act(self, _: web.Request, answer: web.Response) -> web.StreamResponse:
        whole = body_of(answer)
        return web.Response(body=whole[: len(whole) // 2], content_type="application/json")


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset; `midway`, after half of the real answer has left."""

    when: When
    midway: bool = False
    name: str = "reset"

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        await drain(request)
        if self.midway:
            whole = body_of(answer)
            stream = web.StreamResponse(headers={"Content-Length": str(len(whole))})
            stream.content_type = "application/json"
            await stream.prepare(request)
            await stream.write(whole[: len(whole) // 2])
            await asyncio.sleep(0)
        reset_connection(request)
        return answer


@dataclass(frozen=True, slots=True)
class Drip:
    """The real answer, one byte at a time."""

    clock: SandboxClock
    seconds_per_byte: float
    name: str = "drip"
    when: When = "after"

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        whole = body_of(answer)
        stream = web.StreamResponse(headers={"Content-Length": str(len(whole))})
        stream.content_type = "application/json"
        await stream.prepare(request)
        for position in range(len(whole)):
            await stream.write(whole[position : position + 1])
            await self.clock.sleep(self.seconds_per_byte)
        return stream


@dataclass(frozen=True, slots=True)
class Flood:
    """A JSON-looking answer of a great size, sent in pieces and without a stated length."""

    size_bytes: int
    when: When = "after"
    name: str = "flood"

    async def act(self, request: web.Request, _: web.Response) -> web.StreamResponse:
        await drain(request)
        stream = web.StreamResponse()
        stream.content_type = "application/json"
        await stream.prepare(request)
        await stream.write(b'{"code":200,"msg":"')
        left_bytes = self.size_bytes
        while left_bytes > 0:
            await stream.write(b"a" * min(_PIECE_BYTES, left_bytes))
            left_bytes -= _PIECE_BYTES
        await stream.write(b'","data":null}')
        return stream


async def drain(request: web.Request) -> None:
    """Read the rest of a request and throw it away, so that the client has sent all of it."""
    async for _ in request.content.iter_chunked(_PIECE_BYTES):
        pass


def body_of(answer: web.Response) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else b""


def reset_connection(request: web.Request) -> None:
    """Tear the connection down so that the client sees a reset, not an end."""
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    request.transport.abort()
