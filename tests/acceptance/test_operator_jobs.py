"""`python -m bot jobs` beside the running bot: what was lost is found at the provider, and goes on."""

import json

import pytest

from tests.acceptance.moderation import job_id, lost, reference
from tests.acceptance.scene import RETRY_ANYWAY, Scene
from tests.integration.command_line import Outcome, run

SLOW = pytest.mark.seconds(180)
"""Several processes start, one after the other."""


async def operator(scene: Scene, *arguments: str) -> Outcome:
    """`python -m bot jobs` beside the running bot."""
    return await run(scene.house.folder, scene.house.bot.environment, "jobs", *arguments)


@SLOW
async def test_the_operator_finds_the_task_and_the_running_bot_posts_what_came_of_it(scene: Scene) -> None:
    job = await lost(scene)
    failure = await job.failure(label=RETRY_ANYWAY)
    assert "Nothing will tell me by itself how it went." in failure.text
    shown = await operator(scene, "--state", "unknown", "--since", "1h", "--json")
    (line,) = [one for one in map(json.loads, shown.out.splitlines()) if one["job"] == job_id(job)]
    task = await job.task()

    settled = await operator(scene, "settle", line["reference"], "--task", task.task_id)

    assert (shown.code, settled.code, settled.err) == (0, 0, "")
    result = await job.result()
    await job.card_says("Character made")
    assert job.states == ["succeeded"]
    assert result.channel is failure.channel
    assert result.pinged_user_ids == {scene.mira.id}
    assert (len(job.submissions), len(job.tasks)) == (1, 1)


@SLOW
async def test_a_settled_job_survives_a_restart_before_anybody_looked(scene: Scene) -> None:
    job = await lost(scene)
    task = await job.task()
    await scene.house.bot.kill()
    settled = await operator(scene, "settle", reference(job), "--task", task.task_id)

    await scene.house.bot.start()

    assert settled.code == 0
    result = await job.result()
    assert job.results() == [result]
    again = await operator(scene, "settle", reference(job), "--task", task.task_id)
    assert (again.code, "attempt 1 is succeeded" in again.err) == (1, True)
