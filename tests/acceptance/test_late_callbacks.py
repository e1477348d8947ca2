"""An order whose answer was lost, where callbacks are set up: a late one settles it, also after a restart."""

import pytest

from sandbox.kie.outcomes import CallbackScript, Outcome
from tests.acceptance.crowd import Crowd
from tests.acceptance.scene import RETRY_ANYWAY

CREATE_TASK = "createTask"
JOBS = "characters-admin jobs"
LOST = CallbackScript(deliveries=0)
PROMISE = "If the provider reports the character after all, I still post it."


async def shown_to_moderators(crowd: Crowd) -> str:
    """What `/characters-admin jobs` answers."""
    scene = crowd.scene
    gro = scene.guild.add_member("Gro", ["MANAGE_GUILD"])
    response = await (await gro.run_command(scene.channel, JOBS)).first_response()
    assert response.message is not None
    return response.message.text


@pytest.mark.seconds(120)
@pytest.mark.parametrize("restarts", [False, True], ids=["running on", "started anew"])
async def test_what_was_promised_is_kept_when_the_callback_comes_late(crowd: Crowd, restarts: bool) -> None:
    rig, scene = crowd.rig, crowd.scene
    await rig.begin(callbacks=True)
    scene.house.kie.script(Outcome(seconds=0.1, callback=LOST))
    scene.house.kie.faults.reset(CREATE_TASK, when="after")
    job = await scene.order()
    failure = await job.failure(label=RETRY_ANYWAY)
    task = await job.task()
    before = await shown_to_moderators(crowd)
    if restarts:
        await rig.house.bot.restart()

    await scene.house.kie.call_back(task.task_id)

    result = await job.result()
    assert PROMISE in failure.text
    assert "Nothing will tell me" not in failure.text
    assert "Nobody knows whether the provider took this order" in before
    assert result.channel is failure.channel
    await job.card_says("Character made")
    assert job.states == ["succeeded"]
    assert (len(job.submissions), len(job.tasks)) == (1, 1)
    assert "Nobody knows" not in await shown_to_moderators(crowd)
    assert await rig.judged(scene.guild) == []
