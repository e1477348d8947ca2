"""The two other ways to a character: the form, from a command or a panel, and the menu on a message."""

import hashlib
from typing import Any

import pytest

from sandbox.discord.calls import Modal
from sandbox.discord.channels import Channel
from sandbox.discord.files import AttachmentFile
from sandbox.discord.messages import Message
from tests.acceptance.clips import BAD, good
from tests.acceptance.scene import Job, Scene, clip_file, id_block

NEW = "character new"
MENU = "Create character from clip"
BUTTON = "New character"
PANEL = "characters-admin panel"
LINES = "\n\n  trench coat\n* dry humour\n\tand a hat"
FAST_SECONDS = 3.0


async def by_command(scene: Scene, where: Channel | None = None) -> Modal:
    return await (await scene.mira.run_command(where or scene.channel, NEW)).wait_for_modal()


async def by_panel(scene: Scene, where: Channel | None = None) -> Modal:
    return await (await scene.mira.press(await panel(scene, where), BUTTON)).wait_for_modal()


async def panel(scene: Scene, where: Channel | None = None) -> Message:
    """A panel, posted by somebody who manages the server."""
    boss = scene.guild.add_member("Boss", ["MANAGE_GUILD"])
    await (await boss.run_command(where or scene.channel, PANEL)).first_response()
    return await (where or scene.channel).wait_for_message(lambda one: BUTTON in one.buttons)


async def by_menu(scene: Scene, where: Channel | None = None, file: AttachmentFile | None = None) -> Modal:
    message = await scene.mira.write(where or scene.channel, "look at this", [file or clip_file()])
    return await (await scene.mira.run_message_command(message, MENU)).wait_for_modal()


WAYS = {"command": by_command, "panel": by_panel, "menu": by_menu}
every_way = pytest.mark.parametrize("way", WAYS)


async def send(scene: Scene, modal: Modal, **changes: Any) -> Job:
    """Fill the form in and send it; a clip goes with it where it asks for one."""
    given = {"subject": "fictional", "prompt": scene.new_prompt() + LINES} | changes
    if any(one["component"]["custom_id"] == "clip" for one in modal.components):
        given = {"clip": clip_file()} | given
    call = await scene.mira.submit(modal, **given)
    return Job(scene, modal.call.channel, given["prompt"], call, await call.first_response())


def given_back(job: Job) -> str:
    """What was told privately; nothing was stored, uploaded or submitted."""
    assert job.response.ephemeral
    assert job.response.message is not None
    assert job.scene.house.memory.count(job.prompt) == 0
    assert (job.scene.uploads, job.scene.submissions) == (0, [])
    text = job.response.message.text
    assert job.prompt in text
    return text


@every_way
async def test_every_way_leads_to_an_id_in_a_thread(scene: Scene, way: str) -> None:
    job = await send(scene, await WAYS[way](scene), safety="No weapons.\nNo smoke.", name="Fen")

    result = await job.result()

    assert job.response.elapsed_seconds < FAST_SECONDS
    for words in ("Making a character", scene.mira.mention, "Fen"):
        assert any(words in version.text for version in (*job.card.history, job.card.version))
    assert (await job.thread()).id == job.card.id
    assert scene.pings() == [result]
    given = (await job.task()).request.body["input"]
    assert given["character_prompt"] == job.prompt
    assert given["safety_instruction"].endswith("\nNo weapons.\nNo smoke.")
    assert (await job.task()).clip_sha256 == hashlib.sha256(good()).hexdigest()


@every_way
async def test_a_prompt_of_4000_with_line_breaks_arrives_unchanged(scene: Scene, way: str) -> None:
    prompt = (scene.new_prompt() + "\n" + "one line\n\nanother\n" * 300)[:3999] + "."
    job = await send(scene, await WAYS[way](scene), prompt=prompt)

    task = await job.task()

    assert task.prompt == prompt
    assert len(prompt) == 4000
    await job.result()


