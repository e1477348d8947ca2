"""A clip in a command becomes an id: in a channel, a thread, a voice channel's chat and a direct message."""

import hashlib

import pytest

from sandbox.discord.channels import Channel
from sandbox.kie.outcomes import Outcome
from tests.acceptance.clips import good
from tests.acceptance.scene import Scene, clip_file, id_block
from tests.clips.make import make_clip

FAST_SECONDS = 3.0


async def test_in_a_channel_the_first_response_is_the_public_card(scene: Scene) -> None:
    job = await scene.order(name="Fen")

    assert job.card in scene.channel.messages
    assert job.card.author is scene.house.discord.world.bot
    for words in ("Making a character", scene.mira.mention, "Fen", "Clip received"):
        assert words in job.card.text
    assert "Cancel" in job.card.buttons
    assert job.response.elapsed_seconds < FAST_SECONDS


async def test_in_a_channel_the_result_is_told_in_a_thread_that_grew_from_the_card(scene: Scene) -> None:
    job = await scene.order(name="Fen")

    thread = await job.thread()
    result = await job.result(place=thread)

    assert thread.parent is scene.channel
    assert thread.id == job.card.id
    assert not thread.is_private
    assert "Fen" in thread.name
    assert job.prompt not in thread.name
    assert job.results() == [result]


async def test_the_result_is_a_new_message_that_pings_its_owner_once(scene: Scene) -> None:
    job = await scene.order()

    result = await job.result()
    await job.card_says("Character made")

    assert result.history == []
    assert scene.pings() == [result]
    assert result.pinged_user_ids == {scene.mira.id}
    assert not result.mentions_everyone


async def test_the_card_follows_the_job_and_notifies_nobody(scene: Scene) -> None:
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    assert "Checking the clip" in job.card.text

    task = await job.task()
    await job.card_says("✅ Checked", "⏳ Creating – started")
    scene.house.kie.finish(task.task_id)
    await job.card_says("Character made", "✅ Ready")

    assert job.card.pinged_user_ids == frozenset()
    assert list(job.card.buttons) == ["Details"]


async def test_the_provider_gets_clip_prompt_and_safety_text_as_they_were_given(scene: Scene) -> None:
    job = await scene.order(safety="No weapons.")

    task = await job.task()
    await job.result()

    body = task.request.body
    assert body["model"] == "sora-2-characters"
    assert len(body["input"]["character_file_url"]) == 1
    assert body["input"]["character_prompt"] == job.prompt
    assert body["input"]["safety_instruction"].endswith("\nNo weapons.")
    assert task.clip_sha256 == hashlib.sha256(good()).hexdigest()


async def test_a_command_without_prompt_and_safety_text_sends_the_floor_and_no_prompt(scene: Scene) -> None:
    before = len(scene.house.kie.ledger.tasks)
    await scene.order(prompt=None)

    await scene.house.kie.ledger.wait_until(lambda: len(scene.house.kie.ledger.tasks) > before, 20)

    given = scene.house.kie.ledger.tasks[-1].request.body["input"]
    assert "character_prompt" not in given
    assert given["safety_instruction"].startswith("Keep everything suitable")


@pytest.mark.parametrize("kind", ["webm", "avi"])
async def test_webm_and_avi_are_taken_by_content_whatever_their_name(scene: Scene, kind: str) -> None:
    clip = make_clip(1.5, kind, size=(160, 120))
    job = await scene.order(clip=clip_file(clip, "holiday.mp4"))

    await job.result()

    assert (await job.task()).clip_sha256 == hashlib.sha256(clip).hexdigest()


async def test_an_id_is_shown_as_the_provider_spelt_it(scene: Scene) -> None:
    strange = "Fen.Tales-7Qk__2f9"
    scene.house.kie.script(scene.succeeds(character_id=strange))
    job = await scene.order()

    result = await job.result()

    assert id_block(await job.task()) == f"```\n{strange}\n```"
    assert f"```\n{strange}\n```" in result.text


async def test_in_a_thread_everything_stays_in_that_thread(scene: Scene) -> None:
    thread = await scene.mira.start_thread(scene.channel, "Ideas")
    job = await scene.order(where=thread)

    result = await job.result(place=thread)

    assert job.card in thread.messages
    assert result in thread.messages
    assert scene.pings() == [result]
    assert scene.guild.threads == [thread]


async def test_in_the_chat_of_a_voice_channel_the_result_answers_the_card(scene: Scene) -> None:
    lounge = scene.guild.add_voice_channel("Lounge")
    job = await scene.order(where=lounge)

    result = await job.result(place=lounge)

    assert job.card in lounge.messages
    assert result.replied_to is job.card
    assert scene.pings() == [result]
    assert scene.guild.threads == []


async def test_in_a_direct_message_card_and_result_stand_in_the_conversation(scene: Scene) -> None:
    conversation: Channel = scene.house.discord.dm(scene.mira)
    job = await scene.order(where=conversation)

    result = await job.result(place=conversation)

    assert job.card in conversation.messages
    assert scene.pings() == [result]
    assert job.results() == [result]
    assert scene.channel.messages == []


async def test_in_an_announcement_channel_a_thread_grows_too(scene: Scene) -> None:
    news = scene.guild.add_announcement_channel("news")
    job = await scene.order(where=news)

    thread = await job.thread()

    assert await job.result(place=thread) in thread.messages


async def test_two_members_at_once_get_each_their_own(scene: Scene) -> None:
    first = await scene.order(by=scene.mira)
    second = await scene.order(by=scene.sven)

    results = [await first.result(), await second.result()]

    assert [message.pinged_user_ids for message in results] == [{scene.mira.id}, {scene.sven.id}]
    assert first.tasks[0].character_id not in results[1].text
