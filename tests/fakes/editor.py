"""An editor of clips that makes what the test has decided."""

from collections import deque
from collections.abc import AsyncIterator

from bot.model import Part
from bot.ports import Preview

SHEET = b"\xff\xd8 a contact sheet \xff\xd9"
POSTER = b"\xff\xd8 a poster \xff\xd9"
CUT = b"a part of the clip"


class FakeEditor:
    """A ClipEditor. `cuts` keeps what was cut out of what."""

    def __init__(self) -> None:
        self.seconds = 12.0
        self.picture: bytes | None = POSTER
        self.cuts: list[tuple[bytes, Part]] = []
        self._errors: deque[Exception] = deque()

    def object_with(self, *errors: Exception) -> None:
        """The next previews and cuts raise these, one each."""
        self._errors.extend(errors)

    async def preview(self, clip: AsyncIterator[bytes]) -> Preview:
        await whole(clip)
        self._object()
        return Preview(self.seconds, SHEET)

    async def cut(self, clip: AsyncIterator[bytes], part: Part) -> bytes:
        content = await whole(clip)
        self._object()
        self.cuts.append((content, part))
        return CUT

    async def poster(self, clip: AsyncIterator[bytes]) -> bytes | None:
        await whole(clip)
        return self.picture

    def _object(self) -> None:
        if self._errors:
            raise self._errors.popleft()


async def whole(clip: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in clip])
