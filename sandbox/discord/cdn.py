"""The CDN: serves attachments under signed links, and misbehaves when a test says so."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from sandbox.discord.desk import reset_connection
from sandbox.discord.faults import glob_pattern
from sandbox.discord.files import StoredFile, signature
from sandbox.discord.world import World

CHUNK_BYTES: Final = 256 * 1024
PIECES_PER_SECOND: Final = 20  # of a slow download
OCTETS: Final = "application/octet-stream"
GONE: Final = "This content is no longer available."


@dataclass(slots=True)
class CdnFault:
    """What goes wrong with the downloads of files whose name matches."""

    pattern: re.Pattern[str]
    times: int | None
    status: int | None = None
    claimed_bytes: int | None = None
    is_endless: bool = False
    bytes_per_second: float | None = None
    resets_after_bytes: int | None = None
    fired: int = 0

    def matches(self, filename: str) -> bool:
        spent = self.times is not None and self.fired >= self.times
        return not spent and bool(self.pattern.fullmatch(filename))


@dataclass(frozen=True, slots=True)
class Download:
    """A request for a file."""

    filename: str
    attachment_id: int
    status: int
    at: float  # monotonic seconds


class Cdn:
    """The files of the sandbox, over HTTP."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._faults: list[CdnFault] = []
        self.downloads: list[Download] = []

    def add_routes(self, app: web.Application) -> None:
        for folder in ("attachments", "ephemeral-attachments"):
            app.router.add_get(f"/{folder}/{{owner}}/{{attachment_id}}/{{filename}}", self._serve)

    def _add(self, fault: CdnFault) -> CdnFault:
        self._faults.append(fault)
        return fault

    def fail(self, filename_glob: str, status: int, times: int | None = 1) -> CdnFault:
        """Answer with an error status, such as 403."""
        return self._add(CdnFault(glob_pattern(filename_glob), times, status=status))

    def lie_about_length(self, filename_glob: str, claimed_bytes: int, times: int | None = 1) -> CdnFault:
        """Announce another length than is sent: less is cut off there, more ends too early."""
        return self._add(CdnFault(glob_pattern(filename_glob), times, claimed_bytes=claimed_bytes))

    def endless(self, filename_glob: str, times: int | None = 1) -> CdnFault:
        """Send the body again and again, without announcing a length, until the other side hangs up."""
        return self._add(CdnFault(glob_pattern(filename_glob), times, is_endless=True))

    def slow(self, filename_glob: str, bytes_per_second: float, times: int | None = 1) -> CdnFault:
        return self._add(CdnFault(glob_pattern(filename_glob), times, bytes_per_second=bytes_per_second))

    def reset(self, filename_glob: str, after_bytes: int, times: int | None = 1) -> CdnFault:
        """Break the connection midway."""
        return self._add(CdnFault(glob_pattern(filename_glob), times, resets_after_bytes=after_bytes))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        stored = self._find(request)
        fault = self._take(stored) if stored else None
        status = 404 if stored is None else fault.status if fault and fault.status else 200
        filename = request.match_info["filename"]
        number = stored.attachment_id if stored else 0
        self.downloads.append(Download(filename, number, status, self._world.clock.monotonic()))
        self._world.changed()
        if stored is None or status != 200:  # noqa: PLR2004  # any refusal
            return web.Response(status=status, text=GONE if status == 404 else "")  # noqa: PLR2004
        if fault is not None:
            return await _misbehave(request, stored, fault)
        return await _send(request, stored)

    def _find(self, request: web.Request) -> StoredFile | None:
        """The file a link leads to, if the link is genuine and has not expired."""
        number = request.match_info["attachment_id"]
        stored = self._world.files.get(int(number)) if number.isdigit() else None
        if stored is None or request.path != stored.address:
            return None
        try:
            expires, issued = (int(request.query[name], 16) for name in ("ex", "is"))
        except (KeyError, ValueError):
            return None
        genuine = signature(self._world.secret, stored.path, expires, issued) == request.query.get("hm")
        return stored if genuine and self._world.clock.now().timestamp() <= expires else None

    def _take(self, stored: StoredFile) -> CdnFault | None:
        for fault in self._faults:
            if fault.matches(stored.filename):
                fault.fired += 1
                return fault
        return None


def _content(stored: StoredFile) -> bytes:
    body = stored.file.body
    return body.read_bytes() if isinstance(body, Path) else body


async def _send(request: web.Request, stored: StoredFile) -> web.StreamResponse:
    """Stream a file in pieces, so that large ones do not fill the memory of the connection."""
    headers = {hdrs.CONTENT_TYPE: stored.content_type or OCTETS}
    body = stored.file.body
    if isinstance(body, Path):
        return web.FileResponse(body, headers=headers)
    response = web.StreamResponse(headers=headers)
    response.content_length = len(body)
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        whole = memoryview(body)
        for start in range(0, len(body), CHUNK_BYTES):
            await response.write(whole[start : start + CHUNK_BYTES])
    await response.write_eof()
    return response


async def _misbehave(request: web.Request, stored: StoredFile, fault: CdnFault) -> web.StreamResponse:
    """Serve a file the way a fault wants it."""
    body = _content(stored)
    response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: stored.content_type or OCTETS})
    if not fault.is_endless:
        response.content_length = len(body) if fault.claimed_bytes is None else fault.claimed_bytes
    await response.prepare(request)
    sent = 0
    async for piece in _pieces(body, fault):
        await response.write(piece)
        sent += len(piece)
    if fault.resets_after_bytes is not None or sent < (fault.claimed_bytes or 0):
        reset_connection(request)
    return response


async def _pieces(body: bytes, fault: CdnFault) -> AsyncIterator[bytes]:
    """The body in pieces, as many, as fast and as far as a fault lets them out."""
    if fault.is_endless:
        body = (body or bytes(1)) * (CHUNK_BYTES // max(1, len(body)) + 1)
        while True:
            yield body
    pace = fault.bytes_per_second
    step = CHUNK_BYTES if pace is None else max(1, int(pace / PIECES_PER_SECOND))
    for start in range(0, len(body), step):
        piece = body[start : start + step]
        if fault.resets_after_bytes is not None and start + step >= fault.resets_after_bytes:
            yield piece[: fault.resets_after_bytes - start]
            return
        await asyncio.sleep(0 if pace is None else len(piece) / pace)
        yield piece