@pytest.mark.parametrize("way", ["command", "menu"])
async def test_in_a_direct_message_the_result_stands_in_the_conversation(scene: Scene, way: str) -> None:
    """There are no panels there."""
    conversation: Channel = scene.house.discord.dm(scene.mira)

    job = await send(scene, await WAYS[way](scene, conversation))

    assert await job.result(place=conversation) in conversation.messages


@every_way
async def test_in_a_thread_everything_stays_in_that_thread(scene: Scene, way: str) -> None:
    thread = await scene.mira.start_thread(scene.channel, "Ideas")

    job = await send(scene, await WAYS[way](scene, thread))

    assert await job.result(place=thread) in thread.messages
    assert scene.guild.threads == [thread]


@every_way
async def test_a_clip_that_its_content_refuses_is_told_privately_with_the_texts(
    scene: Scene, way: str
) -> None:
    bad = clip_file(BAD["text under a clip's name"].body(), "fox.mp4")
    modal = await (by_menu(scene, file=bad) if way == "menu" else WAYS[way](scene))
    upload = {} if way == "menu" else {"clip": bad}
    job = await send(scene, modal, safety="No weapons.\nNo smoke.", **upload)

    await job.card_says("could not be used")
    answer = await job.call.wait_for_followup()

    assert f"```\n{job.prompt}\n```" in answer.text
    assert "```\nNo weapons.\nNo smoke.\n```" in answer.text
    assert "Nothing was charged" in answer.text
    assert (scene.uploads, scene.submissions, scene.guild.threads) == (0, [], [])


@every_way
async def test_a_form_sent_twice_is_one_order(scene: Scene, way: str) -> None:
    modal = await WAYS[way](scene)
    prompt = scene.new_prompt()
    first = await send(scene, modal, prompt=prompt)

    second = await send(scene, modal, prompt=prompt)

    assert second.response.ephemeral
    assert second.response.message is not None
    assert "sent before" in second.response.message.text
    result = await first.result()
    assert (len(first.tasks), len(first.submissions)) == (1, 1)
    assert scene.pings() == [result]


async def restart(scene: Scene) -> None:
    """SIGKILL, and a new process."""
    await scene.house.bot.kill()
    await scene.house.discord.bot_gone()
    await scene.house.bot.start()


@every_way
async def test_a_form_that_was_opened_before_a_restart_is_taken_after_it(scene: Scene, way: str) -> None:
    modal = await WAYS[way](scene)
    await restart(scene)

    job = await send(scene, modal)

    result = await job.result()
    assert scene.pings() == [result]
    assert id_block(job.tasks[0]) in result.text


async def test_a_panel_from_before_a_restart_still_opens_the_form(scene: Scene) -> None:
    message = await panel(scene)
    await restart(scene)

    modal = await (await scene.mira.press(message, BUTTON)).wait_for_modal()

    await (await send(scene, modal)).result()
    assert message.history == []


async def test_a_message_deleted_while_somebody_types_takes_its_clip_along(scene: Scene) -> None:
    modal = await by_menu(scene)
    scene.channel.messages[0].delete()

    job = await send(scene, modal)

    text = given_back(job)
    assert "was deleted" in text
    assert "Nothing was charged" in text


async def test_a_clip_that_discord_no_longer_gives_out_is_told_privately_with_the_texts(scene: Scene) -> None:
    name = f"gone-{scene.guild.id}.mp4"
    modal = await by_menu(scene, file=clip_file(filename=name))
    scene.house.discord.cdn.fail(name, 404, times=None)

    job = await send(scene, modal)

    answer = await job.call.wait_for_followup()
    assert "no longer has the clip" in answer.text
    assert f"```\n{job.prompt}\n```" in answer.text
    assert (scene.uploads, scene.submissions) == (0, [])


async def test_somebody_elses_clip_is_not_theirs_to_use(scene: Scene) -> None:
    message = await scene.mira.write(scene.channel, "mine", [clip_file()])

    response = await (await scene.sven.run_message_command(message, MENU)).first_response()

    assert response.ephemeral
    assert response.message is not None
    assert response.message.text == "Only the person who posted a clip can use it."
    assert scene.submissions == []
