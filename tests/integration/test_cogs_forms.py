"""The form for a new character, with the real client against the local Discord."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.model import PlaceKind, Subject, Visibility
from bot.orders.prose import STRICT_FLOOR
from cogs import controls, forms
from sandbox.discord.calls import Call, Modal
from sandbox.discord.channels import Channel
from sandbox.discord.commands import ClientRefused
from sandbox.discord.files import AttachmentFile
from sandbox.discord.messages import Message
from tests.integration.cogs_studio import (
    CLIP,
    DAILY_CAP,
    Studio,
    a_message_with,
    finish_work,
    open_studio,
    pings_nobody,
    text_of,
)

CALLBACK = "/interactions/**"
LINES = "fox detective\n\n  trench coat\n* dry humour"


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


async def opened(studio: Studio, channel: Channel | None = None) -> Modal:
    """The form, after `/character new`."""
    call = await studio.mira.run_command(channel or studio.channel, "character new")
    return await call.wait_for_modal()


async def sent(studio: Studio, modal: Modal, **changes: Any) -> Call:
    given = {"clip": CLIP, "subject": "fictional", "prompt": LINES} | changes
    return await studio.mira.submit(modal, **{name: one for name, one in given.items() if one is not None})


def answered(studio: Studio) -> bool | None:
    """Whether the bot has tried to answer something, and was not let."""
    return any(one.path.startswith("/interactions/") for one in studio.discord.requests) or None


async def refused(studio: Studio, call: Call) -> Message:
    """The private answer, after having seen that nothing else happened."""
    response = await call.first_response()
    assert response.message is not None
    assert response.ephemeral
    assert await studio.jobs_of(studio.mira) == []
    assert pings_nobody(studio)
    return response.message


async def test_the_form_is_the_first_answer_and_leaves_nothing_in_the_clients_memory(studio: Studio) -> None:
    modal = await opened(studio)
    await finish_work()

    assert modal.title == "New character"
    assert [one["component"]["custom_id"] for one in modal.components] == [
        "clip",
        "prompt",
        "subject",
        "safety",
        "name",
    ]
    assert studio.client._connection._view_store._modals == {}


async def test_what_was_typed_becomes_the_same_order_as_by_the_command(studio: Studio) -> None:
    call = await sent(studio, await opened(studio), safety="no guns\nno smoke", name="Inspector Fen")
    response = await call.first_response()
    assert response.message is not None

    order = (await studio.story_on(response.message)).job.order

    assert not response.ephemeral
    assert (order.prompt, order.safety, order.name) == (LINES, "no guns\nno smoke", "Inspector Fen")
    assert order.safety_sent == f"{STRICT_FLOOR}\nno guns\nno smoke"
    assert (order.subject, order.visibility) == (Subject.FICTIONAL, Visibility.THREAD)
    assert (order.owner_id, order.place.channel_id) == (studio.mira.id, studio.channel.id)
    assert order.place.kind is PlaceKind.TEXT
    assert (order.attachment.filename, order.attachment.size_bytes) == ("fox.mp4", CLIP.size_bytes)
    assert order.attachment.url.startswith(studio.discord.base_url)
    assert order.ticket.interaction_id == call.id
    assert pings_nobody(studio)


async def test_only_clip_and_subject_have_to_be_filled_in(studio: Studio) -> None:
    modal = await opened(studio)

    for missing in ("clip", "subject"):
        with pytest.raises(ClientRefused):
            await sent(studio, modal, **{missing: None})
    response = await (await sent(studio, modal, prompt=None)).first_response()
    assert response.message is not None

    order = (await studio.story_on(response.message)).job.order
    assert (order.prompt, order.safety, order.name) == ("", "", None)


async def test_a_prompt_as_long_as_the_field_allows_is_taken_with_its_line_breaks(studio: Studio) -> None:
    prompt = ("line\n" * 800)[:3999] + "z"
    modal = await opened(studio)

    with pytest.raises(ClientRefused):
        await sent(studio, modal, prompt=prompt + "z")
    response = await (await sent(studio, modal, prompt=prompt)).first_response()
    assert response.message is not None

    assert (await studio.story_on(response.message)).job.order.prompt == prompt


async def test_in_a_direct_message_the_form_works_too(studio: Studio) -> None:
    conversation = studio.discord.dm(studio.mira)

    response = await (await sent(studio, await opened(studio, conversation))).first_response()
    assert response.message is not None

    order = (await studio.story_on(response.message)).job.order
    assert (order.place.kind, order.place.guild_id) == (PlaceKind.DM, None)


async def test_a_form_that_is_sent_twice_makes_one_job_and_says_so(studio: Studio) -> None:
    modal = await opened(studio)

    calls = [await sent(studio, modal) for _ in range(2)]
    responses = [await call.first_response() for call in calls]

    assert len(await studio.jobs_of(studio.mira)) == 1
    (told,) = (text_of(one) for one in responses if one.ephemeral)
    assert "sent before" in told
    assert "Nothing was charged" in told
    assert f"```\n{LINES}\n```" in told


async def test_a_form_whose_answer_was_lost_can_be_sent_again(studio: Studio) -> None:
    modal = await opened(studio)
    studio.discord.faults.fail("POST", CALLBACK, code=10062)
    await sent(studio, modal)
    await studio.desk.until(lambda: studio.desk.withdrawn or None)

    response = await (await sent(studio, modal)).first_response()
    assert response.message is not None
    await studio.story_on(response.message)

    assert len(await studio.jobs_of(studio.mira)) == 1


async def test_two_forms_make_two_jobs(studio: Studio) -> None:
    for prompt in ("one", "two"):
        response = await (await sent(studio, await opened(studio), prompt=prompt)).first_response()
        assert response.message is not None
        await studio.story_on(response.message)

    assert len(await studio.jobs_of(studio.mira)) == 2


async def test_a_form_that_an_earlier_process_opened_is_known_by_its_id(studio: Studio) -> None:
    """Nothing of it was ever in this client: its id and its fields are all there is."""
    call = await studio.mira.run_command(studio.channel, "character status")
    await call.first_response()
    foreign = forms.new_form().to_dict()
    modal = Modal(call, foreign["title"], foreign["custom_id"], tuple(foreign["components"]))

    response = await (await sent(studio, modal)).first_response()
    assert response.message is not None

    assert (await studio.story_on(response.message)).job.order.prompt == LINES


async def test_a_refused_form_gives_the_texts_back_with_their_line_breaks(studio: Studio) -> None:
    empty = AttachmentFile("fox.mp4", b"")

    call = await sent(studio, await opened(studio), clip=empty, safety="no guns\nno smoke")

    message = await refused(studio, call)
    assert "empty" in message.text
    assert "Nothing was charged." in message.text
    assert f"```\n{LINES}\n```" in message.text
    assert "```\nno guns\nno smoke\n```" in message.text


async def test_a_prompt_over_the_limit_comes_back_whole(studio: Studio) -> None:
    prompt = "\N{FOX FACE}" * 2501

    message = await refused(studio, await sent(studio, await opened(studio), prompt=prompt))

    assert "5,002" in message.text
    (file,) = message.files
    assert file.file.body == prompt.encode()


async def test_the_days_last_place_can_be_taken_while_somebody_types(studio: Studio) -> None:
    modal = await opened(studio)
    for _ in range(DAILY_CAP):
        await studio.accepted()

    response = await (await sent(studio, modal)).first_response()

    assert f"{DAILY_CAP} of {DAILY_CAP}" in text_of(response)
    assert f"```\n{LINES}\n```" in text_of(response)


async def test_the_permissions_can_be_lost_while_somebody_types(studio: Studio) -> None:
    modal = await opened(studio)
    studio.channel.deny_bot("CREATE_PUBLIC_THREADS")

    message = await refused(studio, await sent(studio, modal))

    assert "**Create Public Threads**" in message.text
    assert f"```\n{LINES}\n```" in message.text


async def test_where_the_result_could_not_be_told_no_form_opens(studio: Studio) -> None:
    panel = a_message_with(studio, controls.new_character())
    studio.channel.deny_bot("SEND_MESSAGES_IN_THREADS")

    answers = [
        await refused(studio, await studio.mira.run_command(studio.channel, "character new")),
        await refused(studio, await studio.mira.press(panel, "Press")),
    ]

    assert all("**Send Messages in Threads**" in message.text for message in answers)


async def test_where_the_server_is_not_allowed_no_form_opens(tmp_path: Path) -> None:
    async with open_studio(tmp_path, allows_everybody=False) as studio:
        panel = a_message_with(studio, controls.new_character())
        answers = [
            await refused(studio, await studio.mira.run_command(studio.channel, "character new")),
            await refused(studio, await studio.mira.press(panel, "Press")),
        ]

        assert all(f"`{studio.guild.id}`" in message.text for message in answers)


@pytest.mark.parametrize("code", [10062, 40060])
async def test_a_form_that_discord_does_not_take_any_more_is_logged_and_answered_by_nobody(
    studio: Studio, code: int
) -> None:
    studio.discord.faults.fail("POST", CALLBACK, code=code)

    with capture_logs() as logs:
        await studio.mira.run_command(studio.channel, "character new")
        await studio.discord.until(lambda: answered(studio), 20.0, "the form should be refused")
        await studio.settle()

    assert [one["event"] for one in logs if "not_shown" in one["event"]] == ["form_not_shown"]
    assert not [one for one in logs if one["log_level"] == "error"]


async def test_a_form_that_discord_refuses_is_our_fault_and_says_so(studio: Studio) -> None:
    studio.discord.faults.fail("POST", CALLBACK, status=400, code=50035)

    with capture_logs() as logs:
        message = await refused(studio, await studio.mira.run_command(studio.channel, "character new"))

    assert "broke on my side" in message.text
    assert [one["reference"] in message.text for one in logs if one["log_level"] == "error"] == [True]


@pytest.mark.parametrize(
    "custom_id", ["c1m:other:0:0a1b2c3d", "c2m:new:0:0a1b2c3d", "c1m:new:1:0a1b2c3d", "x" * 100]
)
async def test_a_form_of_another_version_is_answered_and_gives_the_texts_back(
    studio: Studio, custom_id: str
) -> None:
    modal = await opened(studio)
    other = Modal(modal.call, modal.title, custom_id, modal.components)

    message = await refused(studio, await sent(studio, other))

    assert "older version" in message.text
    assert f"```\n{LINES}\n```" in message.text


async def test_two_files_are_refused(studio: Studio) -> None:
    """As a client sends it that does not know the limits of the fields."""
    modal = await opened(studio)
    upload = modal.components[0]
    loose = {**upload, "component": {**upload["component"], "max_values": 2}}
    modal = Modal(modal.call, modal.title, modal.custom_id, (loose, *modal.components[1:]))

    message = await refused(studio, await sent(studio, modal, clip=[CLIP, CLIP]))

    assert "exactly one clip" in message.text
    assert f"```\n{LINES}\n```" in message.text


@pytest.mark.parametrize("claims", [{"size": None}, {"size": "12"}, {"url": None}])
async def test_an_uploaded_file_without_its_fields_is_refused(studio: Studio, claims: dict[str, Any]) -> None:
    clip = AttachmentFile("fox.mp4", b"x", claims=claims)

    message = await refused(studio, await sent(studio, await opened(studio), clip=clip))

    assert "form that I don't know" in message.text


async def test_a_subject_that_was_not_offered_is_refused(studio: Studio) -> None:
    modal = await opened(studio)
    choice = next(one for one in modal.components if one["component"]["custom_id"] == "subject")
    options = [*choice["component"]["options"], {"label": "You", "value": "you"}]
    wider = {**choice, "component": {**choice["component"], "options": options}}
    components = tuple(wider if one is choice else one for one in modal.components)

    call = await sent(studio, Modal(modal.call, modal.title, modal.custom_id, components), subject="you")

    assert "form that I don't know" in (await refused(studio, call)).text


async def test_what_was_not_foreseen_in_a_form_is_answered_with_a_reference(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(studio.desk, "accept", broken)

    with capture_logs() as logs:
        message = await refused(studio, await sent(studio, await opened(studio)))

    (entry,) = (one for one in logs if one["event"] == "interaction_failed")
    assert entry["reference"] in message.text
    assert f"```\n{LINES}\n```" in message.text


async def test_sendings_of_one_form_at_once_make_one_job(studio: Studio) -> None:
    """Few enough for each to be answered in time on a slow machine; the store's own tests send more."""
    modal = await opened(studio)

    calls = [await sent(studio, modal) for _ in range(5)]
    await asyncio.gather(*(call.wait_for_answer() for call in calls))

    assert len(await studio.jobs_of(studio.mira)) == 1
