"""Fetches an attachment from Discord's CDN, piece by piece, within limits of place, size and time."""

import time
from collections.abc import AsyncIterator, Callable

import aiohttp

from bot.clips import rules
from bot.clips.addresses import AddressNotPublic, GuardedConnector, admitted
from bot.errors import AttachmentGone, AttachmentUnreachable

CHUNK_BYTES = 65_536
TOTAL_SECONDS = 60.0
CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 10.0
GRACE_SECONDS = 5.0
SLOWEST_BYTES_PER_SECOND = 16_384
"""A mobile line of 1990s' speed; who is slower after the grace only holds a place in the queue."""
OK = 200
GONE = frozenset({403, 404, 410})
"""Discord's signed addresses answer 404 when they have lapsed, 403 when the signature is wrong."""


def attachment_session(allowed_hosts: frozenset[str]) -> aiohttp.ClientSession:
    """A session fit for addresses from outside: public hosts only, no cookies, no proxy of our environment.

    The caller closes it.
    """
    return aiohttp.ClientSession(
        connector=GuardedConnector(allowed_hosts),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )


class AttachmentDownload:
    """Downloads from `allowed_hosts`: names, or `127.0.0.1:port` of a sandbox."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        allowed_hosts: frozenset[str],
        *,
        total_seconds: float = TOTAL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if session.trust_env or not isinstance(session.connector, GuardedConnector):
            raise TypeError("AttachmentDownload needs a session made by attachment_session()")
        self._session = session
        self._allowed_hosts = allowed_hosts
        self._timeout = aiohttp.ClientTimeout(
            total=total_seconds, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS
        )
        self._clock = clock

    async def stream(self, url: str, limit_bytes: int) -> AsyncIterator[bytes]:
        """The attachment's bytes, in chunks, never more than `limit_bytes`.

        Raises:
            ClipRejected: more than `limit_bytes` are announced or came.
            AttachmentGone: the address no longer answers with the clip.
            AttachmentUnreachable: the address is not allowed, or the clip could not be fetched just now.
        """
        target = admitted(url, self._allowed_hosts)
        try:
            async with self._session.get(
                target,
                allow_redirects=False,
                headers={"Accept-Encoding": "identity"},
                timeout=self._timeout,
            ) as response:
                _judge_head(response, limit_bytes)
                body = Body(response.content, limit_bytes, self._clock)
                while chunk := await body.read():
                    yield chunk
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            # What aiohttp raises spells out the signed address; only a short word of it may travel on.
            raise AttachmentUnreachable(_cause(error)) from None


class Body:
    """The body of one answer, held to a size and to a least speed."""

    def __init__(self, content: aiohttp.StreamReader, limit_bytes: int, clock: Callable[[], float]) -> None:
        self._content = content
        self._limit_bytes = limit_bytes
        self._clock = clock
        self._taken_bytes = 0
        self._waited_seconds = 0.0

    async def read(self) -> bytes:
        """The next chunk; empty at the end. Only our waiting counts: a slow reader is our own fault."""
        asked_at = self._clock()
        chunk = await self._content.read(CHUNK_BYTES)
        self._waited_seconds += self._clock() - asked_at
        self._taken_bytes += len(chunk)
        if self._taken_bytes > self._limit_bytes:
            raise rules.too_big(f"more than {self._limit_bytes:,} bytes", None)
        due_bytes = (self._waited_seconds - GRACE_SECONDS) * SLOWEST_BYTES_PER_SECOND
        if chunk and self._taken_bytes < due_bytes:
            raise AttachmentUnreachable("too slow")
        return chunk


def _judge_head(response: aiohttp.ClientResponse, limit_bytes: int) -> None:
    if response.status in GONE:
        raise AttachmentGone(response.status)
    if response.status != OK:
        raise AttachmentUnreachable(f"status {response.status}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise AttachmentUnreachable("compressed")
    announced_bytes = response.content_length
    if announced_bytes is not None and announced_bytes > limit_bytes:
        raise rules.too_big(f"{announced_bytes:,} bytes", announced_bytes)


def _cause(error: Exception) -> str:
    """A short word for logs, without any address."""
    if isinstance(error, TimeoutError):
        return "time-out"
    below = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return "address not public" if isinstance(below, AddressNotPublic) else type(error).__name__
