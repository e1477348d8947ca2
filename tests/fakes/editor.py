"""An editor of clips that looks at nothing but a clip's first bytes."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from functools import cache

from bot.clip import ClipRule, Part
from bot.clips import rules
from bot.errors import ClipRejected
from bot.ports import Preview
from tests.clips.make import make_clip

SHEET = b"\xff\xd8\xff contact sheet \xff\xd9"
POSTER = b"\xff\xd8\xff poster \xff\xd9"
MOVIES = (b"\x1a\x45\xdf\xa3", b"RIFF", b"GIF8")
SHORTEST_SECONDS, LONGEST_SECONDS = 0.95, 4.0


class FakeEditor:
    """A ClipEditor to which every movie is `seconds` long, unless the next ones are to be objected to.

    `previewed` and `posed` keep the clips that came, `cuts` the parts and `stood` the moments that were asked
    for.
    """

    def __init__(self, seconds: float = 12.0) -> None:
        self.seconds = seconds
        self.previewed: list[bytes] = []
        self.posed: list[bytes] = []
        self.cuts: list[Part] = []
        self.stood: list[list[int]] = []
        self._errors: deque[Exception] = deque()

    def object_with(self, *errors: Exception) -> None:
        """The next previews and cuts raise these, one each."""
        self._errors.extend(errors)

    async def preview(self, clip: AsyncIterator[bytes]) -> Preview:
        self.previewed.append(await self._taken(clip))
        if self.seconds < SHORTEST_SECONDS:
            raise too_short(self.seconds)
        return Preview(self.seconds, SHEET)

    async def cut(self, clip: AsyncIterator[bytes], part: Part) -> bytes:
        await self._taken(clip)
        self.cuts.append(part)
        left = self.seconds - part.start_milliseconds / 1000
        seconds = min(left, part.length_milliseconds / 1000, LONGEST_SECONDS)
        if seconds < SHORTEST_SECONDS:
            raise too_short(seconds)
        return clip_of(seconds)

    async def stills(self, clip: AsyncIterator[bytes], milliseconds: Sequence[int]) -> bytes:
        await self._taken(clip)
        self.stood.append(list(milliseconds))
        return SHEET

    async def poster(self, clip: AsyncIterator[bytes], at_milliseconds: int | None = None) -> bytes | None:
        content = b"".join([chunk async for chunk in clip])
        self.posed.append(content)
        if not is_movie(content):
            return None
        return POSTER if at_milliseconds is None else poster_at(at_milliseconds)

    async def _taken(self, clip: AsyncIterator[bytes]) -> bytes:
        content = b"".join([chunk async for chunk in clip])
        if self._errors:
            raise self._errors.popleft()
        if not content:
            raise ClipRejected(ClipRule.EMPTY, found="0 bytes", accepted="a video", size_bytes=0)
        if not is_movie(content):
            raise ClipRejected(ClipRule.WRONG_CONTAINER, found="a text file", accepted="MP4 or MOV")
        return content


def poster_at(milliseconds: int) -> bytes:
    """The poster of a moment."""
    return b"\xff\xd8\xff poster at %d \xff\xd9" % milliseconds


@cache
def clip_of(seconds: float) -> bytes:
    """A small MP4 that any judge accepts."""
    return make_clip(seconds, size=(64, 48), fps=40)


def is_movie(content: bytes) -> bool:
    return content.startswith(MOVIES) or content[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free")


def too_short(seconds: float) -> ClipRejected:
    found = f"{max(seconds, 0):.2f} s"
    return ClipRejected(ClipRule.TOO_SHORT, found=found, accepted=rules.ACCEPTED_SECONDS, seconds=seconds)
