"""The order was sent and its answer lost: shown as what it is, never sent again by the machine."""

from collections.abc import Callable

import pytest

from sandbox.kie.server import Kie
from tests.acceptance.scene import RETRY, RETRY_ANYWAY, Scene

CREATE_TASK = "createTask"
UNKNOWN = "submission_outcome_unknown"

LOSSES: dict[str, Callable[[Kie], None]] = {
    "reset after the task was made": lambda kie: kie.faults.reset(CREATE_TASK, when="after"),
    "reset before anything was done": lambda kie: kie.faults.reset(CREATE_TASK, when="before"),
    "a gateway's 502": lambda kie: kie.faults.http(CREATE_TASK, status=502, when="after"),
    "half an answer": lambda kie: kie.faults.truncate(CREATE_TASK),
    "an answer without a task": lambda kie: kie.faults.null_data(CREATE_TASK, when="after"),
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES.keys())
async def test_a_lost_answer_is_told_as_unknown_with_the_warning_on_the_button(
    scene: Scene, lose: Callable[[Kie], None]
) -> None:
    scene.house.expected_log_events |= {UNKNOWN}
    lose(scene.house.kie)
    job = await scene.order()

    failure = await job.failure(label=RETRY_ANYWAY)

    assert "I don't know how this one went" in failure.text
    assert "It may have been charged" in failure.text
    assert "Trying again may cost a second time" in failure.text
    assert RETRY not in failure.buttons
    assert job.states == ["unknown"]
    assert len(job.submissions) == 1
    await job.card_says("answer to the order was lost")


async def test_an_unknown_order_is_never_sent_again_whatever_time_passes_and_however_often_we_start(
    scene: Scene,
) -> None:
    scene.house.expected_log_events |= {UNKNOWN}
    scene.house.kie.faults.reset(CREATE_TASK, when="after")
    job = await scene.order()
    await job.failure(label=RETRY_ANYWAY)

    await scene.house.bot.restart()
    scene.house.memory.let_time_pass()
    other = await scene.order()
    await other.result()

    assert job.states == ["unknown"]
    assert len(job.submissions) == 1


async def test_a_person_may_try_again_and_take_the_chance(scene: Scene) -> None:
    scene.house.expected_log_events |= {UNKNOWN}
    scene.house.kie.faults.reset(CREATE_TASK, when="after")
    job = await scene.order()
    failure = await job.failure(label=RETRY_ANYWAY)

    await (await scene.mira.press(failure, RETRY_ANYWAY)).first_response()

    await job.result(2)
    assert job.states == ["unknown", "succeeded"]
    assert len(job.submissions) == 2


async def test_a_provider_that_cannot_be_reached_was_sent_nothing(scene: Scene) -> None:
    await scene.house.kie.go_down("api")
    try:
        job = await scene.order()
        await scene.house.memory.until_tries(job.prompt, 1)
        assert job.states == ["handed_over"]
    finally:
        await scene.house.kie.come_back("api")

    scene.house.memory.let_time_pass()

    await job.result()
    assert len(job.submissions) == 1
