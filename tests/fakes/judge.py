"""A judge of clips who decides what the test has decided."""

from collections import deque
from collections.abc import AsyncIterator

from bot.clip import ClipFacts, ClipKind


class FakeJudge:
    """A ClipJudge; every clip is good, unless the next ones are to be objected to. `judged` keeps them."""

    def __init__(self) -> None:
        self.judged: list[bytes] = []
        self._errors: deque[Exception] = deque()

    def object_with(self, *errors: Exception) -> None:
        """The next judgements raise these, one each."""
        self._errors.extend(errors)

    async def judge(self, chunks: AsyncIterator[bytes], size_bytes: int) -> ClipFacts:
        content = b"".join([chunk async for chunk in chunks])
        assert len(content) == size_bytes
        self.judged.append(content)
        if self._errors:
            raise self._errors.popleft()
        return ClipFacts(ClipKind.MP4, 2.5, size_bytes, 1280, 720, "h264", 25.0)
