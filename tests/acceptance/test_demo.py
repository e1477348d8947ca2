"""The demo passes only when everything really happens, and leaves nothing behind when it is stopped."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from rich.console import Console

from sandbox import demo
from sandbox.bot_run import ROOT
from sandbox.demo_scenes import Stage, a_clip_becomes_a_character
from sandbox.demo_stage import CheckFailed, Reporter
from sandbox.transcript import Transcript
from tests.acceptance.house import House, open_house

WIDTH = 100
INTERRUPTED = 130
ENOUGH_SECONDS = 20.0
PATIENCE_SECONDS = 6.0
"""For what comes in tenths of a second where nothing else runs; once it is waited out."""


@dataclass
class Evening:
    """A house with somebody who tells what happens in it."""

    house: House
    reporter: Reporter
    printed: io.StringIO


@pytest_asyncio.fixture(loop_scope="session")
async def evening(tmp_path: Path) -> AsyncIterator[Evening]:
    printed = io.StringIO()
    async with open_house(tmp_path) as house:
        console = Console(file=printed, width=WIDTH, highlight=False)
        transcript = Transcript(house.discord, console)
        reporter = Reporter(console, transcript, house.bot, check_seconds=PATIENCE_SECONDS)
        yield Evening(house, reporter, printed)


async def test_the_transcript_reads_like_a_conversation(evening: Evening) -> None:
    stage = await Stage.built(evening.house.box, evening.house.bot, evening.reporter)

    await a_clip_becomes_a_character(stage)

    told = evening.printed.getvalue()
    for words in (
        "Mira  ▸ /character create",
        "@Mira · Inspector Fen",
        "[Cancel]",
        "card now:",
        "🧵 Character ·",
    ):
        assert words in told
    assert evening.house.kie.ledger.tasks[0].character_id in told
    for raw in ("{", "custom_id", "<@", "<t:", "**", "```", "\x1b"):
        assert raw not in told
    assert max(map(len, told.splitlines())) <= WIDTH


async def test_a_step_that_does_not_happen_ends_it(evening: Evening) -> None:
    stage = await Stage.built(evening.house.box, evening.house.bot, evening.reporter)
    evening.house.kie.pause_model()

    with pytest.raises(CheckFailed) as failed:
        await a_clip_becomes_a_character(stage)

    failed.value.print_to(evening.reporter.console)
    assert failed.value.expected == "the provider accepted one task"
    assert "✘" in evening.printed.getvalue()
    assert "circuit_opened" in evening.printed.getvalue()


async def test_a_bot_that_ends_by_itself_ends_it_at_once(evening: Evening) -> None:
    evening.house.bot.environment["ALLOWED_GUILDS"] = "nonsense"

    with pytest.raises(CheckFailed) as failed:
        await Stage.built(evening.house.box, evening.house.bot, evening.reporter)

    assert "exit code 2" in failed.value.found
    assert "ALLOWED_GUILDS" in failed.value.log_tail


async def test_its_exit_code_is_1_when_a_check_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(_: Console) -> None:
        raise CheckFailed("that it works", "it did not", "")

    monkeypatch.setattr(demo, "play", play)

    assert await demo.exit_code(Console(file=io.StringIO())) == 1


async def test_stopped_by_hand_it_takes_its_processes_along(tmp_path: Path) -> None:
    playing = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox.demo",
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert playing.stdout is not None
    async with asyncio.timeout(ENOUGH_SECONDS):
        async for line in playing.stdout:
            if "connected" in line.decode():
                break
        playing.send_signal(signal.SIGINT)
        rest = await playing.stdout.read()
        assert await playing.wait() == INTERRUPTED

    assert "Traceback" not in rest.decode()
    assert left_in(tmp_path) == []
    assert living_in(tmp_path) == []


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def living_in(folder: Path) -> list[str]:
    """Processes that work in a folder, where the system has a list of them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        try:
            place = str(entry.readlink())
        except OSError:
            continue
        if place.startswith(str(folder)):
            found.append(place)
    return found
