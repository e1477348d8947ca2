"""`make demo`: a local Discord, a local provider and the real bot play an evening through, with checks."""

import asyncio
import io
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from rich.console import Console

from sandbox.bot_run import BotRun
from sandbox.box import Box, open_sandbox
from sandbox.demo_scenes import SCENES, Stage
from sandbox.demo_stage import CheckFailed, Reporter
from sandbox.kie.outcomes import Outcome
from sandbox.transcript import Transcript

WIDTH: Final = 100
POLL_SCHEDULE: Final = "0.3"
TASK_SECONDS: Final = 1.0
WHOLE_SECONDS: Final = 90.0
OK, FAILED, INTERRUPTED = 0, 1, 130


async def play(console: Console) -> None:
    """The whole evening.

    Raises:
        CheckFailed: something that was to happen did not.
    """
    async with _opened() as (box, bot):
        transcript = Transcript(box.discord, console)
        reporter = Reporter(console, transcript, bot)
        follower = asyncio.create_task(transcript.follow())
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                stage = await Stage.built(box, bot, reporter)
                for scene in SCENES:
                    await scene(stage)
        finally:
            follower.cancel()
            await asyncio.gather(follower, return_exceptions=True)


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Box, BotRun]]:
    """Sandbox, bot and their folder; nothing of them is left afterwards."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dramatis-demo-")))
        box = await stack.enter_async_context(open_sandbox())
        box.kie.default = Outcome(seconds=TASK_SECONDS)
        settings = box.environment(folder / "data") | {"POLL_SCHEDULE": POLL_SCHEDULE}
        bot = BotRun(settings, folder, box.discord)
        stack.push_async_callback(bot.close)
        yield box, bot


async def exit_code(console: Console) -> int:
    """Play, and tell how it went: 0 well, 1 not, 130 stopped by hand."""
    playing = asyncio.create_task(play(console))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows delivers Ctrl-C as an exception instead
            loop.add_signal_handler(name, playing.cancel)
    try:
        await playing
    except CheckFailed as failed:
        failed.print_to(console)
        return FAILED
    except TimeoutError:
        console.print(f"\nThe evening took longer than {WHOLE_SECONDS:g} s.")
        return FAILED
    except asyncio.CancelledError:
        console.print("\nStopped; the bot and the sandbox are gone.")
        return INTERRUPTED
    return OK


def main() -> int:
    """0 when everything happened that should have, 1 when not."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without these signs shows question marks
    return asyncio.run(exit_code(Console(width=WIDTH, highlight=False)))


if __name__ == "__main__":
    sys.exit(main())
