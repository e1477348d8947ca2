"""Pictures that are shown in messages: read from the clip store, attached, and referred to by name."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import discord
import structlog

from bot.clip import KeptClip, Offer, StoredClip
from bot.errors import ClipMissing, ClipStoreUnavailable

POSTER_NAME = "poster.jpg"
SHEET_NAME = "clip.jpg"
IN_TIME_SECONDS = 1.0
"""Of the three in which an interaction has to be answered (Discord: Receiving and Responding)."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to attach; `url` is how a component of the same message names it."""

    filename: str
    content: bytes = field(repr=False)

    @property
    def url(self) -> str:
        return f"attachment://{self.filename}"

    def file(self) -> discord.File:
        """A new file for each sending: discord.py closes it afterwards."""
        return discord.File(io.BytesIO(self.content), filename=self.filename)


class Pictures:
    """Fetches pictures; one that cannot be had is left out, for no message waits for its picture."""

    def __init__(self, whole: Callable[[StoredClip], Awaitable[bytes]]) -> None:
        self._whole = whole

    async def poster(self, clip: KeptClip | None) -> Picture | None:
        """The picture that stands for an accepted clip."""
        return None if clip is None or clip.poster is None else await self._read(clip.poster, POSTER_NAME)

    async def poster_in_time(self, clip: KeptClip | None) -> Picture | None:
        """The same for an answer that cannot wait: after a second there is none."""
        try:
            async with asyncio.timeout(IN_TIME_SECONDS):
                return await self.poster(clip)
        except TimeoutError:
            log.warning("picture_late", key=clip and clip.stored.key)
            return None

    async def posters_in_time(self, clips: Sequence[KeptClip | None]) -> list[Picture | None]:
        """Those of several clips in one such answer, each under a name of its own."""
        posters = await asyncio.gather(*map(self.poster_in_time, clips))
        return [
            poster and replace(poster, filename=f"{number}-{POSTER_NAME}")
            for number, poster in enumerate(posters, 1)
        ]

    async def sheet(self, offer: Offer) -> Picture | None:
        """The pictures by which a part of a clip is chosen."""
        return await self._read(offer.sheet, SHEET_NAME)

    async def _read(self, stored: StoredClip, filename: str) -> Picture | None:
        try:
            return Picture(filename, await self._whole(stored))
        except (ClipMissing, ClipStoreUnavailable) as error:
            log.warning("picture_missing", key=stored.key, error=type(error).__name__)
            return None
