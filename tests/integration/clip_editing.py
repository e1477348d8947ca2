"""An editor with real children, and the judge of what it makes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.clip import ClipFacts, Part
from bot.clips.editor import ChildEditor
from bot.clips.probe import ClipProbe
from tests.clips.sources import Seen, Source, made, seen

CHUNK_BYTES = 65_536


async def in_chunks(content: bytes, size_bytes: int = CHUNK_BYTES) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size_bytes):
        yield content[start : start + size_bytes]


@dataclass(frozen=True)
class Result:
    """A cut clip, what is seen in it, and what the judge measured."""

    clip: bytes
    seen: Seen
    facts: ClipFacts


class Bench:
    """Cuts clips and judges what came out."""

    def __init__(self, editor: ChildEditor, probe: ClipProbe) -> None:
        self.editor = editor
        self._probe = probe

    async def cut(self, source: Source | bytes, start: int = 0, length: int = 4000) -> Result:
        """A part in milliseconds, accepted by the judge."""
        content = made(source) if isinstance(source, Source) else source
        clip = await self.editor.cut(in_chunks(content), Part(start, length))
        facts = await self._probe.judge(in_chunks(clip), len(clip))
        return Result(clip, seen(clip), facts)
