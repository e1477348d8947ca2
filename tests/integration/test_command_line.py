"""`python -m bot` as a person or a container runs it: what it prints, and with which code it ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.box import Box, open_sandbox
from tests.clips.make import make_clip
from tests.integration.command_line import LIMIT_SECONDS, ended, run, started

TOKEN = "MTIwMDAwMDAwMDAwMDAwMDAwOQ.GtOkEn.abc-DEF_123"
GOOD = {"DISCORD_TOKEN": TOKEN, "KIE_API_KEY": "0123456789abcdef", "ALLOWED_GUILDS": "*"}
LINK = (
    "https://discord.com/oauth2/authorize?client_id=1200000000000000009"
    "&permissions=309237763136&scope=bot+applications.commands"
)


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_sandbox() as opened:
        yield opened


async def test_invite_prints_the_link_and_nothing_else(tmp_path: Path) -> None:
    outcome = await run(tmp_path, GOOD, "invite")

    assert (outcome.code, outcome.out, outcome.err) == (0, f"{LINK}\n", "")


async def test_settings_that_cannot_be_used_end_with_code_2_and_one_list(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KIE_API_KEY='hunter2 hunter2'\nWEB_PROT=1\n")
    faulty = {"ALLOWED_GUILDS": "everybody", "KIE_SUBMIT_RATE": "[/red]", "DISCORD_CDN_HOSTS": "[bold"}

    outcome = await run(tmp_path, faulty, "run")

    assert (outcome.code, outcome.out) == (2, "")
    for told in ("DISCORD_TOKEN", "KIE_API_KEY", "WEB_PROT", "did you mean WEB_PORT?", "[/red]", "[bold"):
        assert told in outcome.err
    assert "hunter2" not in outcome.err
    assert "Traceback" not in outcome.err


async def test_clips_check_writes_one_line_of_json_for_each_file(tmp_path: Path) -> None:
    good, empty, missing = tmp_path / "good.mp4", tmp_path / "empty.webm", tmp_path / "missing.avi"
    good.write_bytes(make_clip(2, size=(64, 48)))
    empty.write_bytes(b"")

    outcome = await run(tmp_path, {}, "clips", "check", "--json", str(good), str(missing), "empty.webm")

    size_bytes = good.stat().st_size
    accepted = {"verdict": "accepted", "rule": None, "kind": "mp4", "seconds": 2.0, "bytes": size_bytes}
    refused = {"verdict": "refused", "rule": "empty", "kind": None, "seconds": None, "bytes": 0}
    assert [json.loads(line) for line in outcome.out.splitlines()] == [
        {"file": str(good), **accepted, "mendable": False},
        {"file": "empty.webm", **refused, "mendable": False},
    ]
    assert (outcome.code, str(missing) in outcome.err) == (1, True)


async def test_the_bot_runs_until_it_is_told_to_stop_and_no_second_one_beside_it(
    box: Box, tmp_path: Path
) -> None:
    environment = box.environment(tmp_path / "data") | {"LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG"}

    async with started(tmp_path, environment, "run") as first:
        output = asyncio.create_task(ended(first))
        await box.discord.bot_ready(LIMIT_SECONDS)
        second = await run(tmp_path, environment, "run")
        first.terminate()
        outcome = await output

    assert second.code == 1
    assert str(tmp_path / "data" / "dramatis.lock") in second.err
    assert "Traceback" not in second.err
    assert (outcome.code, outcome.out) == (0, "")
    events = [json.loads(line)["event"] for line in outcome.err.splitlines()]
    assert {"leases_released", "commands_published", "listening", "stopping"} <= set(events)
    assert box.token not in outcome.err
    assert box.api_key not in outcome.err


async def test_a_token_that_discord_does_not_take_ends_with_code_2(box: Box, tmp_path: Path) -> None:
    environment = box.environment(tmp_path / "data") | {"DISCORD_TOKEN": "another-token"}

    outcome = await run(tmp_path, environment, "run")

    assert outcome.code == 2
    assert outcome.err.splitlines()[-1].startswith("DISCORD_TOKEN: Discord does not accept it.")
    assert "another-token" not in outcome.err
    assert "Traceback" not in outcome.err
