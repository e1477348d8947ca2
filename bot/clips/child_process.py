"""One child process as the bot sees it: started, fed, heard out once, always ended."""

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.clips import limits
from bot.clips.report import READY

OUTPUT_BYTES = len(READY) + limits.ANSWER_BYTES
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


class ChildProcess:
    """A running child; `wall_seconds` is how long it may keep the bot waiting at any point."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
        wall_seconds: float,
    ) -> None:
        self._process = process
        self._stdin = stdin
        self._stdout = stdout
        self._wall_seconds = wall_seconds
        self._output = b""
        self._ended = False

    @classmethod
    async def start(cls, file: Path, wall_seconds: float) -> Self:
        """Starts a Python program by its path, in a group of its own and without our environment."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-B",
            str(file),
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ},
            cwd=os.sep,
            start_new_session=True,
            limit=limits.ANSWER_BYTES,
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError(process.pid)
        return cls(process, process.stdin, process.stdout, wall_seconds)

    async def feed(self, chunk: bytes) -> bool:
        """Passes a chunk on; False when the child takes no more, be it dead or hung (then it is killed)."""
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
        self._stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._wall_seconds):
                while len(self._output) <= OUTPUT_BYTES and (heard := await self._stdout.read(PIPE_BYTES)):
                    self._output += heard
                if len(self._output) <= OUTPUT_BYTES:
                    await self._process.wait()
        exit_code = await self.end()
        return Ending(self._output, exit_code)

    async def end(self) -> int:
        """Kills what is left of the child and its group, and waits for it; returns the exit code."""
        if not self._ended:
            self.kill()
            self._stdin.close()
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(FAREWELL_SECONDS):
                    # What it said in time counts, even when it was us who could not listen until now.
                    while heard := await self._stdout.read(PIPE_BYTES):
                        self._output += heard[: max(0, OUTPUT_BYTES + 1 - len(self._output))]
                    await self._stdin.wait_closed()
            # From here on the number of the group may belong to somebody else.
            self._ended = True
        return await self._process.wait()

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
