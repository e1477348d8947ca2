"""A clip laid down in a file without a name, for a child to read: gone with the last who holds it open."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from bot.clip import ClipRule
from bot.clips import limits
from bot.errors import ClipRejected, DramatisError

WRITE_BYTES = 1_048_576


class SpoolUnusable(DramatisError):
    """The folder of temporary files cannot be written to; `cause` is the system's word for it."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Spool:
    """A whole clip in an open file; where its position stands is for its reader to set."""

    descriptor: int
    size_bytes: int


@asynccontextmanager
async def spooled(
    chunks: AsyncIterator[bytes], folder: Path, limit_bytes: int = limits.MEND_LIMIT_BYTES
) -> AsyncIterator[Spool]:
    """The stream as a file in `folder`.

    Raises:
        ClipRejected: there is nothing in it, or more than `limit_bytes`.
        SpoolUnusable: the disc is full, or the folder cannot be used.
    """
    try:
        file = await asyncio.to_thread(_opened, folder)
    except OSError as error:
        raise SpoolUnusable(error.strerror or type(error).__name__) from error
    # The file's own lock makes closing wait for a write that a cancelled task has left behind.
    with file:
        size_bytes = await _fill(file, chunks, limit_bytes)
        yield Spool(file.fileno(), size_bytes)


def _opened(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file: Any = tempfile.TemporaryFile(dir=folder, buffering=WRITE_BYTES)  # noqa: SIM115  # the caller does
    opened: BinaryIO = file
    return opened


async def _fill(file: BinaryIO, chunks: AsyncIterator[bytes], limit_bytes: int) -> int:
    size_bytes = 0
    async for chunk in chunks:
        size_bytes += len(chunk)
        if size_bytes > limit_bytes:
            raise _too_big(f"{limit_bytes:,} bytes")
        await _write(file, chunk)
    if size_bytes == 0:
        raise ClipRejected(ClipRule.EMPTY, found="0 bytes", accepted="a video", size_bytes=0)
    await _write(file, b"", flush=True)
    return size_bytes


async def _write(file: BinaryIO, chunk: bytes, *, flush: bool = False) -> None:
    try:
        await asyncio.to_thread(file.flush if flush else lambda: file.write(chunk))
    except OSError as error:
        raise SpoolUnusable(error.strerror or type(error).__name__) from error


def _too_big(limit: str) -> ClipRejected:
    return ClipRejected(ClipRule.TOO_BIG, found=f"more than {limit}", accepted=f"at most {limit}")
