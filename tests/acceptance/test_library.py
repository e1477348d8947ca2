"""A member finds jobs and characters again; everybody else's do not exist for them."""

from typing import Any

from sandbox.discord.channels import Channel
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.kie.outcomes import Outcome
from tests.acceptance.scene import RETRY, Job, Scene, id_block

STATUS, LIST, SHOW = "character status", "character list", "character show"
NOBODYS = "I found no such character of yours"


async def asked(where: Channel, asking: Member, command: str, /, **options: Any) -> Message:
    """What answers a command."""
    return await (await asking.run_command(where, command, **options)).wait_for_answer()


async def made(scene: Scene, name: str | None = None, by: Member | None = None) -> Job:
    """A job whose character is there."""
    job = await scene.order(name=name, by=by)
    await job.result()
    return job


def id_of(result: Message) -> str:
    """The id in a result."""
    return result.text.split("```")[1].strip()


async def test_status_without_jobs_says_how_to_start(scene: Scene) -> None:
    told = await asked(scene.channel, scene.mira, STATUS)

    assert told.ephemeral
    assert "Nothing running" in told.text
    assert "/character create" in told.text


async def test_status_shows_what_runs_and_how_the_rest_ended_newest_first(scene: Scene) -> None:
    await made(scene, "Fen")
    scene.house.kie.script(scene.fails(), Outcome.never())
    broken = await scene.order(name="Owl")
    await broken.failure()
    running = await scene.order(name="Mott")
    await running.polled()

    told = await asked(scene.channel, scene.mira, STATUS)

    assert told.ephemeral
    assert [told.text.index(name) for name in ("Mott", "Owl", "Fen")] == sorted(
        told.text.index(name) for name in ("Mott", "Owl", "Fen")
    )
    assert "✅ Ready" in told.text
    assert "trouble of its own" in told.text
    assert f"https://discord.com/channels/{scene.guild.id}/{(await running.thread()).id}" in told.text
    assert {"Cancel", RETRY} <= told.buttons.keys()


async def test_a_failed_job_can_be_tried_again_from_the_status_list(scene: Scene) -> None:
    scene.house.kie.script(scene.fails())
    job = await scene.order()
    await job.failure()
    told = await asked(scene.channel, scene.mira, STATUS)

    await (await scene.mira.press(told, RETRY)).first_response()

    await job.result(2)


async def test_status_shows_nobody_elses_jobs(scene: Scene) -> None:
    await made(scene, "Fen")

    told = await asked(scene.channel, scene.sven, STATUS)

    assert "Nothing running" in told.text


async def test_in_direct_messages_status_shows_what_was_started_there(scene: Scene) -> None:
    await made(scene, "Fen")
    conversation = scene.house.discord.dm(scene.mira)
    private = await scene.order(where=conversation, name="Shade")
    await private.result(place=conversation)

    told = await asked(conversation, scene.mira, STATUS)

    assert "Shade" in told.text
    assert "Fen" not in told.text


async def test_the_list_holds_each_character_with_its_id(scene: Scene) -> None:
    jobs = [await made(scene, name) for name in ("Fen", "Owl")]  # one after the other: the newest comes first

    told = await asked(scene.channel, scene.mira, LIST)

    assert told.ephemeral
    assert "2 characters" in told.text
    for job in jobs:
        assert job.tasks[0].character_id in told.text
    assert told.text.index("Owl") < told.text.index("Fen")


async def test_an_empty_list_says_how_to_start(scene: Scene) -> None:
    told = await asked(scene.channel, scene.sven, LIST)

    assert "no characters yet" in told.text


async def test_a_long_list_is_turned_page_by_page(scene: Scene) -> None:
    jobs = [await scene.order() for _ in range(9)]
    ids = {id_of(await job.result()) for job in jobs}

    told = await asked(scene.channel, scene.mira, LIST)
    first = {one for one in ids if one in told.text}
    assert "page 1 of 2" in told.text
    await (await scene.mira.press(told, "▶")).first_response()

    assert "page 2 of 2" in told.text
    assert {one for one in ids if one in told.text} == ids - first
    assert len(first) == 8


async def test_a_character_is_opened_from_the_list_with_its_picture_and_the_way_back(scene: Scene) -> None:
    fen, owl = [await made(scene, name) for name in ("Fen", "Owl")]
    told = await asked(scene.channel, scene.mira, LIST, scope="mine")
    listed, pictures = told.text, len(told.files)
    (option,) = await scene.mira.autocomplete(scene.channel, SHOW, "character", "fen")

    await (await scene.mira.select(told, "c1s:lst:open", [option.value])).first_response()
    opened, picture = told.text, [stored.filename for stored in told.files]
    await (await scene.mira.press(told, "Back to the list")).first_response()

    assert pictures == 2
    assert id_block(fen.tasks[0]) in opened
    assert owl.tasks[0].character_id not in opened
    assert picture == ["poster.jpg"]
    assert told.text == listed


