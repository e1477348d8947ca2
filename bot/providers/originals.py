"""A source that is handed over, to be had again: read once more, or read by the provider itself."""

from collections.abc import AsyncIterator
from typing import Protocol

from bot.clip import ClipKind, PictureKind, StoredClip
from bot.providers.published import Shelf


class ClipShelf(Shelf, Protocol):
    """The clip store, as far as it is needed here."""

    def read(self, clip: StoredClip) -> AsyncIterator[bytes]:
        """The clip's bytes, checked.

        Raises:
            ClipMissing: the clip is gone, or is not what was stored (raised after the last chunk).
            ClipStoreUnavailable: the store did not answer.
        """
        ...


class Originals:
    """Sources in the clip store, which has the public address `base_url` or None."""

    def __init__(self, clips: ClipShelf, base_url: str | None) -> None:
        self._clips = clips
        self._base_url = base_url

    def read(self, source: StoredClip) -> AsyncIterator[bytes]:
        """The source's bytes from the beginning; raises what `ClipShelf.read` does."""
        return self._clips.read(source)

    async def address(
        self, source: StoredClip, kind: ClipKind | PictureKind, content_type: str
    ) -> str | None:
        """Where the source can be read from outside, though perhaps not by us; None without a public address.

        Raises:
            ClipMissing, ClipStoreUnavailable: it cannot be laid out.
        """
        if self._base_url is None:
            return None
        return f"{self._base_url}/{await self._clips.publish(source, kind, content_type)}"
