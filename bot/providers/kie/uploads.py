"""Making a file readable for kie's models: the same for all of them.

The upload host has three methods (kie: File Upload API): a stream, which kie advises above 10 MB and which
is ours for everything; base64 in JSON, which kie means for smaller files; and an address that kie fetches
from. Uploads cost nothing and lapse by themselves (kie: File Upload API quickstart), so when one method is
out of order the next one may be tried at once, even where the first has stored the file without saying so.
"""

import secrets
from collections.abc import AsyncIterator, Callable

import structlog

from bot.clip import ClipKind, PictureKind, StoredClip
from bot.errors import ClipMissing, ProviderError
from bot.fault import Fault
from bot.providers.kie.client import KieClient
from bot.providers.kie.clip_body import StreamMismatch
from bot.providers.kie.wire.requests import CONTENT_TYPES
from bot.providers.originals import Originals

UPLOAD_PATH = "dramatis"
NAME_BYTES = 16
"""128 random bits: an upload of the same name would replace the clip, and anyone who knows it may read it."""
BASE64_LIMIT_BYTES = 10_000_000
"""Above this size kie advises against base64 (kie: File Upload API quickstart)."""
OF_ONE_METHOD = frozenset(
    {
        Fault.REQUEST_INVALID,
        Fault.SOURCE_UNREACHABLE,
        Fault.FEATURE_OFF,
        Fault.PROVIDER_TROUBLE,
        Fault.NONSENSE,
    }
)
"""What one method may suffer from alone. The account's faults, and a host that is away, are those of all."""

log = structlog.get_logger(__name__)


def random_name() -> str:
    """A file name without extension that nobody guesses or repeats."""
    return secrets.token_hex(NAME_BYTES)


class Uploads:
    """Hands files over. `new_name` names them and must never repeat itself.

    Without `originals` there is one method, the stream.
    """

    def __init__(
        self,
        client: KieClient,
        new_name: Callable[[], str] = random_name,
        *,
        originals: Originals | None = None,
    ) -> None:
        self._client = client
        self._new_name = new_name
        self._originals = originals

    async def hand_over(
        self, source: StoredClip, kind: ClipKind | PictureKind, chunks: AsyncIterator[bytes]
    ) -> str:
        """Uploads the file as it comes, or by another method when that one is out of order; its address.

        Raises:
            ClipMissing: `chunks`, or what is read a second time, is not the file.
            ClipStoreUnavailable: it could not be read a second time.
            ProviderError: no method worked; nothing was charged. It is the stream's, or one that all share.
        """
        try:
            return await self._streamed(source, kind, chunks)
        except ProviderError as error:
            _note_or_raise("stream", error)
            failure = error
        url = None if self._originals is None else await self._otherwise(self._originals, source, kind)
        if url is None:
            raise failure
        return url

    async def _otherwise(
        self, originals: Originals, source: StoredClip, kind: ClipKind | PictureKind
    ) -> str | None:
        for method, hand_over in (("base64", self._encoded), ("url", self._fetched)):
            try:
                url = await hand_over(originals, source, kind)
            except ProviderError as error:
                _note_or_raise(method, error)
            else:
                if url is not None:
                    return url
        return None

    async def _streamed(
        self, source: StoredClip, kind: ClipKind | PictureKind, chunks: AsyncIterator[bytes]
    ) -> str:
        name, content_type = self._name(kind), CONTENT_TYPES[kind]
        try:
            return await self._client.upload_stream(
                name, content_type, chunks, source.size_bytes, UPLOAD_PATH
            )
        except StreamMismatch:
            raise ClipMissing(source.key) from None

    async def _encoded(
        self, originals: Originals, source: StoredClip, kind: ClipKind | PictureKind
    ) -> str | None:
        if source.size_bytes > BASE64_LIMIT_BYTES:
            return None
        try:
            return await self._client.upload_base64(
                self._name(kind), originals.read(source), source.size_bytes, UPLOAD_PATH
            )
        except StreamMismatch:
            raise ClipMissing(source.key) from None

    async def _fetched(
        self, originals: Originals, source: StoredClip, kind: ClipKind | PictureKind
    ) -> str | None:
        """Of use where kie can read our address and we, behind the same router, cannot."""
        address = await originals.address(source, kind, CONTENT_TYPES[kind])
        if address is None:
            return None
        return await self._client.upload_url(self._name(kind), address, source.size_bytes, UPLOAD_PATH)

    def _name(self, kind: ClipKind | PictureKind) -> str:
        return f"{self._new_name()}.{kind}"


def _note_or_raise(method: str, error: ProviderError) -> None:
    if error.fault not in OF_ONE_METHOD:
        raise error
    log.warning("upload_method_failed", method=method, fault=error.fault, code=error.code)
