"""Runs the real bot as a process of its own, as an operator would, and stops it in every way there is."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from sandbox.discord.server import Discord

ROOT: Final = Path(__file__).parents[1]
# Nothing else of our own environment reaches the bot: a variable of the operator's real bot would.
KEPT_VARIABLES: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT", "VIRTUAL_ENV")
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 25.0  # a container runtime waits about that long before it kills
KILL_SECONDS: Final = 10.0
TAIL_LINES: Final = 40

T = TypeVar("T")


class BotStopped(Exception):
    """The bot ended although nobody told it to; carries its exit code and the end of its log."""

    def __init__(self, code: int, log_tail: str) -> None:
        super().__init__(f"the bot ended by itself with exit code {code}\n{log_tail}")
        self.code = code
        self.log_tail = log_tail


class BotRun:
    """One bot at a time over one data folder; the log of all its lives is one file.

    `environment` holds the bot's settings. It is started in `folder`, where no `.env` of somebody else lies,
    as `python -m` of its `module`, and has `start_seconds` to connect. All may be changed between two of its
    lives.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        folder: Path,
        discord: Discord | None = None,
        *,
        module: str = "bot",
    ) -> None:
        self.environment = dict(environment)
        self.module = module
        self.folder = folder
        self.start_seconds = START_SECONDS
        self.log_file = folder / "bot.log"
        self._discord = discord
        self._bot: asyncio.subprocess.Process | None = None

    @property
    def is_running(self) -> bool:
        return self._bot is not None and self._bot.returncode is None

    @property
    def shards(self) -> tuple[int, ...]:
        """The shards that this process serves; none named: all of them."""
        named = self.environment.get("SHARD_IDS", "")
        return tuple(int(shard) for shard in named.split(",") if shard)

    @property
    def pid(self) -> int:
        """The process id of the latest run."""
        return self._running().pid

    @property
    def exit_code(self) -> int | None:
        """Of the latest run; None while it lasts. Minus a signal's number where a signal ended it."""
        return self._bot.returncode if self._bot else None

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace") if self.log_file.exists() else ""

    @property
    def log_tail(self) -> str:
        return "\n".join(self.log.splitlines()[-TAIL_LINES:])

    async def launch(self, *arguments: str) -> None:
        """Start `python -m` with the arguments, `run` by default, and wait for nothing."""
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        own = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        with self.log_file.open("ab") as log:
            self._bot = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self.module,
                *(arguments or ("run",)),
                cwd=self.folder,
                env=kept | own | self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours to pass on, and its children end with it
            )

    async def start(self) -> None:
        """Start the bot and wait until it is connected and its commands are published.

        Raises:
            BotStopped: it ended instead.
            TimeoutError: it did not get there in time.
        """
        await self.launch()
        await self.connected()

    async def connected(self) -> None:
        """Wait until the bot that was launched is connected and its commands are published.

        Raises:
            BotStopped: it ended instead.
            TimeoutError: it did not get there in time.
        """
        if self._discord is not None:
            await self.alive(self._discord.bot_ready(self.start_seconds, self.shards))

    async def alive(self, waited_for: Awaitable[T]) -> T:
        """What is waited for, as long as the bot lives.

        Raises:
            BotStopped: the bot ended first.
        """
        wanted = asyncio.ensure_future(waited_for)
        end = asyncio.ensure_future(self._running().wait())
        try:
            await asyncio.wait([wanted, end], return_when=asyncio.FIRST_COMPLETED)
            if not wanted.done():
                raise BotStopped(await end, self.log_tail)
            return wanted.result()
        finally:
            for task in (wanted, end):
                task.cancel()
            await asyncio.gather(wanted, end, return_exceptions=True)

    async def wait(self, timeout_seconds: float = STOP_SECONDS) -> int:
        """The exit code, once the bot has ended.

        Raises:
            TimeoutError: it has not.
        """
        async with asyncio.timeout(timeout_seconds):
            return await self._running().wait()

    def ask_to_stop(self) -> None:
        """SIGTERM, as a container runtime sends it, and wait for nothing."""
        self._running().terminate()

    async def stop(self, timeout_seconds: float = STOP_SECONDS) -> int:
        """Ask it to stop; the exit code."""
        self.ask_to_stop()
        code = await self.wait(timeout_seconds)
        await self._forgotten()
        return code

    async def kill(self) -> None:
        """SIGKILL: no code of the bot runs any more. Its children have to notice by themselves."""
        self._running().kill()
        await self.wait(KILL_SECONDS)
        await self._forgotten()

    def pause(self) -> None:
        """SIGSTOP: it stands still as on a machine that sleeps, its connections open."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on where it was paused, and does not know how long that was."""
        self._running().send_signal(signal.SIGCONT)

    async def restart(self) -> None:
        """SIGKILL, then a new start over the same data folder."""
        await self.kill()
        await self.start()

    async def close(self) -> None:
        """End whatever still runs; harmless when nothing does."""
        if self._bot is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._bot.pid, signal.SIGKILL)
        await self._bot.wait()

    def _running(self) -> asyncio.subprocess.Process:
        if self._bot is None:
            raise RuntimeError("the bot was never started")
        return self._bot

    async def _forgotten(self) -> None:
        """Until Discord has noticed too, so that the next start is not taken for the old one."""
        if self._discord is not None:
            await self._discord.bot_gone(KILL_SECONDS, self.shards)
