"""Discord's file host in memory."""

from collections import deque
from collections.abc import AsyncIterator

from bot.clip import ClipRule
from bot.errors import ClipRejected

CHUNK_BYTES = 64


class FakeAttachments:
    """Attachments; every address answers with `content`, in small chunks, unless told otherwise.

    `asked` holds the addresses that were fetched.
    """

    def __init__(self, content: bytes = b"RIFF, a good clip, as far as anybody can tell " * 5) -> None:
        self.content = content
        self.asked: list[str] = []
        self._spoils: deque[tuple[Exception, int]] = deque()

    def spoil(self, error: Exception, *, after_chunks: int = 0, times: int = 1) -> None:
        """The next `times` fetches raise `error` when they have yielded some chunks."""
        self._spoils.extend([(error, after_chunks)] * times)

    async def stream(self, url: str, limit_bytes: int) -> AsyncIterator[bytes]:
        self.asked.append(url)
        error, good_chunks = self._spoils.popleft() if self._spoils else (None, 0)
        chunks = [self.content[at : at + CHUNK_BYTES] for at in range(0, len(self.content), CHUNK_BYTES)]
        sent_bytes = 0
        for number, chunk in enumerate(chunks):
            if error is not None and number == good_chunks:
                raise error
            sent_bytes += len(chunk)
            if sent_bytes > limit_bytes:
                raise ClipRejected(ClipRule.TOO_BIG, found="more", accepted=f"{limit_bytes} bytes")
            yield chunk
