"""A clip that cannot be used as it is: its owner chooses a part of it, and a character is made of that."""

from typing import Any

import pytest

from sandbox.discord.messages import Message, walk
from tests.acceptance.clips import MENDABLE, MendableClip
from tests.acceptance.scene import Job, Scene, clip_file
from tests.clips.look import seconds_of

HOUR_SECONDS = 3600.0
DOOR = "Choose the part to keep"


async def offered(scene: Scene, kind: str = "too long", **options: Any) -> tuple[Job, Message]:
    """An order whose clip needs a cut, and what its owner alone is shown."""
    clip = MENDABLE[kind]
    job = await scene.order(clip=clip_file(clip.body(), clip.filename), **options)
    offer = await job.call.wait_for_followup()
    assert offer.ephemeral
    return job, offer


async def pressed(scene: Scene, message: Message, button: str) -> Message:
    response = await (await scene.mira.press(message, button)).first_response()
    assert response.message is not None
    return response.message


@pytest.mark.parametrize("clip", MENDABLE.values(), ids=MENDABLE.keys())
async def test_what_a_cut_can_mend_becomes_a_character_with_one_press(
    scene: Scene, clip: MendableClip
) -> None:
    job = await scene.order(clip=clip_file(clip.body(), clip.filename))
    offer = await job.call.wait_for_followup()

    await pressed(scene, offer, clip.button)
    await job.result()

    assert clip.found in offer.history[0].text
    assert job.prompt in offer.history[0].text
    assert "Nothing was charged." in offer.history[0].text
    (upload,) = scene.house.kie.ledger.uploads[-1:]
    assert upload.mime_type == "video/mp4"
    assert seconds_of(upload.file.read_bytes()) == pytest.approx(clip.seconds, abs=0.11)
    assert scene.uploads == 1


async def test_nothing_is_uploaded_or_paid_before_the_choice(scene: Scene) -> None:
    job, offer = await offered(scene)
    await job.card_says("It needs a cut", scene.mira.mention)

    assert (scene.uploads, scene.submissions) == (0, [])
    assert [file.filename for file in offer.files] == ["clip.jpg"]
    assert DOOR in job.card.buttons
    assert "9.00 s" not in job.card.text
    assert not scene.anybody_pinged()


async def test_another_part_is_chosen_and_that_part_is_cut(scene: Scene) -> None:
    job, offer = await offered(scene)
    starts = next(
        one["custom_id"] for one in walk(offer.components) if ":start:" in str(one.get("custom_id"))
    )
    lengths = starts.replace(":start:", ":length:")

    await (await scene.mira.select(offer, lengths, ["1500"])).first_response()
    starts = next(
        one["custom_id"] for one in walk(offer.components) if ":start:" in str(one.get("custom_id"))
    )
    await (await scene.mira.select(offer, starts, ["7000"])).first_response()
    assert "Keeps **0:07.0 – 0:08.5**: 1.5 s of 9.0 s." in offer.text
    await pressed(scene, offer, "Use this part")
    await job.result()

    (upload,) = scene.house.kie.ledger.uploads[-1:]
    assert seconds_of(upload.file.read_bytes()) == pytest.approx(1.5, abs=0.05)


async def test_the_card_leads_its_owner_and_nobody_else_to_the_choice_also_after_a_restart(
    scene: Scene,
) -> None:
    job, _ = await offered(scene)
    await job.card_says("It needs a cut")
    await scene.house.bot.kill()
    await scene.house.bot.start()

    own = await pressed(scene, job.card, DOOR)
    response = await (await scene.ola.press(job.card, DOOR)).first_response()
    await pressed(scene, own, "Use this part")

    assert own.ephemeral
    assert response.message is not None
    assert "Only the person who sent this clip" in response.message.text
    result = await job.result()
    assert job.results() == [result]


async def test_a_bot_that_is_killed_while_it_cuts_goes_on_after_its_start(scene: Scene) -> None:
    job, offer = await offered(scene)
    await scene.mira.press(offer, "Use this part")
    await scene.house.memory.until_state(job.prompt, "mending")
    await scene.house.bot.kill()
    await scene.house.bot.start()

    result = await job.result()
    assert job.results() == [result]
    assert job.states == ["succeeded"]


async def test_an_offer_that_nobody_takes_up_ends_and_leaves_nothing(scene: Scene) -> None:
    job, _ = await offered(scene)
    memory = scene.house.memory
    await memory.until_state(job.prompt, "offered")
    await memory.until(lambda: memory.announced(job.prompt, "card"), "the card should be told")

    memory.let_time_pass(HOUR_SECONDS)
    await memory.until(lambda: memory.count(job.prompt) == 0, "the job should be forgotten")

    assert "No part of the clip was chosen in time" in job.card.text
    assert job.card.buttons == {}
    assert (scene.uploads, scene.submissions) == (0, [])


async def test_a_clip_that_is_let_go_gives_the_prompt_back(scene: Scene) -> None:
    job, offer = await offered(scene, safety="no hats")

    await pressed(scene, offer, "Not this clip")
    await job.card_says("Cancelled")

    assert job.prompt in offer.text
    assert "no hats" in offer.text
    assert job.states == ["cancelled"]


async def test_a_private_job_is_offered_and_cut_in_private(scene: Scene) -> None:
    scene.channel.allow_bot("CREATE_PRIVATE_THREADS")
    job, offer = await offered(scene, visibility="private")

    await pressed(scene, offer, "Use this part")
    task = await job.task()

    assert task.prompt == job.prompt
    assert scene.channel.messages == []
