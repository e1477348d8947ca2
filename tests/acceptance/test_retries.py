"""Trying again: by button and by reaction, by those who may, on messages old and new."""

import asyncio

import pytest

from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from tests.acceptance.scene import LOOP, RETRY, Job, Scene

STATUS = "character status"
REFUSED = "reaction_refused"


async def failed_job(scene: Scene, times: int = 1) -> tuple[Job, Message]:
    scene.house.kie.script(*(scene.fails() for _ in range(times)))
    job = await scene.order()
    failure = await job.failure()
    await job.reaction_offered(failure)
    return job, failure


async def answer_to_press(member: Member, message: Message, label: str = RETRY) -> str:
    """What a press is answered with, for the presser alone."""
    response = await (await member.press(message, label)).first_response()
    assert response.ephemeral
    assert response.message is not None
    return response.message.text


async def everything_before_was_seen(scene: Scene, member: Member) -> None:
    """A command goes through the gateway after what was sent before it."""
    await (await member.run_command(scene.channel, STATUS)).first_response()


async def test_a_failure_pings_once_offers_a_button_and_carries_the_bots_own_reaction(scene: Scene) -> None:
    job, failure = await failed_job(scene)

    assert scene.pings() == [failure]
    assert failure.channel is await job.thread()
    assert failure.reactions == {LOOP: [scene.house.discord.world.bot.id]}
    assert job.states == ["failed"]


async def test_the_button_starts_a_new_attempt_in_the_same_thread_from_the_kept_clip(scene: Scene) -> None:
    job, failure = await failed_job(scene)

    told = await answer_to_press(scene.mira, failure)
    result = await job.result(2)

    assert "attempt 2 of 3" in told
    assert result.channel is failure.channel
    assert job.states == ["failed", "succeeded"]
    first, second = job.tasks
    assert first.clip_sha256 == second.clip_sha256
    assert first.clip_url != second.clip_url
    line = await (await job.thread()).wait_for_message(lambda one: "Trying again" in one.text)
    assert scene.mira.mention in line.text
    assert line.pinged_user_ids == frozenset()


@pytest.mark.parametrize("emoji", ["🔄", "♻️"])
async def test_each_of_these_reactions_of_the_owner_does_the_same(scene: Scene, emoji: str) -> None:
    job, failure = await failed_job(scene)

    await scene.mira.react(failure, emoji)

    await job.result(2)
    assert job.states == ["failed", "succeeded"]


async def test_a_reaction_in_the_very_moment_the_failure_appears_counts(scene: Scene) -> None:
    """The bot still has to note down that it told of the failure; a slow answer of Discord's shows that."""
    scene.house.discord.faults.delay("PUT", "/channels/*/messages/*/reactions/**", 0.6, when="after")
    scene.house.kie.script(scene.fails())
    job = await scene.order()
    failure = await job.failure()

    await scene.mira.react(failure, LOOP)

    await job.result(2)


async def test_a_moderator_may_press_the_button(scene: Scene) -> None:
    job, failure = await failed_job(scene)

    await answer_to_press(scene.ola, failure)

    result = await job.result(2)
    assert result.pinged_user_ids == {scene.mira.id}
    line = await (await job.thread()).wait_for_message(lambda one: "Trying again" in one.text)
    assert scene.ola.mention in line.text


async def test_a_moderator_may_react(scene: Scene) -> None:
    job, failure = await failed_job(scene)

    await scene.ola.react(failure, LOOP)

    await job.result(2)


async def test_somebody_elses_press_is_answered_and_does_nothing(scene: Scene) -> None:
    job, failure = await failed_job(scene)

    told = await answer_to_press(scene.sven, failure)

    assert "Only the person who started this" in told
    assert job.states == ["failed"]


async def test_somebody_elses_reaction_does_nothing_and_says_nothing(scene: Scene) -> None:
    job, failure = await failed_job(scene)
    messages = len(scene.messages())

    await scene.sven.react(failure, LOOP)

    await scene.house.logged(REFUSED)
    assert job.states == ["failed"]
    assert len(scene.messages()) == messages


async def test_reactions_on_anything_but_a_failure_do_nothing(scene: Scene) -> None:
    job = await scene.order()
    result = await job.result()
    await job.card_says("Character made")

    for message in (job.card, result):
        await scene.mira.react(message, LOOP)
    await everything_before_was_seen(scene, scene.mira)

    assert job.states == ["succeeded"]


async def test_another_emoji_does_nothing(scene: Scene) -> None:
    job, failure = await failed_job(scene)

    await scene.mira.react(failure, "👍")
    await everything_before_was_seen(scene, scene.mira)

    assert job.states == ["failed"]


@pytest.mark.parametrize("way", ["button", "reaction"])
async def test_after_a_restart_old_messages_still_work(scene: Scene, way: str) -> None:
    job, failure = await failed_job(scene)
    await scene.house.bot.restart()

    if way == "button":
        await answer_to_press(scene.mira, failure)
    else:
        await scene.mira.react(failure, LOOP)

    await job.result(2)
    assert len(job.submissions) == 2


async def test_two_presses_at_once_make_one_attempt(scene: Scene) -> None:
    job, failure = await failed_job(scene)

    told = await asyncio.gather(*(answer_to_press(scene.mira, failure) for _ in range(2)))

    await job.result(2)
    assert job.states == ["failed", "succeeded"]
    assert sum("Trying again" in text for text in told) == 1
    assert len(job.tasks) == 2


async def test_a_press_and_a_reaction_at_once_make_one_attempt(scene: Scene) -> None:
    job, failure = await failed_job(scene)

    await asyncio.gather(scene.ola.react(failure, LOOP), answer_to_press(scene.mira, failure))

    await job.result(2)
    await everything_before_was_seen(scene, scene.mira)
    assert job.states == ["failed", "succeeded"]


async def test_the_third_failure_is_the_last(scene: Scene) -> None:
    job, failure = await failed_job(scene, times=3)
    await answer_to_press(scene.mira, failure)
    second = await job.failure(2)
    await answer_to_press(scene.mira, second)

    third = await job.failure(3, label=None)

    assert "All 3 attempts are used" in third.text
    assert third.buttons == {}
    assert len(scene.pings()) == 3
    await scene.mira.react(third, LOOP)
    await scene.house.logged(REFUSED)
    assert job.states == ["failed"] * 3


async def test_a_button_of_an_earlier_attempt_tells_how_the_job_stands(scene: Scene) -> None:
    job, failure = await failed_job(scene)
    await answer_to_press(scene.mira, failure)
    await job.result(2)

    told = await answer_to_press(scene.mira, failure)

    assert "This one worked" in told
    assert job.states == ["failed", "succeeded"]


async def test_a_retry_of_a_failed_card_shows_on_the_card_again(scene: Scene) -> None:
    job, failure = await failed_job(scene)
    await job.card_says("Character not made")

    await answer_to_press(scene.mira, failure)

    await job.card_says("Character made", "attempt 2 of 3")
