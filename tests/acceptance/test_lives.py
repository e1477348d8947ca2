"""Starting and stopping as an operator does: exit codes, what is said, and one bot for each folder."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from sandbox.bot_run import BotRun
from sandbox.kie.outcomes import Outcome
from tests.acceptance.house import House, open_house
from tests.acceptance.scene import Scene

WELL, FAILED, WRONG_SETTINGS = 0, 1, 2
STOP_SECONDS = 25.0
NOBODYS_PORT = "1"
UNAUTHORIZED = 401


@pytest_asyncio.fixture(loop_scope="session")
async def second_bot(house: House, tmp_path: Path) -> AsyncIterator[BotRun]:
    """Another bot with the same settings and the same data folder, not started."""
    bot = BotRun(house.bot.environment, tmp_path)
    yield bot
    await bot.close()


async def said(bot: BotRun, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a run that ends by itself."""
    await bot.launch(*arguments)
    return await bot.wait(), bot.log


async def test_asked_to_stop_it_ends_well_and_soon(house: House) -> None:
    began = time.monotonic()

    assert await house.bot.stop(STOP_SECONDS) == WELL

    assert time.monotonic() - began < STOP_SECONDS
    await house.bot.start()


async def test_asked_to_stop_in_the_middle_of_a_job_it_ends_well_too(scene: Scene) -> None:
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    task = await job.polled()

    assert await scene.house.bot.stop(STOP_SECONDS) == WELL

    assert job.states == ["waiting"]
    scene.house.kie.finish(task.task_id)
    await scene.house.bot.start()
    await job.result()


async def test_a_start_without_changes_publishes_no_commands(house: House) -> None:
    await house.bot.restart()

    assert not [one for one in house.requests() if "/commands" in one.path]


async def test_a_second_bot_on_the_same_folder_says_so_and_ends(house: House, second_bot: BotRun) -> None:
    code, output = await said(second_bot)

    assert code == FAILED
    assert "Traceback" not in output
    assert "dramatis.lock" in output or "already" in output.lower()
    assert house.bot.is_running


async def test_wrong_settings_are_all_told_at_once(second_bot: BotRun) -> None:
    second_bot.environment |= {
        "ALLOWED_GUILDS": "my server",
        "KIE_SUBMIT_RATE": "lots",
        "WEB_PORT": "99999",
        "POLL_SCHEDULE": "soon",
        "POLL_SHEDULE": "4",
    }
    code, output = await said(second_bot)

    assert code == WRONG_SETTINGS
    for words in (
        "ALLOWED_GUILDS",
        "my server",
        "KIE_SUBMIT_RATE",
        "WEB_PORT",
        "POLL_SCHEDULE",
        "POLL_SHEDULE",
    ):
        assert words in output
    assert "Traceback" not in output


async def test_missing_settings_are_told_by_name_and_secrets_never_by_value(second_bot: BotRun) -> None:
    del second_bot.environment["DISCORD_TOKEN"]
    second_bot.environment["KIE_API_KEY"] = "secret with spaces"
    code, output = await said(second_bot)

    assert code == WRONG_SETTINGS
    assert "DISCORD_TOKEN" in output
    assert "KIE_API_KEY" in output
    assert "secret with spaces" not in output


async def test_a_token_that_discord_refuses_is_a_wrong_setting(
    house: House, second_bot: BotRun, tmp_path: Path
) -> None:
    house.expected_refusals |= {UNAUTHORIZED}
    second_bot.environment |= {"DISCORD_TOKEN": "not-the-token", "DATA_DIR": str(tmp_path / "other")}
    code, output = await said(second_bot)

    assert code == WRONG_SETTINGS
    assert "DISCORD_TOKEN" in output
    assert "not-the-token" not in output
    assert "Traceback" not in output


async def test_the_health_command_asks_the_running_bot(house: House, second_bot: BotRun) -> None:
    await house.bot.restart()
    listening = next(event for event in house.log_events() if event.get("event") == "listening")

    second_bot.environment["WEB_PORT"] = str(listening["port"])
    running, answer = await said(second_bot, "health")
    second_bot.environment["WEB_PORT"] = NOBODYS_PORT
    silent, _ = await said(second_bot, "health")

    assert (running, silent) == (WELL, FAILED)
    assert "alive" in answer


async def test_the_bot_works_in_no_server_that_was_not_allowed(tmp_path: Path) -> None:
    async with open_house(tmp_path, {"ALLOWED_GUILDS": "12345678901234567"}) as house:
        house.begin()
        await house.bot.start()
        scene = Scene(house, "not allowed")

        job = await scene.order()

        assert job.response.ephemeral
        assert job.response.message is not None
        assert str(scene.guild.id) in job.response.message.text
        assert job.prompt in job.response.message.text
        assert house.memory.count(job.prompt) == 0
        assert house.faults() == []


async def test_the_day_has_a_cap_that_holds_for_everybody_together(tmp_path: Path) -> None:
    async with open_house(tmp_path, {"DAILY_CREATION_CAP": "2"}) as house:
        house.begin()
        await house.bot.start()
        scene = Scene(house, "cap")

        jobs = await asyncio.gather(*(scene.order() for _ in range(5)))
        taken = [job for job in jobs if not job.response.ephemeral]
        refused = [job for job in jobs if job.response.ephemeral]
        for job in taken:
            await job.result()

        assert len(taken) == 2
        for job in refused:
            assert job.response.message is not None
            assert "2 of 2" in job.response.message.text
            assert job.prompt in job.response.message.text
        assert len(scene.submissions) == 2
        assert house.faults() == []
