"""An order whose answer was lost, where callbacks are set up: a late one settles it, also after a restart."""

import pytest

from sandbox.kie.outcomes import CallbackScript, Outcome
from tests.acceptance.crowd import Crowd
from tests.acceptance.moderation import CREATE_TASK, NOBODY_KNOWS, a_moderator, listed
from tests.acceptance.scene import RETRY_ANYWAY

LOST = CallbackScript(deliveries=0)
PROMISE = "If the provider reports the character after all, I still post it."


@pytest.mark.seconds(120)
@pytest.mark.parametrize("restarts", [False, True], ids=["running on", "started anew"])
async def test_what_was_promised_is_kept_when_the_callback_comes_late(crowd: Crowd, restarts: bool) -> None:
    rig, scene = crowd.rig, crowd.scene
    await rig.begin(callbacks=True)
    gro = a_moderator(scene)
    scene.house.kie.script(Outcome(seconds=0.1, callback=LOST))
    scene.house.kie.faults.reset(CREATE_TASK, when="after")
    job = await scene.order()
    failure = await job.failure(label=RETRY_ANYWAY)
    task = await job.task()
    before = (await listed(scene, gro)).text
    if restarts:
        await rig.house.bot.restart()

    await scene.house.kie.call_back(task.task_id)

    result = await job.result()
    assert PROMISE in failure.text
    assert "Nothing will tell me" not in failure.text
    assert NOBODY_KNOWS in before
    assert result.channel is failure.channel
    await job.card_says("Character made")
    assert job.states == ["succeeded"]
    assert (len(job.submissions), len(job.tasks)) == (1, 1)
    assert NOBODY_KNOWS not in (await listed(scene, gro)).text
    assert await rig.judged(scene.guild) == []
