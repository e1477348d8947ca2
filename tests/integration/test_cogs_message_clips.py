"""The menu **Create character from clip**, with the real client against the local Discord."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.model import (
    Subject,
)
from bot.orders.picks import Pick
from cogs import forms
from cogs.forms import FormId
from sandbox.discord.calls import Call, Modal
from sandbox.discord.channels import Channel
from sandbox.discord.files import AttachmentFile
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.discord.sending import Change, edit
from tests.builders import an_id
from tests.integration.cogs_studio import CLIP, Studio, open_studio, pings_nobody, text_of

MENU = "Create character from clip"
READ = "/channels/*/messages/*"
LINES = "fox detective\n\n  trench coat"
PICTURE = AttachmentFile("cat.png", b"picture")


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


async def posted(studio: Studio, *files: AttachmentFile, where: Channel | None = None) -> Message:
    return await studio.mira.write(where or studio.channel, "look", files or [CLIP])


async def opened(member: Member, message: Message) -> Modal:
    return await (await member.run_message_command(message, MENU)).wait_for_modal()


async def sent(studio: Studio, modal: Modal, **changes: Any) -> Call:
    return await studio.mira.submit(modal, **{"subject": "fictional", "prompt": LINES} | changes)


async def picked(studio: Studio, modal: Modal) -> Pick:
    """What is stored about the form's clip."""
    form_id = FormId.parse(modal.custom_id)
    assert form_id is not None
    pick = await studio.picks.get(form_id.ref)
    assert pick is not None
    return pick


async def refused(studio: Studio, call: Call) -> str:
    """What was told privately, after having seen that nothing else happened."""
    response = await call.first_response()
    assert await studio.jobs_of(studio.mira) == []
    assert pings_nobody(studio)
    return text_of(response)


async def refused_and_given_back(studio: Studio, call: Call) -> str:
    text = await refused(studio, call)
    assert f"```\n{LINES}\n```" in text
    return text


async def test_the_form_says_which_clip_and_asks_for_everything_else(studio: Studio) -> None:
    modal = await opened(studio.mira, await posted(studio))

    assert modal.title == "Character from fox.mp4"
    assert [one["component"]["custom_id"] for one in modal.components] == [
        "prompt",
        "subject",
        "safety",
        "name",
    ]


async def test_the_messages_clip_becomes_a_job(studio: Studio) -> None:
    message = await posted(studio)

    response = await (await sent(studio, await opened(studio.mira, message), name="Fen")).first_response()
    assert response.message is not None

    order = (await studio.story_on(response.message)).job.order
    assert (order.prompt, order.name, order.subject) == (LINES, "Fen", Subject.FICTIONAL)
    assert (order.attachment.filename, order.attachment.size_bytes) == ("fox.mp4", CLIP.size_bytes)
    assert f"/attachments/{studio.channel.id}/{message.files[0].attachment_id}/" in order.attachment.url
    assert not response.ephemeral


async def test_of_several_files_the_first_video_is_meant(studio: Studio) -> None:
    second = AttachmentFile("wolf.mp4", b"longer, so that the sizes differ")
    message = await posted(studio, PICTURE, second, CLIP)

    response = await (await sent(studio, await opened(studio.mira, message))).first_response()
    assert response.message is not None

    assert (await studio.story_on(response.message)).job.order.attachment.filename == "wolf.mp4"


async def test_in_a_direct_message_the_fresh_address_is_used(studio: Studio) -> None:
    conversation = studio.discord.dm(studio.mira)
    message = await posted(studio, where=conversation)
    modal = await opened(studio.mira, message)
    pick = await picked(studio, modal)
    studio.discord.age(5)

    response = await (await sent(studio, modal)).first_response()
    assert response.message is not None

    order = (await studio.story_on(response.message)).job.order
    assert order.attachment.filename == pick.attachment.filename
    assert order.attachment.url != pick.attachment.url


async def test_somebody_elses_clip_is_not_theirs_to_use(studio: Studio) -> None:
    message = await posted(studio)

    for member in (studio.tom, studio.ola):
        response = await (await member.run_message_command(message, MENU)).first_response()
        assert text_of(response) == "Only the person who posted a clip can use it."


@pytest.mark.parametrize("files", [(PICTURE,), ()])
async def test_a_message_without_a_video_is_refused(
    studio: Studio, files: tuple[AttachmentFile, ...]
) -> None:
    message = await studio.mira.write(studio.channel, "look", files)

    text = await refused(studio, await studio.mira.run_message_command(message, MENU))

    assert "no video in that message" in text
    assert "Nothing was charged." in text


@pytest.mark.parametrize(("size", "word"), [(0, "empty"), (524_288_001, "524,288,001 bytes")])
async def test_a_clip_whose_size_decides_is_refused_before_anybody_types(
    studio: Studio, size: int, word: str
) -> None:
    message = await posted(studio, AttachmentFile("fox.mp4", b"x", claims={"size": size}))

    assert word in await refused(studio, await studio.mira.run_message_command(message, MENU))


@pytest.mark.parametrize("claims", [{"size": None}, {"size": "12"}, {"url": None}])
async def test_a_message_whose_file_lacks_its_fields_is_refused(
    studio: Studio, claims: dict[str, Any]
) -> None:
    message = await posted(studio, AttachmentFile("fox.mp4", b"x", claims=claims))

    text = await refused(studio, await studio.mira.run_message_command(message, MENU))

    assert "form that I don't know" in text


