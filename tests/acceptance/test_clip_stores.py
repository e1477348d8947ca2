"""Clips in a bucket that goes down and comes back, and clips that the provider reads from our own address."""

from pathlib import Path

import pytest

from tests.acceptance.house import House, open_house
from tests.acceptance.scene import RETRY, Scene
from tests.clip_address import clip_address
from tests.object_store import object_server

LASTS = "SELECT may_stop_working_at AS lasts FROM characters"


async def begun(house: House, name: str) -> Scene:
    house.begin()
    await house.bot.start()
    return Scene(house, name)


@pytest.mark.seconds(120)
async def test_a_bucket_that_goes_down_and_comes_back_costs_nothing_but_time(tmp_path: Path) -> None:
    with object_server() as server:
        settings = {**server.environment, "CLIP_STORE_URL": f"s3://{server.bucket()}/of/ours"}
        async with open_house(tmp_path, settings) as house:
            scene = await begun(house, "bucket")
            house.expected_log_events |= {"step_failed"}
            house.kie.script(Scene.fails())
            job = await scene.order()
            failure = await job.failure()
            server.go_down()

            await scene.mira.press(failure, RETRY)
            await house.logged("step_failed")
            assert len(job.tasks) == 1
            server.come_back()
            house.memory.let_time_pass()
            await job.result(2)

            assert len(job.tasks) == len(job.submissions) == 2
            assert house.faults() == []


@pytest.mark.seconds(120)
async def test_a_provider_that_reads_our_own_address_makes_an_id_that_does_not_lapse(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    async with clip_address(folder) as address:
        settings = {"CLIP_STORE_URL": folder.as_uri(), "CLIP_PUBLIC_BASE_URL": address.base_url}
        async with open_house(tmp_path, settings) as house:
            scene = await begun(house, "address")
            job = await scene.order()
            await job.result()
            (task,) = job.tasks
            asked = address.asked.count(task.clip_url.removeprefix(address.base_url))
            lasts = [row["lasts"] for row in house.memory.rows(LASTS)]

            address.status = 503
            uploaded = await scene.order()
            await uploaded.result()

            assert task.clip_url.startswith(f"{address.base_url}/public/")
            assert asked == 2, "by us, then by the provider"
            assert lasts == [None]
            assert scene.uploads == 1, "of the job whose address could not be read"
            assert not uploaded.tasks[0].clip_url.startswith(address.base_url)
            assert house.faults() == []
