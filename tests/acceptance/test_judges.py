"""What judges every acceptance test sees what it should: these break the rules on purpose."""

import asyncio
import os
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.acceptance.house import House, openapi_path
from tests.acceptance.scene import Scene

NOWHERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def _forgiven(house: House) -> object:
    """What is broken here is not held against the test."""
    yield
    house.begin()


async def asked(house: House, method: str, path: str, body: object = None) -> int:
    """A request in the bot's name."""
    headers = {"Authorization": f"Bot {house.box.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, f"{house.discord.api_base_url}{path}", json=body) as answer,
    ):
        return answer.status


async def test_a_request_to_an_address_that_discord_does_not_have_is_seen(house: House) -> None:
    await asked(house, "GET", "/nonsense")

    assert any("/nonsense" in fault for fault in house.faults())


async def test_a_request_that_discord_refuses_for_its_form_is_seen(scene: Scene) -> None:
    status = await asked(
        scene.house, "POST", f"/channels/{scene.channel.id}/messages", {"content": "x" * 2001}
    )

    assert status == 400
    assert any("50035" in fault for fault in scene.house.faults())


async def test_a_request_outside_discords_document_is_seen_where_there_is_a_copy(scene: Scene) -> None:
    body = {"content": "hello", "colour": "red"}
    await asked(scene.house, "POST", f"/channels/{scene.channel.id}/messages", body)

    seen = any("outside Discord's document" in fault for fault in scene.house.faults())
    assert seen == (openapi_path() is not None)


async def test_an_error_in_the_bots_log_is_seen(house: House) -> None:
    write(
        house.bot.log_file, '{"level": "error", "event": "step_failed"}\nTraceback (most recent call last):\n'
    )

    faults = house.faults()

    assert any("step_failed" in fault for fault in faults)
    assert any("Traceback" in fault for fault in faults)


async def test_an_attempt_of_the_bot_to_leave_loopback_is_seen(house: House) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"import socket; socket.socket().connect(({NOWHERE!r}, 80))",
        env={**os.environ, "PYTHONPATH": house.bot.environment["PYTHONPATH"]},
        stderr=asyncio.subprocess.DEVNULL,
    )
    await child.wait()

    assert any(NOWHERE in fault for fault in house.faults())


async def test_a_task_too_many_is_seen(scene: Scene) -> None:
    job = await scene.order()
    await job.result()
    task = await job.task()
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {scene.house.box.api_key}"}) as session,
        session.post(
            f"{scene.house.kie.api_base_url}/api/v1/jobs/createTask",
            json=dict(task.request.body),
            headers={"User-Agent": "somebody else"},
        ) as answer,
    ):
        assert (await answer.json())["code"] == 200

    assert any(job.prompt in fault for fault in scene.house.faults())
    scene.house.kie.ledger.tasks.pop()


def write(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as log:
        log.write(text)
