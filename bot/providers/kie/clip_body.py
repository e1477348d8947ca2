"""A clip inside a request body: streamed, counted, and with its length known beforehand."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping

from aiohttp import AsyncIterablePayload

GROUP_BYTES = 3
"""So many bytes become four characters of base64 (RFC 4648, section 4)."""


class Sized(AsyncIterablePayload):
    """A streamed body, or part of one, that knows its size, so that the request has a Content-Length."""

    def __init__(self, chunks: AsyncIterator[bytes], size_bytes: int, content_type: str) -> None:
        super().__init__(chunks, content_type=content_type)
        self._declared_bytes = size_bytes

    @property
    def size(self) -> int:
        return self._declared_bytes


class StreamMismatch(Exception):
    """The stream did not hold the `declared_bytes`; at least `found_bytes` came."""

    def __init__(self, declared_bytes: int, found_bytes: int) -> None:
        super().__init__(declared_bytes, found_bytes)
        self.declared_bytes = declared_bytes
        self.found_bytes = found_bytes


class ClipStream:
    """One clip on its way. `failure` is what the stream raised; `complete` says that it ended well."""

    def __init__(self, chunks: AsyncIterator[bytes], size_bytes: int) -> None:
        self.failure: Exception | None = None
        self.complete = False
        self.chunks = chunks
        self.size_bytes = size_bytes

    async def read(self) -> AsyncIterator[bytes]:
        """The bytes, once; what the stream raises is kept, as is a length that was not declared."""
        # aiohttp wraps what a body raises in an error of its own; the caller wants the original.
        try:
            async for chunk in self._counted():
                yield chunk
        except Exception as error:
            self.failure = error
            raise
        self.complete = True

    async def _counted(self) -> AsyncIterator[bytes]:
        found_bytes = 0
        async for chunk in self.chunks:
            found_bytes += len(chunk)
            if found_bytes > self.size_bytes:
                raise StreamMismatch(self.size_bytes, found_bytes)
            yield chunk
        if found_bytes < self.size_bytes:
            raise StreamMismatch(self.size_bytes, found_bytes)


def base64_json(fields: Mapping[str, str], clip: ClipStream) -> Sized:
    """A JSON body with `fields` and the clip in `base64Data`, encoded as it comes (kie: Base64 File Upload).

    Raw base64: one client reports that the endpoint refuses a data URL. The end of the JSON follows the end
    of the stream, so a stream that fails never makes a whole upload.
    """
    head, tail = json.dumps({**fields, "base64Data": ""})[:-2].encode(), b'"}'
    encoded_bytes = -(-clip.size_bytes // GROUP_BYTES) * 4

    async def body() -> AsyncIterator[bytes]:
        yield head
        async for characters in _encoded(clip.read()):
            yield characters
        yield tail

    return Sized(body(), len(head) + encoded_bytes + len(tail), "application/json")


async def _encoded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        held = rest + chunk
        whole_bytes = len(held) - len(held) % GROUP_BYTES
        rest = held[whole_bytes:]
        yield b64encode(held[:whole_bytes])
    yield b64encode(rest)
