"""`/character create`, with the real client against the local Discord."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.model import AttemptState, PlaceKind, Story, Subject, Visibility
from bot.orders.prose import STRICT_FLOOR
from sandbox.discord.calls import Call
from sandbox.discord.channels import PUBLIC_THREAD, Channel
from sandbox.discord.files import AttachmentFile
from sandbox.discord.hub import Dispatch
from sandbox.discord.threads import Thread
from tests.integration.cogs_studio import CALLBACK, CLIP, Studio, open_studio, pings_nobody


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


async def card_of(studio: Studio, call: Call) -> Story:
    response = await call.first_response()
    assert response.message is not None
    return await studio.story_on(response.message)


def a_thread(studio: Studio, parent: Any) -> Thread:
    thread = Thread(parent, studio.discord.world.mint.next(), PUBLIC_THREAD, "Talk", studio.mira.user)
    thread.announce()
    return thread


async def test_a_good_command_is_answered_with_a_public_card_and_becomes_a_job(studio: Studio) -> None:
    call = await studio.create(name="Inspector Fen")

    response = await call.first_response()
    assert response.message is not None
    story = await studio.story_on(response.message)

    assert not response.ephemeral
    assert "fox detective" in response.message.text
    assert story.attempt.state is AttemptState.RECEIVED
    assert story.job.card is not None
    assert story.job.card.message_id == response.message.id
    assert studio.desk.withdrawn == []
    assert pings_nobody(studio)


async def test_the_answer_is_the_only_request_and_comes_at_once(studio: Studio) -> None:
    before = len(studio.discord.requests)

    response = await (await studio.create()).first_response()

    assert [request.route for request in studio.discord.requests[before:]] == [CALLBACK]
    assert response.elapsed_seconds < 1


async def test_the_order_holds_what_was_asked_for(studio: Studio) -> None:
    call = await studio.create(subject="animal-or-object", safety=" no guns\r\n", name=" Inspector  Fen ")

    order = (await card_of(studio, call)).job.order

    assert order.ticket.interaction_id == call.id
    assert order.ticket.token == call.token
    assert (order.place.guild_id, order.place.channel_id) == (studio.guild.id, studio.channel.id)
    assert order.owner_id == studio.mira.id
    assert order.subject is Subject.ANIMAL_OR_OBJECT
    assert order.prompt == "fox detective"
    assert order.safety == "no guns"
    assert order.safety_sent == f"{STRICT_FLOOR}\nno guns"
    assert order.name == "Inspector Fen"
    assert order.visibility is Visibility.THREAD
    assert order.attachment.filename == CLIP.filename
    assert order.attachment.size_bytes == CLIP.size_bytes


async def test_the_name_of_a_clip_is_kept_without_what_nobody_can_see(studio: Studio) -> None:
    strange = AttachmentFile("fox.mp4", b"not looked at here", {"filename": "fox\0\u202e4pm\u200b.exe"})

    order = (await studio.accepted(clip=strange)).job.order

    assert order.attachment.filename == "fox4pm.exe"


async def test_without_any_text_the_floor_alone_is_sent(studio: Studio) -> None:
    order = (await studio.accepted(prompt=None)).job.order

    assert (order.prompt, order.safety, order.safety_sent, order.name) == ("", "", STRICT_FLOOR, None)


async def test_only_me_is_answered_privately_and_has_no_card(studio: Studio) -> None:
    response = await (await studio.create(visibility="private")).first_response()
    assert response.message is not None

    story = await studio.story_on(response.message)

    assert response.ephemeral
    assert story.job.card is None
    assert story.job.order.visibility is Visibility.PRIVATE
    assert studio.desk.acknowledged == {story.job.job_id: None}


@pytest.mark.parametrize("visibility", ["thread", "private"])
async def test_in_a_direct_message_the_card_is_in_the_conversation(studio: Studio, visibility: str) -> None:
    dm = studio.discord.dm(studio.mira)

    story = await studio.accepted(dm, visibility=visibility)

    assert story.job.order.place.kind is PlaceKind.DM
    assert story.job.order.place.guild_id is None
    assert story.job.card is not None
    assert story.job.card.channel_id == dm.id


async def test_it_can_be_called_wherever_messages_go(studio: Studio) -> None:
    places: list[tuple[Channel, PlaceKind]] = [
        (studio.channel, PlaceKind.TEXT),
        (studio.guild.add_announcement_channel("news"), PlaceKind.ANNOUNCEMENT),
        (studio.guild.add_voice_channel("lounge"), PlaceKind.VOICE),
        (a_thread(studio, studio.channel), PlaceKind.THREAD),
        (a_thread(studio, studio.guild.add_forum_channel("gallery")), PlaceKind.THREAD),
    ]

    for channel, kind in places:
        place = (await studio.accepted(channel)).job.order.place

        assert (place.kind, place.channel_id) == (kind, channel.id)


async def test_presets_are_offered_while_typing(studio: Studio) -> None:
    choices = await studio.mira.autocomplete(studio.channel, "character create", "safety", "swear")

    assert [choice.value for choice in choices] == ["Speak politely; no swearing and no insults."]


async def test_an_interaction_that_comes_twice_is_one_job_and_one_answer(studio: Studio) -> None:
    seen: list[Dispatch] = []
    send = studio.discord.world.dispatch

    def note(event: Dispatch) -> None:
        seen.append(event)
        send(event)

    studio.discord.world.dispatch = note
    await studio.accepted()

    for event in seen:
        if event.name == "INTERACTION_CREATE":
            send(event)
    await (await studio.mira.run_command(studio.channel, "character status")).first_response()

    assert len(await studio.jobs_of(studio.mira)) == 1
    assert len(studio.discord.requests_to("POST", CALLBACK)) == 2


async def test_a_late_answer_takes_the_job_back(studio: Studio) -> None:
    studio.discord.faults.fail("POST", CALLBACK, code=10062)

    await studio.create()
    (job_id,) = await studio.desk.until(lambda: studio.desk.withdrawn or None)

    assert await studio.jobs.job(job_id) is None
    assert studio.desk.acknowledged == {}


async def test_an_answer_that_arrived_although_discord_says_it_was_there_before_counts(
    studio: Studio,
) -> None:
    studio.discord.faults.fail("POST", CALLBACK, code=40060, when="after")

    story = await studio.accepted()

    assert story.job.card is not None
    assert studio.desk.withdrawn == []


async def test_an_answer_whose_receipt_was_lost_counts(studio: Studio) -> None:
    studio.discord.faults.reset("POST", CALLBACK, when="after")

    story = await studio.accepted()

    assert story.job.card is not None
    assert studio.desk.withdrawn == []


async def test_a_private_answer_whose_receipt_was_lost_counts(studio: Studio) -> None:
    studio.discord.faults.reset("POST", CALLBACK, when="after")

    story = await studio.accepted(visibility="private")

    assert story.job.card is None
    assert studio.desk.withdrawn == []


async def test_an_answer_that_never_arrived_takes_the_job_back_and_says_so(studio: Studio) -> None:
    studio.discord.faults.fail("POST", CALLBACK, status=400, code=50035)

    response = await (await studio.create()).first_response()
    assert response.message is not None

    assert response.ephemeral
    assert "broke on my side" in response.message.text
    assert "fox detective" in response.message.text
    assert await studio.jobs_of(studio.mira) == []
    assert len(studio.desk.withdrawn) == 1


async def test_somebody_elses_answer_to_the_same_call_does_not_count(studio: Studio) -> None:
    studio.discord.faults.fail("POST", CALLBACK, code=40060, when="after")
    studio.discord.faults.fail(
        "GET", "/webhooks/*/*/messages/@original", status=200, body=another_bots_answer(studio)
    )

    await studio.create()
    (job_id,) = await studio.desk.until(lambda: studio.desk.withdrawn or None)

    assert await studio.jobs.job(job_id) is None


def another_bots_answer(studio: Studio) -> dict[str, Any]:
    return {
        "id": "1",
        "channel_id": str(studio.channel.id),
        "author": studio.discord.world.bot.json(),
        "content": "",
        "timestamp": "2026-11-23T12:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "pinned": False,
        "type": 20,
        "components": [],
        "flags": 1 << 15,
    }
