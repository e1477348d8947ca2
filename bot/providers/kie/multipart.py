"""A multipart form around a clip that is never whole in memory, with its length known beforehand."""

from collections.abc import AsyncIterator, Mapping

from aiohttp import AsyncIterablePayload, MultipartWriter

NAMELESS = "clip"
"""A part without a file name counts as a plain field; this one is not used by the provider."""


class _Sized(AsyncIterablePayload):
    """A streamed part that knows its size, so that the request has a Content-Length."""

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


class ClipForm:
    """One upload on its way. `failure` is what the stream raised; `complete` says that it ended well.

    The closing boundary follows the end of the stream, so a stream that fails never makes a whole upload.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        file_name: str | None,
        content_type: str,
        chunks: AsyncIterator[bytes],
        size_bytes: int,
    ) -> None:
        self.failure: Exception | None = None
        self.complete = False
        self._fields = fields
        self._file_name = file_name or NAMELESS
        self._content_type = content_type
        self._chunks = chunks
        self._size_bytes = size_bytes

    def writer(self) -> MultipartWriter:
        """The request body; the fields stand before the file, for receivers that read in one pass."""
        form = MultipartWriter("form-data")
        for name, value in self._fields.items():
            form.append(value).set_content_disposition("form-data", name=name)
        part = _Sized(self._watched(), self._size_bytes, self._content_type)
        form.append_payload(part).set_content_disposition("form-data", name="file", filename=self._file_name)
        return form

    async def _watched(self) -> AsyncIterator[bytes]:
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
        async for chunk in self._chunks:
            found_bytes += len(chunk)
            if found_bytes > self._size_bytes:
                raise StreamMismatch(self._size_bytes, found_bytes)
            yield chunk
        if found_bytes < self._size_bytes:
            raise StreamMismatch(self._size_bytes, found_bytes)
