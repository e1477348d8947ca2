"""What the Dockerfile says, done: it makes a bot that runs, by these steps and with nothing else at hand."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.box import Box, open_sandbox
from tests.clips.make import make_clip
from tests.integration.command_line import LIMIT_SECONDS, ROOT, Outcome
from tests.integration.image_steps import Stage, built, by_pip, from_this_environment, started

BY_PIP = os.environ.get("IMAGE_INSTALL") == "pip"
"""Set by `make image-check`, which needs the network; tests do not."""
WRITABLE = ("data", "tmp")


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_sandbox() as opened:
        yield opened


def command(stage: Stage, instruction: str) -> list[str]:
    """The words of an instruction in exec form: no shell is asked to take them apart."""
    text = stage.settings[instruction]
    words: list[str] = json.loads(text[text.index("[") :])
    return words


async def outcome(process: asyncio.subprocess.Process) -> Outcome:
    async with asyncio.timeout(LIMIT_SECONDS):
        out, _ = await process.communicate()
    return Outcome(process.returncode, out.decode(), "")


async def ended(stage: Stage, words: list[str], environment: dict[str, str]) -> Outcome:
    return await outcome(await started(stage, words, environment))


def written(root: Path) -> dict[Path, int]:
    """Everything that a read-only root would keep as it is, with the time of its last change."""
    kept = [path for path in root.iterdir() if path.name not in WRITABLE]
    return {path: path.lstat().st_mtime_ns for top in kept for path in (top, *top.rglob("*"))}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.seconds(600 if BY_PIP else 150)
async def test_the_dockerfile_makes_a_bot_that_judges_clips_runs_is_healthy_and_stops(
    tmp_path: Path, box: Box
) -> None:
    image = built(ROOT, tmp_path, by_pip if BY_PIP else from_this_environment)
    (image.root / "tmp").mkdir()
    assert (image.root / "data").stat().st_mode & 0o777 == 0o700
    (clip := tmp_path / "good.mp4").write_bytes(make_clip(2, size=(64, 48)))
    bot, before = command(image, "ENTRYPOINT"), written(image.root)

    asked = await ended(image, [*bot, "--help"], {})
    dumps = await ended(image, ["pg_dump", "--version"], {})
    restores = await ended(image, ["pg_restore", "--version"], {})
    judged = await ended(image, [*bot, "clips", "check", str(clip)], {})
    settings = box.environment(image.root / "data") | {"WEB_PORT": str(free_port())}
    running = await started(image, [*bot, *command(image, "CMD")], settings)
    await box.discord.bot_ready(LIMIT_SECONDS)
    health = await ended(image, command(image, "HEALTHCHECK"), settings)
    running.send_signal(signal.Signals[image.settings["STOPSIGNAL"]])
    stopped = await outcome(running)

    assert (asked.code, "run" in asked.out) == (0, True), asked.out
    assert ((dumps.code, restores.code), "18." in dumps.out) == ((0, 0), True), dumps.out + restores.out
    assert (judged.code, "accepted" in judged.out) == (0, True), judged.out
    assert (health.code, "alive" in health.out) == (0, True), health.out
    assert stopped.code == 0, stopped.out
    assert (image.root / "data" / "dramatis.db").is_file()
    assert written(image.root) == before, "it writes beside /data and /tmp"
