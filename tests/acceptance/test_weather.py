"""Discord on a bad day: dropped connections, errors, limits, missing permissions, vanished places."""

import pytest

from sandbox.kie.outcomes import Outcome
from tests.acceptance.scene import RETRY, WAIT_SECONDS, Scene

MESSAGES = "/channels/*/messages"
MESSAGE = "/channels/*/messages/*"
THREADS = "/channels/*/messages/*/threads"
CALLBACK = "/interactions/*/*/callback"
UNKNOWN_INTERACTION = 10062
ALREADY_ACKNOWLEDGED = 40060


async def test_a_dropped_connection_in_the_middle_of_a_job_is_resumed(scene: Scene) -> None:
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    task = await job.polled()
    gateway = scene.house.discord.gateway
    resumes = gateway.resumes

    await gateway.drop()
    scene.house.kie.finish(task.task_id)

    await job.result()
    await scene.house.discord.until(lambda: gateway.resumes > resumes or None, WAIT_SECONDS)
    await scene.house.discord.bot_ready()
    other = await scene.order()
    await other.result()


async def test_a_press_that_came_while_the_connection_was_down_is_answered_after_it(scene: Scene) -> None:
    scene.house.kie.script(scene.fails())
    job = await scene.order()
    failure = await job.failure()
    await scene.house.discord.gateway.drop()

    await scene.mira.react(failure, "🔁")

    await job.result(2)


async def test_a_lost_session_is_followed_by_a_new_one(scene: Scene) -> None:
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    task = await job.polled()
    gateway = scene.house.discord.gateway
    identifies = len(gateway.identifies)

    await gateway.drop(resumable=False)
    scene.house.kie.finish(task.task_id)

    await job.result()
    await scene.house.discord.until(lambda: len(gateway.identifies) > identifies or None, WAIT_SECONDS)
    await scene.house.discord.bot_ready()
    other = await scene.order()
    await other.result()


async def test_when_discord_asks_to_reconnect_nothing_is_lost(scene: Scene) -> None:
    await scene.house.discord.gateway.reconnect()
    await scene.house.discord.bot_ready()

    job = await scene.order()

    await job.result()


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_error_of_discords_at_the_result_makes_neither_none_nor_two(scene: Scene, when: str) -> None:
    fault = scene.house.discord.faults.fail(
        "POST", MESSAGES, status=500, times=1, when="before" if when == "before" else "after"
    )
    job = await scene.order()

    result = await job.result()
    await job.card_says("Character made")

    assert fault.fired == 1
    assert job.results() == [result]
    assert scene.pings() == [result]


async def test_a_broken_connection_at_the_result_makes_neither_none_nor_two(scene: Scene) -> None:
    scene.house.discord.faults.reset("POST", MESSAGES, when="after")
    job = await scene.order()
    await scene.house.logged("delivery_postponed")
    scene.house.memory.let_time_pass()

    result = await job.result()
    await scene.house.memory.until(
        lambda: scene.house.memory.announced(job.prompt, "result"), "the result should be noted as told"
    )

    assert job.results() == [result]
    assert scene.pings() == [result]


async def test_a_rate_limit_at_the_result_is_waited_out(scene: Scene) -> None:
    limit = scene.house.discord.faults.rate_limit("POST", MESSAGES, 0.3)
    job = await scene.order()

    result = await job.result()

    assert limit.fired == 1
    assert job.results() == [result]


async def test_errors_at_the_card_hold_up_nothing(scene: Scene) -> None:
    scene.house.discord.faults.fail("PATCH", MESSAGE, status=500, times=1)
    job = await scene.order()

    await job.result()

    await job.card_says("Character made")


async def test_a_card_that_was_deleted_keeps_no_result_from_its_owner(scene: Scene) -> None:
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    task = await job.polled()
    thread = await job.thread()
    job.card.delete()

    scene.house.kie.finish(task.task_id)

    assert await job.result(place=thread) in thread.messages


async def test_a_thread_that_was_deleted_keeps_no_result_from_its_owner(scene: Scene) -> None:
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    task = await job.polled()
    deleted = await job.thread()
    deleted.delete()

    scene.house.kie.finish(task.task_id)

    await scene.house.discord.until(lambda: job.results() or None, WAIT_SECONDS)
    (result,) = job.results()
    assert result.channel is not deleted
    assert scene.pings() == [result]


async def test_an_archived_thread_is_opened_again(scene: Scene) -> None:
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    task = await job.polled()
    thread = await job.thread()
    thread.archive()

    scene.house.kie.finish(task.task_id)

    await job.result(place=thread)
    assert not thread.archived


async def test_where_no_thread_can_be_started_the_result_answers_the_card(scene: Scene) -> None:
    scene.house.discord.faults.fail("POST", THREADS, code=50013, times=None)
    job = await scene.order()

    result = await job.result(place=scene.channel)

    assert result.replied_to is job.card
    assert scene.pings() == [result]


async def test_missing_permissions_are_named_before_anything_is_done(scene: Scene) -> None:
    scene.channel.deny_bot("SEND_MESSAGES_IN_THREADS", "CREATE_PUBLIC_THREADS")
    job = await scene.order()

    assert job.response.ephemeral
    assert job.response.message is not None
    for words in ("Create Public Threads", "Send Messages in Threads", "Nothing was charged", job.prompt):
        assert words in job.response.message.text
    assert scene.house.memory.count(job.prompt) == 0
    assert (scene.uploads, scene.submissions) == (0, [])


async def test_a_command_that_discord_gave_up_on_leaves_nothing_behind(scene: Scene) -> None:
    scene.house.discord.faults.fail("POST", CALLBACK, code=UNKNOWN_INTERACTION)
    prompt = scene.new_prompt()
    with pytest.raises(TimeoutError):
        await scene.order(prompt=prompt, wait_seconds=0.5)

    await scene.house.logged("acknowledgement_failed")

    assert scene.house.memory.count(prompt) == 0
    assert (scene.uploads, scene.submissions) == (0, [])


async def test_an_error_at_the_first_response_is_got_over(scene: Scene) -> None:
    """discord.py repeats the response, and meets its own first one."""
    scene.house.expected_refusals |= {ALREADY_ACKNOWLEDGED}
    scene.house.discord.faults.fail("POST", CALLBACK, status=500, when="after")
    job = await scene.order()

    await job.result()

    assert len(job.submissions) == 1


async def test_without_the_permission_to_react_the_failure_is_told_all_the_same(scene: Scene) -> None:
    scene.channel.deny_bot("ADD_REACTIONS")
    scene.house.kie.script(scene.fails())
    job = await scene.order()

    failure = await job.failure()

    assert RETRY in failure.buttons
    await scene.house.logged("reaction_not_added")
    assert failure.reactions == {}
