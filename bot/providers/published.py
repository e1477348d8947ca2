"""Giving a provider our own lasting address of a source, in place of an upload that it throws away."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Protocol

import aiohttp
import structlog

from bot.clip import ClipKind, PictureKind, StoredClip
from bot.ports import Capabilities, Made, Provider, Submission, TaskReport

READ = aiohttp.ClientTimeout(total=30)
"""As long as the provider itself takes to fetch a file (kie: File URL Upload)."""
CHUNK_BYTES = 64 * 1024
HEADERS = {
    "User-Agent": "Dramatis (+self-hosted Discord bot)",
    # What is compared is what was stored.
    "Accept-Encoding": "identity",
}

log = structlog.get_logger(__name__)


class AddressUnusable(Exception):
    """Our public address does not bring what lies behind it; `cause` is a short word."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Shelf(Protocol):
    """Where sources are laid out to be read from outside."""

    async def publish(self, clip: StoredClip, extension: str, content_type: str) -> str:
        """The key of a copy that may be read by whoever knows it: not to be guessed, and the same each time.

        Raises:
            ClipMissing: the clip is gone, or is not what was stored.
            ClipStoreUnavailable: the store did not do it.
        """
        ...


class PublishedSources:
    """A provider that is handed our own address where that can be read, and else what it uploads itself."""

    def __init__(
        self,
        provider: Provider,
        *,
        shelf: Shelf,
        session: aiohttp.ClientSession,
        base_url: str,
        content_types: Mapping[ClipKind | PictureKind, str],
    ) -> None:
        self._provider = provider
        self._shelf = shelf
        self._session = session
        self._base_url = base_url
        self._content_types = content_types

    @property
    def name(self) -> str:
        return self._provider.name

    @property
    def capabilities(self) -> Capabilities:
        return self._provider.capabilities

    async def hand_over(
        self, source: StoredClip, kind: ClipKind | PictureKind, chunks: AsyncIterator[bytes]
    ) -> str:
        """Lays the source out and reads it back as the provider will; `chunks` serves an upload instead.

        Raises:
            ClipMissing, ClipStoreUnavailable: it cannot be laid out.
            ProviderError: the upload did not work; nothing was charged.
        """
        key = await self._shelf.publish(source, kind, self._content_types[kind])
        try:
            await read_back(self._session, f"{self._base_url}/{key}", source)
        except AddressUnusable as error:
            log.warning("clip_address_unusable", address=self._base_url, cause=error.cause)
            return await self._provider.hand_over(source, kind, chunks)
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
        return f"{self._base_url}/{key}"

    async def submit(self, submission: Submission) -> str | Made:
        """Asks for the character, once, as the provider does."""
        return await self._provider.submit(submission)

    async def look_up(self, task_id: str) -> TaskReport:
        """How the task stands, as the provider says it."""
        return await self._provider.look_up(task_id)

    async def probe(self) -> None:
        """Asks whether a submission would be taken, as the provider does."""
        await self._provider.probe()


def is_lasting(base_url: str | None) -> Callable[[str], bool]:
    """Tells whether the address of a source is one of ours, which never lapses."""
    return lambda url: base_url is not None and url.startswith(f"{base_url}/")


async def read_back(session: aiohttp.ClientSession, url: str, source: StoredClip) -> None:
    """Reads an address of ours as somebody outside does, to the last byte.

    Raises:
        AddressUnusable: nobody answers, or with something else.
    """
    digest, size_bytes = sha256(), 0
    try:
        async with session.get(url, timeout=READ, headers=HEADERS, allow_redirects=False) as response:
            if response.status != HTTPStatus.OK:
                raise AddressUnusable(f"HTTP {response.status}")
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                digest.update(chunk)
                size_bytes += len(chunk)
                if size_bytes > source.size_bytes:
                    break
    except (aiohttp.ClientError, OSError) as error:  # asyncio's TimeoutError is an OSError
        raise AddressUnusable(type(error).__name__) from None
    if size_bytes != source.size_bytes or digest.hexdigest() != source.sha256:
        raise AddressUnusable("something else than what was stored")
