"""A drill: the bot is backed up while it works, everything is lost, and it goes on from the backup."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.kie.outcomes import Outcome
from tests.acceptance.house import House, open_house
from tests.acceptance.scene import RETRY, RETRY_ANYWAY, Scene
from tests.acceptance.test_library import LIST, asked, id_of
from tests.integration.command_line import Outcome as Ended
from tests.integration.command_line import run

SLOW = pytest.mark.seconds(180)
"""Several processes start, one after the other."""


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """One for each of these tests: they lose everything that is in it."""
    async with open_house(tmp_path) as opened:
        opened.begin()
        await opened.bot.start()
        yield opened
        assert opened.faults() == []


@pytest.fixture
def scene(house: House, request: pytest.FixtureRequest) -> Scene:
    return Scene(house, request.node.name)


async def operator(house: House, *arguments: str) -> Ended:
    return await run(house.folder, house.bot.environment, *arguments)


def lose_everything(house: House) -> None:
    shutil.rmtree(house.folder / "data")


def backup_in(folder: Path) -> Path:
    (backup,) = folder.iterdir()
    return backup


@SLOW
async def test_after_the_loss_of_everything_characters_and_clips_are_there_again(scene: Scene) -> None:
    house, elsewhere = scene.house, scene.house.folder / "elsewhere"
    done = await scene.order(name="Fen")
    character_id = id_of(await done.result())
    house.kie.script(Outcome.never(), scene.fails())
    working = await scene.order(name="Mott")
    await working.polled()
    failed = await scene.order(name="Owl")
    await failed.failure()

    backed_up = await operator(house, "backup", str(elsewhere))
    await house.bot.kill()
    lose_everything(house)
    restored = await operator(house, "restore", str(backup_in(elsewhere)))
    await house.bot.start()

    assert (backed_up.code, backed_up.err, restored.code, restored.err) == (0, "", 0, "")
    listed = await asked(scene.channel, scene.mira, LIST)
    assert "Fen" in listed.text
    assert character_id in listed.text
    house.kie.finish((await working.task()).task_id)
    await working.result()
    await scene.mira.press(await failed.failure(), RETRY)
    await failed.result(2)
    assert [len(job.tasks) for job in (done, working, failed)] == [1, 1, 2]


@SLOW
async def test_what_was_placed_after_the_backup_is_not_paid_twice(scene: Scene) -> None:
    house, elsewhere = scene.house, scene.house.folder / "elsewhere"
    house.expected_log_events |= {"circuit_opened", "submission_outcome_unknown"}
    house.kie.pause_model()
    waiting = await scene.order()
    await waiting.card_says("switched off at the provider")
    await operator(house, "backup", str(elsewhere))
    house.kie.resume_model()
    house.memory.let_time_pass(3700)
    await waiting.result()
    await house.bot.kill()
    lose_everything(house)

    restored = await operator(house, "restore", str(backup_in(elsewhere)))
    await house.bot.start()

    assert "1 orders were waiting then, and may have been placed since" in restored.out
    await waiting.failure(label=RETRY_ANYWAY)
    assert len(waiting.tasks) == 1


@SLOW
async def test_the_running_bot_makes_a_backup_from_which_everything_comes_back(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    async with open_house(
        tmp_path, {"BACKUP_EVERY_HOURS": "24", "BACKUP_DIR": str(elsewhere), "BACKUP_KEEP": "1"}
    ) as house:
        house.begin()
        await house.bot.start()
        await house.logged("backed_up")
        first = backup_in(elsewhere)
        character_id = id_of(await (await Scene(house, "before").order(name="Fen")).result())
        await house.bot.kill()
        shutil.rmtree(first)
        await house.bot.start()
        await house.logged("backed_up", 2)

        await house.bot.kill()
        lose_everything(house)
        restored = await operator(house, "restore", str(backup_in(elsewhere)))
        await house.bot.start()

        assert (restored.code, restored.err) == (0, "")
        rows = house.memory.rows("SELECT provider_character_id FROM characters")
        assert [row["provider_character_id"] for row in rows] == [character_id]
        assert house.faults() == []