async def test_show_finds_a_character_by_its_name_whatever_the_case(scene: Scene) -> None:
    job = await made(scene, "Inspector Fen")

    told = await asked(scene.channel, scene.mira, SHOW, character="inspector fen")

    assert told.ephemeral
    assert id_block(job.tasks[0]) in told.text
    assert "Inspector Fen" in told.text


async def test_show_finds_a_character_by_the_providers_id(scene: Scene) -> None:
    job = await made(scene)

    told = await asked(scene.channel, scene.mira, SHOW, character=job.tasks[0].character_id)

    assert id_block(job.tasks[0]) in told.text


async def test_show_suggests_what_matches_and_takes_the_suggestion(scene: Scene) -> None:
    job = await made(scene, "Inspector Fen")
    await made(scene, "Owl")

    choices = await scene.mira.autocomplete(scene.channel, SHOW, "character", "insp")
    told = await asked(scene.channel, scene.mira, SHOW, character=choices[0].value)

    assert [choice.name.split(" · ")[0] for choice in choices] == ["Inspector Fen"]
    assert id_block(job.tasks[0]) in told.text


async def test_nobody_is_suggested_other_peoples_characters(scene: Scene) -> None:
    await made(scene, "Fen")

    assert await scene.mira.autocomplete(scene.channel, SHOW, "character", "") != []
    assert await scene.sven.autocomplete(scene.channel, SHOW, "character", "") == []


async def test_not_yours_and_not_there_are_answered_alike(scene: Scene) -> None:
    job = await made(scene, "Fen")

    not_hers = await asked(scene.channel, scene.sven, SHOW, character="Fen")
    not_her_id = await asked(scene.channel, scene.sven, SHOW, character=job.tasks[0].character_id)
    not_there = await asked(scene.channel, scene.sven, SHOW, character="Nobody")

    assert NOBODYS in not_there.text
    assert not_hers.text == not_her_id.text == not_there.text
    assert not_hers.ephemeral


async def test_show_posts_in_the_channel_when_asked_to_and_pings_nobody(scene: Scene) -> None:
    job = await made(scene, "@everyone")
    pings = len(scene.pings())

    told = await asked(scene.channel, scene.mira, SHOW, character=job.tasks[0].character_id, post=True)

    assert not told.ephemeral
    assert told in scene.channel.messages
    assert id_block(job.tasks[0]) in told.text
    assert len(scene.pings()) == pings
    assert not any(message.mentions_everyone for message in scene.messages())


async def test_the_safety_option_suggests_presets(scene: Scene) -> None:
    choices = await scene.mira.autocomplete(scene.channel, "character create", "safety", "weapons")

    assert [choice.value for choice in choices] == ["No weapons, no violence, no frightening scenes."]


async def test_a_running_job_is_cancelled_and_says_that_it_may_be_charged(scene: Scene) -> None:
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    await job.polled()

    response = await (await scene.mira.press(job.card, "Cancel")).first_response()

    assert response.message is not None
    assert "may still be charged" in response.message.text
    await job.card_says("Cancelled", "may still be charged")
    assert RETRY in job.card.buttons


async def test_a_failed_job_is_named_in_a_command_to_try_it_again(scene: Scene) -> None:
    scene.house.kie.script(scene.fails())
    job = await scene.order(name="Fen")
    await job.failure()
    (choice,) = await scene.mira.autocomplete(scene.channel, "character retry", "job", "fen")

    told = await asked(scene.channel, scene.mira, "character retry", job=choice.value)

    assert told.text == "Trying again: attempt 2 of 3."
    await job.result(2)


async def test_a_running_job_is_named_in_a_command_to_cancel_it(scene: Scene) -> None:
    scene.house.kie.script(Outcome.never())
    job = await scene.order(name="Fen")
    await job.polled()

    told = await asked(scene.channel, scene.mira, "character cancel", job="fen")

    assert "may still be charged" in told.text
    await job.card_says("Cancelled", "may still be charged")


async def test_help_tells_everybody_what_makes_a_good_clip_and_what_holds_here(scene: Scene) -> None:
    for where in (scene.channel, scene.house.discord.dm(scene.mira)):
        told = await asked(where, scene.mira, "character help")

        assert told.ephemeral
        assert "1 to 4 seconds" in told.text
        assert "The rules here" in told.text


async def test_somebody_else_cannot_cancel(scene: Scene) -> None:
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    await job.polled()

    response = await (await scene.sven.press(job.card, "Cancel")).first_response()

    assert response.message is not None
    assert response.ephemeral
    assert "Only the person who started this" in response.message.text
    assert job.states == ["waiting"]
