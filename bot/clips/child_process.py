"""One child process as the bot sees it: started, fed, heard out once, always ended."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.clips import limits
from bot.clips.report import READY

ANSWER_BYTES = len(READY) + limits.ANSWER_BYTES
# Windows needs it to start any program; nothing else of our environment is a child's business.
KEPT_ENVIRONMENT = ("SYSTEMROOT",)
PIPE_BYTES = 65_536
FAREWELL_SECONDS = 2.0
"""For the pipes of a killed child to close; one that left something behind elsewhere is not waited for."""


@dataclass(frozen=True, slots=True)
class Ending:
    """All that a child has said, cut just above what is allowed, and its exit code (negative: the signal)."""

    output: bytes
    exit_code: int

    @property
    def was_ready(self) -> bool:
        """Whether the child came as far as the clip; else this installation is to blame."""
        return self.output.startswith(READY)


class ChildProcess:
    """A running child; `wall_seconds` is how long it may keep the bot waiting at any point.

    It may say `output_bytes`; who says more is killed.
    """

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        stdout: asyncio.StreamReader,
        wall_seconds: float,
        output_bytes: int,
    ) -> None:
        self._process = process
        self._stdin = process.stdin
        self._stdout = stdout
        self._wall_seconds = wall_seconds
        self._output_bytes = output_bytes
        self._output = bytearray()
        self._ended = False

    @classmethod
    async def start(
        cls,
        file: Path,
        *arguments: str,
        wall_seconds: float,
        output_bytes: int = ANSWER_BYTES,
        stdin: int = asyncio.subprocess.PIPE,
    ) -> Self:
        """Starts a Python program by its path, in a group of its own and without our environment.

        Its first argument is our process id. `stdin` may be a descriptor, which it then reads instead of what
        is fed to it.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-B",
            str(file),
            str(os.getpid()),
            *arguments,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ},
            cwd=os.sep,
            start_new_session=True,
            limit=PIPE_BYTES,
        )
        if process.stdout is None:
            raise RuntimeError(process.pid)
        return cls(process, process.stdout, wall_seconds, output_bytes)

    async def feed(self, chunk: bytes) -> bool:
        """Passes a chunk on; False when the child takes no more, be it dead or hung (then it is killed)."""
        if self._stdin is None:
            raise RuntimeError(self._process.pid)
        try:
            self._stdin.write(chunk)
            async with asyncio.timeout(self._wall_seconds):
                await self._stdin.drain()
        except ConnectionError:
            return False
        except TimeoutError:
            self.kill()
            return False
        return True

    async def hear_out(self) -> Ending:
        """Ends the input and waits for the child's last word; one that talks or waits too long is killed."""
        self._end_input()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._wall_seconds):
                while self._may_say_more() and (heard := await self._stdout.read(PIPE_BYTES)):
                    self._output += heard
                if self._may_say_more():
                    await self._process.wait()
        exit_code = await self.end()
        return Ending(bytes(self._output), exit_code)

    def _may_say_more(self) -> bool:
        return len(self._output) <= self._output_bytes

    async def end(self) -> int:
        """Kills what is left of the child and its group, and waits for it; returns the exit code."""
        if not self._ended:
            self.kill()
            self._end_input()
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(FAREWELL_SECONDS):
                    # What it said in time counts, even when it was us who could not listen until now.
                    while heard := await self._stdout.read(PIPE_BYTES):
                        self._output += heard[: max(0, self._output_bytes + 1 - len(self._output))]
                    if self._stdin is not None:
                        await self._stdin.wait_closed()
            # From here on the number of the group may belong to somebody else.
            self._ended = True
        return await self._process.wait()

    def _end_input(self) -> None:
        if self._stdin is not None:
            self._stdin.close()

    async def gone(self) -> None:
        """Waits until the child is no more."""
        await self._process.wait()

    def kill(self) -> None:
        """Kills the child and whatever it has started."""
        if self._ended:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)


class Children:
    """The children of one owner, who answers for the end of each."""

    def __init__(self) -> None:
        self._living: set[ChildProcess] = set()
        self.is_closed = False

    @contextlib.asynccontextmanager
    async def holding(self, child: ChildProcess) -> AsyncIterator[None]:
        """The child is ended with the block, and at once when all are closed."""
        self._living.add(child)
        if self.is_closed:
            child.kill()
        try:
            yield
        finally:
            await child.end()
            self._living.discard(child)

    async def close(self) -> None:
        """Kills all of them, and those that were still to come."""
        self.is_closed = True
        for child in self._living:
            child.kill()
        await asyncio.gather(*(child.gone() for child in tuple(self._living)))
