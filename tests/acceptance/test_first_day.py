"""The README's "Run it", typed as it stands there, in a fresh copy of the repository and nothing else."""

import re
import shutil
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.bot_run import ROOT
from sandbox.box import Box, open_sandbox
from tests.integration.command_line import LIMIT_SECONDS, Outcome, ended, run, started
from tests.meta.test_documents import FENCE, typed

RUN_IT = (ROOT / "README.md").read_text("utf-8").split("\n## Run it\n")[1].split("\n### ")[0]
LINES = [
    line for found in FENCE.finditer(RUN_IT) for line in typed(found[2]).splitlines() if found[1] == "console"
]
PYTHON = ".venv/bin/python -m bot "
FILLED_IN = ("DISCORD_TOKEN", "KIE_API_KEY", "ALLOWED_GUILDS")
GREEN = "The bot can do its job."


@pytest_asyncio.fixture(loop_scope="session")
async def box() -> AsyncIterator[Box]:
    async with open_sandbox(token="MTIwMDAwMDAwMDAwMDAwMDAwOQ.GtOkEn.abc-DEF_123") as opened:
        yield opened


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a clone would hold, as far as the bot is concerned."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("bot", "cogs", "storage"):
        shutil.copytree(ROOT / name, tmp_path / "dramatis" / name, ignore=ignored)
    shutil.copy2(ROOT / ".env.example", tmp_path / "dramatis")
    return tmp_path / "dramatis"


def around(box: Box) -> dict[str, str]:
    """Where the local services are; the rest is the README's business."""
    settings = box.environment("data")
    return {name: settings[name] for name in settings if name not in (*FILLED_IN, "DATA_DIR")}


@pytest.mark.seconds(150)
async def test_two_secrets_and_one_server_id_make_a_running_bot(copy: Path, box: Box) -> None:
    guild = box.discord.add_guild("Studio")
    fill, edit, invite, doctor, start = LINES
    told = {"DISCORD_TOKEN": box.token, "KIE_API_KEY": box.api_key, "ALLOWED_GUILDS": str(guild.id)}
    environment = {**around(box), "PYTHONPATH": str(copy), "LOG_FORMAT": "json"}

    await filled_in(copy, fill, told)
    assert all(name in edit for name in FILLED_IN)
    invited = await command(copy, environment, invite)
    looked_at = await command(copy, environment, doctor)

    assert (invited.code, "client_id=1200000000000000009" in invited.out) == (0, True), invited.err
    assert (looked_at.code, looked_at.out.rstrip().endswith(GREEN)) == (0, True), looked_at.out
    assert start == "make run"
    async with started(copy, environment, "run") as bot:
        await box.discord.bot_ready(LIMIT_SECONDS)
        bot.terminate()
        outcome = await ended(bot)
    assert (outcome.code, re.findall(r'"level": "(?:warning|error)"', outcome.err)) == (0, [])
    assert (copy / "data" / "dramatis.db").exists()


async def filled_in(folder: Path, line: str, told: dict[str, str]) -> None:
    """Makes the file as the README says, and writes the three values into it."""
    program, *words = line.split()
    shutil.copy2(folder / words[-2], folder / words[-1])
    mode = int(words[words.index("-m") + 1], 8)
    (folder / ".env").chmod(mode)
    text = (folder / ".env").read_text("utf-8")
    for name, value in told.items():
        assert f"\n{name}=\n" in text
        text = text.replace(f"\n{name}=\n", f"\n{name}={value}\n")
    (folder / ".env").write_text(text, "utf-8")
    assert (program, stat.S_IMODE((folder / ".env").stat().st_mode)) == ("install", 0o600)


async def command(folder: Path, environment: dict[str, str], line: str) -> Outcome:
    assert line.startswith(PYTHON), line
    return await run(folder, environment, *line.removeprefix(PYTHON).split())
