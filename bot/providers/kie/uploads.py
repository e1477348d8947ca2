"""Making a file readable for kie's models: the same for all of them."""

import secrets
from collections.abc import AsyncIterator, Callable

from bot.clip import ClipKind, PictureKind, StoredClip
from bot.errors import ClipMissing
from bot.providers.kie.client import KieClient
from bot.providers.kie.multipart import StreamMismatch
from bot.providers.kie.wire.requests import CONTENT_TYPES

UPLOAD_PATH = "dramatis"
NAME_BYTES = 16
"""128 random bits: an upload of the same name would replace the clip, and anyone who knows it may read it."""


def random_name() -> str:
    """A file name without extension that nobody guesses or repeats."""
    return secrets.token_hex(NAME_BYTES)


class Uploads:
    """Hands files over. `new_name` names them and must never repeat itself."""

    def __init__(self, client: KieClient, new_name: Callable[[], str] = random_name) -> None:
        self._client = client
        self._new_name = new_name

    async def hand_over(
        self, source: StoredClip, kind: ClipKind | PictureKind, chunks: AsyncIterator[bytes]
    ) -> str:
        """Uploads the file as it comes; its address.

        Raises:
            ClipMissing: `chunks` is not the file.
            ProviderError: it did not work; nothing was charged.
        """
        try:
            return await self._client.upload_stream(
                f"{self._new_name()}.{kind}", CONTENT_TYPES[kind], chunks, source.size_bytes, UPLOAD_PATH
            )
        except StreamMismatch:
            raise ClipMissing(source.key) from None
