"""One child seen from the bot: what it says counts, however late the bot listens."""

import contextlib
import os
from pathlib import Path

import pytest

from bot.clips import limits
from bot.clips.child_process import ChildProcess
from bot.clips.report import READY

LATE = "import os\nos.write(1, b'ready\\n' + b'x' * {count})\n"
MUCH = len(READY) + limits.ANSWER_BYTES + 1
"""A byte more than a child may say."""


async def ended(folder: Path, count: int) -> ChildProcess:
    """A child that has said so much after it was ready, and ended, before anybody listened."""
    file = folder / "late.py"
    file.write_text(LATE.format(count=count))
    child = await ChildProcess.start(file, wall_seconds=0.0)
    keep_the_loop_until_end_of(child)
    return child


def keep_the_loop_until_end_of(child: ChildProcess) -> None:
    """Nothing of what the child says is heard meanwhile."""
    # asyncio's own thread may have noticed the end already.
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, child._process.pid, os.WEXITED | os.WNOWAIT)


@pytest.mark.parametrize("count", [0, 5, limits.ANSWER_BYTES])
async def test_what_was_said_in_time_counts_when_we_could_not_listen(tmp_path: Path, count: int) -> None:
    ending = await (await ended(tmp_path, count)).hear_out()

    assert (ending.output, ending.exit_code) == (READY + b"x" * count, 0)


async def test_of_a_child_that_says_too_much_no_more_is_kept_than_shows_it(tmp_path: Path) -> None:
    ending = await (await ended(tmp_path, 30_000)).hear_out()

    assert len(ending.output) == MUCH
