"""A bot in an environment that is wrong in some way, and what a person reads then."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.box import Box
from tests.integration.command_line import LIMIT_SECONDS, ROOT, Outcome, ended, started

TOKEN = "MTIwMDAwMDAwMDAwMDAwMDAwOQ.GtOkEn.abc-DEF_123"
GUILD = "1200000000000000001"
GOOD = {"DISCORD_TOKEN": TOKEN, "KIE_API_KEY": "0123456789abcdef", "ALLOWED_GUILDS": GUILD}
WRONG_SETTINGS, FAILED, WELL = 2, 1, 0
CELLS = 3
Fault = tuple[str, str, str]
"""A line of the list: the setting, what was found, what is accepted."""


@asynccontextmanager
async def connected(
    box: Box, folder: Path, changes: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A bot that is at work; its words can be read once it has ended."""
    environment = {**box.environment(folder / "data"), "LOG_FORMAT": "json", **changes}
    async with started(folder, environment, "run") as bot:
        await box.discord.bot_ready(LIMIT_SECONDS)
        yield bot


async def works(box: Box, folder: Path, changes: Mapping[str, str]) -> Outcome:
    """How a bot ends that is asked to stop once it is at work."""
    async with connected(box, folder, changes) as bot:
        bot.terminate()
        return await ended(bot)


def listed(outcome: Outcome) -> list[Fault]:
    """The lines of the one list, in the letters of a rich terminal or a poor one."""
    assert "Traceback" not in outcome.out + outcome.err
    rows = [line.replace("|", "│").split("│") for line in outcome.err.splitlines()]
    found = [tuple(cell.strip() for cell in row[1:-1]) for row in rows if len(row) == CELLS + 2]
    return [(name, value, accepted) for name, value, accepted in found if name != "setting"]


def tells(outcome: Outcome, fault: Fault) -> None:
    """It ended over this one setting, and nothing that is secret was shown."""
    (line,) = listed(outcome)
    assert line[0] == fault[0]
    assert (fault[1] in line[1], fault[2] in line[2]) == (True, True), line
    assert (outcome.code, outcome.out) == (WRONG_SETTINGS, "")
    assert not [secret for secret in (TOKEN, "hunter2") if secret in outcome.err]


def spoilt(folder: Path, *lines: str) -> dict[str, str]:
    """An environment in which Python does this first, as on a machine where it is so."""
    (shim := folder / "shim").mkdir()
    # Python imports a module of this name before anything else (Python: site).
    (shim / "sitecustomize.py").write_text("\n".join(lines), "utf-8")
    return {"PYTHONPATH": os.pathsep.join((str(shim), str(ROOT)))}