@pytest.mark.parametrize("missing", ["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"])
async def test_where_the_bot_cannot_read_it_says_so_before_the_form_opens(
    studio: Studio, missing: str
) -> None:
    message = await posted(studio)
    studio.channel.deny_bot(missing)

    text = await refused(studio, await studio.mira.run_message_command(message, MENU))

    assert "can't read the messages" in text
    assert f"<#{studio.channel.id}>" in text
    assert "**View Channel** and **Read Message History**" in text


async def test_where_the_result_could_not_be_told_no_form_opens(studio: Studio) -> None:
    message = await posted(studio)
    studio.channel.deny_bot("CREATE_PUBLIC_THREADS")

    text = await refused(studio, await studio.mira.run_message_command(message, MENU))

    assert "**Create Public Threads**" in text


async def test_where_the_server_is_not_allowed_no_form_opens(tmp_path: Path) -> None:
    async with open_studio(tmp_path, allows_everybody=False) as studio:
        message = await posted(studio)

        text = await refused(studio, await studio.mira.run_message_command(message, MENU))

        assert f"`{studio.guild.id}`" in text


async def test_a_message_that_was_deleted_meanwhile_withdraws_its_clip(studio: Studio) -> None:
    message = await posted(studio)
    modal = await opened(studio.mira, message)
    message.delete()

    text = await refused_and_given_back(studio, await sent(studio, modal))

    assert "was deleted" in text
    assert "Nothing was charged." in text


async def test_in_a_direct_message_a_clip_that_was_taken_out_is_withdrawn_too(studio: Studio) -> None:
    message = await posted(studio, where=studio.discord.dm(studio.mira))
    modal = await opened(studio.mira, message)
    edit(message, Change(files=[]))

    assert "was deleted" in await refused_and_given_back(studio, await sent(studio, modal))


async def test_a_channel_that_the_bot_lost_meanwhile_is_told(studio: Studio) -> None:
    modal = await opened(studio.mira, await posted(studio))
    studio.discord.faults.fail("GET", READ, status=403, code=50001)

    text = await refused_and_given_back(studio, await sent(studio, modal))

    assert "can't read the messages" in text


@pytest.mark.parametrize("status", [500, 503])
async def test_a_message_that_discord_does_not_show_in_time_is_told(studio: Studio, status: int) -> None:
    """discord.py repeats after a 500, with pauses, and not after a 503."""
    modal = await opened(studio.mira, await posted(studio))
    studio.discord.faults.fail("GET", READ, status=status, times=None)

    text = await refused_and_given_back(studio, await sent(studio, modal))

    assert "could not fetch that clip" in text


async def test_a_form_about_a_clip_that_nobody_picked_is_refused(studio: Studio) -> None:
    modal = await opened(studio.mira, await posted(studio))
    unknown = FormId.fresh(forms.PICKED, an_id()).custom_id

    call = await sent(studio, Modal(modal.call, modal.title, unknown, modal.components))

    assert "no longer know its clip" in await refused_and_given_back(studio, call)


async def test_a_form_about_somebody_elses_pick_is_refused_as_if_there_were_none(studio: Studio) -> None:
    modal = await opened(studio.mira, await posted(studio))
    call = await studio.tom.run_command(studio.channel, "character new")
    own = await call.wait_for_modal()
    forged = Modal(own.call, own.title, modal.custom_id, modal.components)

    response = await (await studio.tom.submit(forged, subject="me", prompt=LINES)).first_response()

    assert "no longer know its clip" in text_of(response)
    assert await studio.jobs_of(studio.tom) == []


async def test_a_pick_of_another_server_is_refused_as_if_there_were_none(studio: Studio) -> None:
    modal = await opened(studio.mira, await posted(studio))
    elsewhere = studio.discord.add_guild("Elsewhere")
    visitor = elsewhere.add_member("Mira", user=studio.mira.user)
    there = await visitor.run_command(elsewhere.add_text_channel("hall"), "character new")
    own = await there.wait_for_modal()
    forged = Modal(own.call, own.title, modal.custom_id, modal.components)

    response = await (await visitor.submit(forged, subject="me", prompt=LINES)).first_response()

    assert "no longer know its clip" in text_of(response)
    assert await studio.jobs.stories_of(visitor.id, elsewhere.id, 9) == []


async def test_a_form_that_was_open_for_more_than_a_day_is_refused(studio: Studio) -> None:
    modal = await opened(studio.mira, await posted(studio))
    pick = await picked(studio, modal)
    old = replace(pick, pick_id=an_id(), created_at=pick.created_at - timedelta(hours=24, seconds=1))
    await studio.picks.keep(old, forget_before=old.created_at)
    custom_id = FormId.fresh(forms.PICKED, old.pick_id).custom_id

    call = await sent(studio, Modal(modal.call, modal.title, custom_id, modal.components))

    assert "no longer know its clip" in await refused_and_given_back(studio, call)


async def test_the_form_about_a_clip_that_is_sent_twice_makes_one_job(studio: Studio) -> None:
    modal = await opened(studio.mira, await posted(studio))

    responses = [await (await sent(studio, modal)).first_response() for _ in range(2)]

    assert [one.ephemeral for one in responses] == [False, True]
    assert "sent before" in text_of(responses[1])
    assert len(await studio.jobs_of(studio.mira)) == 1


async def test_two_forms_about_one_clip_make_two_jobs(studio: Studio) -> None:
    message = await posted(studio)

    for prompt in ("one", "two"):
        form = await opened(studio.mira, message)
        response = await (await sent(studio, form, prompt=prompt)).first_response()
        assert not response.ephemeral

    assert len(await studio.jobs_of(studio.mira)) == 2
