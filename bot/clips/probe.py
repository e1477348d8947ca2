"""Judges clips in child processes, a fresh one each, so that no file can hurt the bot itself."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from bot.clip import ClipFacts
from bot.clips import limits, report, rules
from bot.clips.child_process import ChildProcess, Children, Ending
from bot.clips.endings import last_word, spoke_nonsense
from bot.clips.rules import Measurement
from bot.errors import ClipRejected, DramatisError

CHILD_FILE = Path(__file__).with_name("child.py")
HEADER_DOUBT_SECONDS = 0.5
"""A header may round; one that is further off than this tells another length than the packets do."""

log = structlog.get_logger(__name__)


class ProbeUnusable(DramatisError):
    """This installation cannot look into clips, or is closing: no clip is to blame. `cause` is for logs."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class ClipProbe:
    """Looks into at most `parallel` clips at once: by default one less than there are cores, at least one.

    Closing it ends every child; on Linux they also end by themselves when the bot is killed.
    """

    def __init__(
        self,
        *,
        parallel: int | None = None,
        wall_seconds: float = limits.CHILD_WALL_SECONDS,
        child_file: Path = CHILD_FILE,
    ) -> None:
        self._turns = asyncio.Semaphore(parallel or max(1, (os.cpu_count() or 1) - 1))
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
        """Kills all children; whoever still waits for a verdict gets `ProbeUnusable`."""
        await self._children.close()

    async def judge(self, chunks: AsyncIterator[bytes], size_bytes: int) -> ClipFacts:
        """What was measured on a good clip. `size_bytes` is judged before any chunk is read.

        Raises:
            ClipRejected: the clip breaks a rule, or broke its reader.
            ProbeUnusable: no clip can be looked into, or the probe was closed meanwhile.
        """
        rules.judge_size(size_bytes)
        async with self._turns:
            if self._children.is_closed:
                raise ProbeUnusable("closed")
            child = await self._start()
            async with self._children.holding(child):
                taken_bytes = await _feed(child, chunks)
                ending = await child.hear_out()
        if self._children.is_closed:
            raise ProbeUnusable("closed")
        return _conclude(ending, taken_bytes)

    async def _start(self) -> ChildProcess:
        try:
            return await ChildProcess.start(self._child_file, wall_seconds=self._wall_seconds)
        except OSError as error:
            raise ProbeUnusable(f"start: {type(error).__name__}") from error


async def _feed(child: ChildProcess, chunks: AsyncIterator[bytes]) -> int:
    """Passes all chunks on; returns how many bytes there were."""
    taken_bytes = 0
    try:
        async for chunk in chunks:
            taken_bytes += len(chunk)
            if taken_bytes > limits.LIMIT_BYTES:
                raise rules.too_big(f"more than {limits.LIMIT_BYTES:,} bytes", None)
            if not await child.feed(chunk):
                break
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
    return taken_bytes


def _conclude(ending: Ending, size_bytes: int) -> ClipFacts:
    """The facts in a child's last word; every other ending is a refusal, or our own fault."""
    if not ending.was_ready:
        raise ProbeUnusable(f"exit code {ending.exit_code}")
    try:
        answer = report.read(last_word(ending, size_bytes))
    except ValueError:
        raise spoke_nonsense(ending, size_bytes) from None
    if isinstance(answer.outcome, ClipRejected):
        answer.outcome.size_bytes = size_bytes
        raise answer.outcome
    _compare(answer.outcome, answer.header_seconds)
    return rules.verdict(answer.outcome, size_bytes)


def _compare(measured: Measurement, header_seconds: float | None) -> None:
    """Logs a header that lies; it never decides anything."""
    if header_seconds is None:
        return
    measured_seconds = measured.timeline_microseconds / limits.MICROSECONDS
    if abs(header_seconds - measured_seconds) > HEADER_DOUBT_SECONDS:
        log.info("clip_header_mismatch", header_seconds=header_seconds, measured_seconds=measured_seconds)
