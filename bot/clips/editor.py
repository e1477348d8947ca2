"""Shows and cuts clips in child processes, a fresh one each; no clip is ever whole in the bot's memory."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from bot.clip import Part
from bot.clips import edit_answer, limits
from bot.clips.child_process import ANSWER_BYTES, ChildProcess, Children, Ending
from bot.clips.edit_answer import Made
from bot.clips.endings import last_word, spoke_nonsense
from bot.clips.spool import Spool, SpoolUnusable, spooled
from bot.errors import ClipRejected, DramatisError
from bot.ports import Preview

CHILD_FILE = Path(__file__).with_name("edit_child.py")

log = structlog.get_logger(__name__)


class Work(StrEnum):
    """What a child can be asked for; the words are its argument."""

    PREVIEW = "preview"
    CUT = "cut"
    STILLS = "stills"
    POSTER = "poster"


LARGEST_BYTES = {
    Work.PREVIEW: limits.SHEET_BYTES,
    Work.CUT: limits.LIMIT_BYTES,
    Work.STILLS: limits.SHEET_BYTES,
    Work.POSTER: limits.POSTER_BYTES,
}
JPEG = b"\xff\xd8\xff"
TYPE_BOX = slice(4, 8)


class EditorUnusable(DramatisError):
    """Nothing can be edited here and now, be it that all places are taken: no clip is to blame."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class ChildEditor:
    """A ClipEditor that has at most `parallel` children at work, at most one of them cutting.

    Clips lie in files without names in `folder` while they are worked on, one for each child. Closing it
    ends every child; on Linux they also end by themselves when the bot is killed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        parallel: int = 2,
        wait_seconds: float = limits.EDIT_WAIT_SECONDS,
        wall_seconds: float = limits.EDIT_WALL_SECONDS,
        child_file: Path = CHILD_FILE,
    ) -> None:
        self._folder = folder
        self._turns = asyncio.Semaphore(parallel)
        self._cutting = asyncio.Semaphore(1)
        self._wait_seconds = wait_seconds
        self._wall_seconds = wall_seconds
        self._child_file = child_file
        self._children = Children()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Kills all children; whoever still waits gets `EditorUnusable`."""
        await self._children.close()

    async def preview(self, clip: AsyncIterator[bytes]) -> Preview:
        """A look at a clip that is to be cut.

        Raises:
            ClipRejected: nothing acceptable can be made of it, or it broke its reader.
            EditorUnusable: not here, or not now.
        """
        made = await self._edit(clip, Work.PREVIEW)
        return Preview(made.seconds or 0.0, made.content)

    async def cut(self, clip: AsyncIterator[bytes], part: Part) -> bytes:
        """The part as an MP4.

        Raises:
            ClipRejected: it cannot be made, or the clip broke its reader.
            EditorUnusable: not here, or not now.
        """
        start, length = str(part.start_milliseconds), str(part.length_milliseconds)
        return (await self._edit(clip, Work.CUT, start, length)).content

    async def stills(self, clip: AsyncIterator[bytes], milliseconds: Sequence[int]) -> bytes:
        """A JPEG of an accepted clip at these moments, each with its time on it.

        Raises:
            ClipRejected: there is none, or the clip broke its reader.
            EditorUnusable: not here, or not now.
        """
        return (await self._edit(clip, Work.STILLS, *map(str, milliseconds))).content

    async def poster(self, clip: AsyncIterator[bytes], at_milliseconds: int | None = None) -> bytes | None:
        """One picture that stands for a clip, as a JPEG; None where none can be made.

        It is the one at that moment, else a sharp one of the middle.

        Raises:
            EditorUnusable: not here, or not now.
        """
        moment = () if at_milliseconds is None else (str(at_milliseconds),)
        try:
            return (await self._edit(clip, Work.POSTER, *moment)).content
        except ClipRejected as rejected:
            log.info("clip_without_poster", rule=rejected.rule, found=rejected.found)
            return None

    async def _edit(self, clip: AsyncIterator[bytes], work: Work, *arguments: str) -> Made:
        try:
            async with self._turn(work), spooled(clip, self._folder) as spool:
                ending = await self._run(spool, work, *arguments)
        except SpoolUnusable as unusable:
            raise EditorUnusable(f"spool: {unusable.cause}") from unusable
        finally:
            if isinstance(clip, AsyncGenerator):
                await clip.aclose()
        if self._children.is_closed:
            raise EditorUnusable("closed")
        return _conclude(ending, work, spool.size_bytes)

    @asynccontextmanager
    async def _turn(self, work: Work) -> AsyncIterator[None]:
        """A place for one more child."""
        async with AsyncExitStack() as places:
            try:
                async with asyncio.timeout(self._wait_seconds):
                    await places.enter_async_context(self._cutting if work is Work.CUT else nullcontext())
                    await places.enter_async_context(self._turns)
            except TimeoutError:
                raise EditorUnusable("busy") from None
            yield

    async def _run(self, spool: Spool, work: Work, *arguments: str) -> Ending:
        try:
            child = await ChildProcess.start(
                self._child_file,
                work,
                *arguments,
                wall_seconds=self._wall_seconds,
                output_bytes=ANSWER_BYTES + LARGEST_BYTES[work],
                stdin=spool.descriptor,
            )
        except OSError as error:
            raise EditorUnusable(f"start: {type(error).__name__}") from error
        async with self._children.holding(child):
            return await child.hear_out()


def _conclude(ending: Ending, work: Work, size_bytes: int) -> Made:
    """What a child has made; every other ending is a refusal, or our own fault."""
    if not ending.was_ready:
        raise EditorUnusable(f"exit code {ending.exit_code}")
    try:
        outcome = edit_answer.read(last_word(ending, size_bytes))
        if isinstance(outcome, Made):
            _check(outcome, work)
    except ValueError:
        raise spoke_nonsense(ending, size_bytes) from None
    if isinstance(outcome, ClipRejected):
        outcome.size_bytes = size_bytes
        raise outcome
    return outcome


def _check(made: Made, work: Work) -> None:
    """Passes what looks like what was asked for; a cut is judged like any clip later.

    Raises:
        ValueError: it does not.
    """
    right = made.content[TYPE_BOX] == b"ftyp" if work is Work.CUT else made.content.startswith(JPEG)
    if not right or len(made.content) > LARGEST_BYTES[work] or (work is Work.PREVIEW) != bool(made.seconds):
        raise ValueError(work)
