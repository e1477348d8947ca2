"""A job that only its owner sees: a private thread, else direct messages, and nothing in public."""

from sandbox.discord.messages import Message
from tests.acceptance.moderation import a_moderator, told
from tests.acceptance.scene import Job, Scene

STATUS = "character status"


async def private_job(scene: Scene) -> Job:
    return await scene.order(visibility="private", name="Shade")


async def test_the_first_response_is_for_the_caller_alone(scene: Scene) -> None:
    job = await private_job(scene)

    assert job.response.ephemeral
    assert job.response.message is not None
    assert "Only you see this" in job.response.message.text
    assert "Cancel" in job.response.message.buttons


async def test_where_the_bot_may_open_private_threads_the_result_stands_in_one(scene: Scene) -> None:
    job = await private_job(scene)

    thread = await scene.channel.wait_for_thread()
    result = await job.result(place=thread)

    assert thread.is_private
    assert scene.mira.id in thread.joined
    assert scene.sven.id not in thread.joined
    assert "Shade" not in thread.name
    assert result.pinged_user_ids == {scene.mira.id}
    assert public(scene) == []


async def test_where_it_may_not_the_result_comes_by_direct_message(scene: Scene) -> None:
    scene.channel.deny_bot("CREATE_PRIVATE_THREADS")
    job = await private_job(scene)
    conversation = scene.house.discord.dm(scene.mira)

    result = await job.result(place=conversation)

    assert job.results() == [result]
    assert scene.guild.threads == []
    assert public(scene) == []


async def test_a_private_failure_can_be_tried_again_from_the_private_place(scene: Scene) -> None:
    scene.house.kie.script(scene.fails())
    job = await private_job(scene)
    thread = await scene.channel.wait_for_thread()
    failure = await thread.wait_for_message(lambda one: "Try again" in one.buttons)

    await scene.mira.press(failure, "Try again")

    assert await job.result(2, place=thread) in thread.messages
    assert public(scene) == []


async def test_a_failure_told_by_direct_message_can_be_tried_again_from_there(scene: Scene) -> None:
    scene.channel.deny_bot("CREATE_PRIVATE_THREADS")
    scene.house.kie.script(scene.fails())
    job = await private_job(scene)
    conversation = scene.house.discord.dm(scene.mira)
    failure = await conversation.wait_for_message(lambda one: "Try again" in one.buttons)

    await scene.mira.press(failure, "Try again")

    assert await job.result(2, place=conversation) in conversation.messages
    assert job.states == ["failed", "succeeded"]
    assert public(scene) == []


async def test_from_a_direct_message_the_rules_of_the_jobs_server_hold(scene: Scene) -> None:
    scene.channel.deny_bot("CREATE_PRIVATE_THREADS")
    scene.house.kie.script(scene.fails())
    job, gro = await private_job(scene), a_moderator(scene)
    conversation = scene.house.discord.dm(scene.mira)
    failure = await conversation.wait_for_message(lambda one: "Try again" in one.buttons)
    await told(gro, scene.channel, "pause")

    paused = (await (await scene.mira.press(failure, "Try again")).first_response()).message
    await told(gro, scene.channel, "resume")
    await told(gro, scene.channel, "set", setting="allowed_roles", value=str(scene.guild.add_role("VIP").id))
    roleless = (await (await scene.mira.press(failure, "Try again")).first_response()).message

    assert paused is not None
    assert "paused" in paused.text
    assert roleless is not None
    assert "I can't see yours from here" in roleless.text
    assert job.states == ["failed"]


async def test_with_closed_direct_messages_the_id_waits_in_the_status_list(scene: Scene) -> None:
    scene.channel.deny_bot("CREATE_PRIVATE_THREADS")
    scene.mira.refuse_direct_messages()
    job = await private_job(scene)
    task = await job.task()
    await scene.house.memory.until_state(job.prompt, "succeeded")
    await scene.house.memory.until(
        lambda: scene.house.memory.parked(job.prompt, "result"), "the result should be parked"
    )

    call = await scene.mira.run_command(scene.channel, STATUS)
    told = (await call.first_response()).message

    assert told is not None
    assert told.ephemeral
    assert f"```\n{task.character_id}\n```" in told.text
    assert "direct messages" in told.text


async def test_in_a_direct_message_both_choices_mean_the_same(scene: Scene) -> None:
    conversation = scene.house.discord.dm(scene.mira)
    job = await scene.order(where=conversation, visibility="private")

    result = await job.result(place=conversation)

    assert job.card in conversation.messages
    assert scene.pings() == [result]


def public(scene: Scene) -> list[Message]:
    """What stands in the channel for everybody."""
    return [message for message in scene.channel.messages if message.author is scene.house.discord.world.bot]
