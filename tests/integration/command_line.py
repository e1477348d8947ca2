"""The command line as a process of its own, in a folder of its own, with nothing of our environment."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.canaries import secrets_in

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 30.0
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    code: int | None
    out: str
    err: str


@asynccontextmanager
async def started(
    folder: Path, environment: Mapping[str, str], *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m bot` with the arguments; killed at the end if it still runs."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def ended(process: asyncio.subprocess.Process) -> Outcome:
    """How it ends, within the limit."""
    async with asyncio.timeout(LIMIT_SECONDS):
        out, err = await process.communicate()
    outcome = Outcome(process.returncode, out.decode(), err.decode())
    assert secrets_in(outcome.out + outcome.err) == []
    return outcome


async def run(folder: Path, environment: Mapping[str, str], *arguments: str) -> Outcome:
    """A command from its start to its end."""
    async with started(folder, environment, *arguments) as process:
        return await ended(process)
