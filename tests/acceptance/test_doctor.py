"""The doctor against the whole: before the first start with the settings that `python -m sandbox` prints, and
beside a running bot."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.bot_run import ROOT
from tests.acceptance.house import open_house
from tests.acceptance.rig import free_port
from tests.integration.command_line import Outcome, run

EXPORT = re.compile(r"export (\w+)='(.*)'")
SLOW = pytest.mark.seconds(180)
"""Several processes start, one after the other."""
OLD_SQLITE = "SQLite library"
"""Warns where Python brings an old one; that is the machine's business."""


def told(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {line["check"]: line for line in map(json.loads, outcome.out.splitlines())}


def open_points(lines: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, line in lines.items() if line["state"] in {"warning", "failed"}} - {OLD_SQLITE}


def everything_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


async def sandbox(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    """`python -m sandbox` as somebody starts it."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        *arguments,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def sandbox_process(folder: Path) -> AsyncIterator[dict[str, str]]:
    """A sandbox, and the settings that it prints."""
    process = await sandbox(folder)
    try:
        assert process.stdout is not None
        settings: dict[str, str] = {}
        async for line in process.stdout:
            if found := EXPORT.search(line.decode()):
                settings[found[1]] = found[2]
            elif b"Ctrl-C" in line:
                break
        yield settings
    finally:
        process.kill()
        await process.communicate()


@SLOW
async def test_with_the_settings_of_the_sandbox_the_doctor_is_content(tmp_path: Path) -> None:
    async with sandbox_process(tmp_path) as settings:
        outcome = await run(tmp_path, settings, "doctor", "--json")
        words = await run(tmp_path, settings, "doctor")

    assert (outcome.code, outcome.err) == (0, "")
    assert open_points(told(outcome)) == {"commands"}, "published by the first start"
    assert (words.code, "The bot can do its job." in words.out) == (0, True)
    assert everything_in(tmp_path) == [], "nothing is made"


@SLOW
async def test_a_newcomer_needs_one_command_for_a_sandbox_and_a_green_doctor(tmp_path: Path) -> None:
    process = await sandbox(tmp_path, "doctor")
    out, _ = await process.communicate()

    assert process.returncode == 0
    assert "The bot can do its job." in out.decode()
    assert everything_in(tmp_path) == [], "nothing is made"


@SLOW
async def test_beside_a_running_bot_everything_is_green_and_nothing_moves(tmp_path: Path) -> None:
    port = free_port()
    settings = {"WEB_PORT": str(port), "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}", "LOG_LEVEL": "INFO"}
    async with open_house(tmp_path, settings, webhook_key="a-signature-key-of-24-bytes") as house:
        house.discord.add_guild("Studio")
        await house.bot.start()
        commands = house.discord.commands
        outcome = await run(tmp_path, house.bot.environment, "doctor", "--json")

        lines = told(outcome)
        assert (outcome.code, outcome.err, open_points(lines)) == (0, "", set())
        assert lines["commands"]["found"].startswith("6 published, equal")
        assert lines["public address"]["state"] == "ok"
        assert house.bot.is_running
        assert house.discord.commands == commands
        assert house.tasks() == []
        assert house.faults() == []
