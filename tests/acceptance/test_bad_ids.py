"""A provider that calls its task done and gives an id that is none: told plainly, kept as no character."""

import json

import pytest

from tests.acceptance.scene import Scene, id_block
from tests.acceptance.test_library import LIST, asked

NO_IDS: dict[str, object] = {
    "back-ticks": "char``` @everyone ```",
    "10 KB": "c" * 10_240,
    "a number": 123_456_789,
    "a list": ["char_a", "char_b"],
    "empty": "",
}


@pytest.mark.parametrize("given", NO_IDS.values(), ids=NO_IDS)
async def test_what_is_no_id_is_told_as_such_with_what_it_cost_and_is_kept_as_no_character(
    scene: Scene, given: object
) -> None:
    scene.house.kie.script(scene.succeeds(result_json=json.dumps({"character_id": given})))

    job = await scene.order()
    failure = await job.failure()

    assert "its answer holds no id that I can read" in failure.text
    assert "charged 20 credits" in failure.text
    assert not scene.anybody_pinged() or scene.pings() == [failure]
    assert "no characters yet" in (await asked(scene.channel, scene.mira, LIST)).text
    assert len(job.submissions) == 1


async def test_after_such_an_answer_another_try_brings_the_character(scene: Scene) -> None:
    scene.house.kie.script(scene.succeeds(result_json='{"character_id": 7}'))
    job = await scene.order()

    await scene.mira.press(await job.failure(), "Try again")
    result = await job.result(2)

    assert id_block(job.tasks[1]) in result.text
    assert len(job.submissions) == 2
