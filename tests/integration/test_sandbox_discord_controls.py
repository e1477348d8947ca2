"""Buttons, selects and modals: what a person can do with them and what the bot hears."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.discord.commands import ClientRefused
from sandbox.discord.files import AttachmentFile
from tests.integration.sandbox_discord_api import BUTTON, EPHEMERAL, Studio, heard_by, open_studio

MODAL: dict[str, Any] = {
    "title": "Try again",
    "custom_id": "m:1",
    "components": [
        {"type": 10, "content": "Change what you like."},
        {"type": 18, "label": "Prompt", "component": {"type": 4, "style": 2, "custom_id": "prompt"}},
        {
            "type": 18,
            "label": "Clip",
            "component": {"type": 19, "custom_id": "clip", "required": False},
        },
        {
            "type": 18,
            "label": "Safety",
            "component": {
                "type": 21,
                "custom_id": "safety",
                "options": [{"label": "Strict", "value": "strict"}, {"label": "Standard", "value": "std"}],
            },
        },
    ],
}


FIELD = ("data", "components", "0", "component")


def upload(**changes: Any) -> dict[str, Any]:
    """A labelled file upload."""
    return {"type": 18, "label": "Clip", "component": {"type": 19, "custom_id": "clip"} | changes}


def choice(count: int, **changes: Any) -> dict[str, Any]:
    """A labelled radio group, unless it is to be of another type."""
    options = [{"label": str(number), "value": str(number)} for number in range(count)]
    field = {"type": 21, "custom_id": "choice", "options": options} | changes
    return {"type": 18, "label": "Choice", "component": field}


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


@pytest.fixture
def heard(studio: Studio) -> list[dict[str, Any]]:
    return heard_by(studio)


async def test_a_button_is_pressed_by_label_or_custom_id(studio: Studio, heard: list[dict[str, Any]]) -> None:
    message = await studio.send(components=[BUTTON])

    await studio.mira.press(message, "Retry")
    await studio.mira.press(message, "c1:retry")

    assert [one["data"]["custom_id"] for one in heard] == ["c1:retry:7"] * 2
    assert (heard[0]["type"], heard[0]["data"]["component_type"]) == (3, 2)
    assert heard[0]["message"]["id"] == str(message.id)


async def test_a_press_can_change_its_message(studio: Studio) -> None:
    message = await studio.send(components=[BUTTON])
    press = await studio.mira.press(message, "Retry")

    _, receipt = await studio.answer(press, 7, content="pressed", components=[])

    assert (message.text, message.buttons) == ("pressed", {})
    assert receipt["resource"]["message"]["id"] == str(message.id)
    with pytest.raises(ClientRefused):
        await studio.mira.press(message, "Retry")


async def test_a_silent_acknowledgement_lets_the_original_be_edited(studio: Studio) -> None:
    message = await studio.send(components=[BUTTON])
    press = await studio.mira.press(message, "Retry")
    await studio.answer(press, 6)

    await studio.api("PATCH", studio.webhook(press, "/messages/@original"), {"content": "later"})

    assert message.text == "later"


async def test_a_disabled_button_cannot_be_pressed(studio: Studio) -> None:
    row = {"type": 1, "components": [{**BUTTON["components"][0], "disabled": True}]}
    message = await studio.send(components=[row])

    with pytest.raises(ClientRefused):
        await studio.mira.press(message, "Retry")


async def test_others_cannot_press_on_an_ephemeral_message(studio: Studio) -> None:
    call = await studio.call()
    await studio.answer(call, 4, content="only you", flags=EPHEMERAL, components=[BUTTON])
    ola = studio.guild.add_member("Ola")
    assert call.original is not None

    with pytest.raises(ClientRefused):
        await ola.press(call.original, "Retry")
    await studio.mira.press(call.original, "Retry")


async def test_a_select_sends_the_values_on_offer(studio: Studio, heard: list[dict[str, Any]]) -> None:
    options = [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]
    text = {"type": 3, "custom_id": "pick", "options": options}
    people = {"type": 5, "custom_id": "who"}
    rows = [{"type": 1, "components": [one]} for one in (text, people)]
    message = await studio.send(components=rows)

    await studio.mira.select(message, "pick", ["b"])
    await studio.mira.select(message, "who", [studio.mira])

    assert heard[0]["data"]["values"] == ["b"]
    assert heard[1]["data"]["values"] == [str(studio.mira.id)]
    assert str(studio.mira.id) in heard[1]["data"]["resolved"]["users"]
    with pytest.raises(ClientRefused):
        await studio.mira.select(message, "pick", ["c"])
    with pytest.raises(ClientRefused):
        await studio.mira.select(message, "pick", ["a", "b"])


async def test_a_modal_is_filled_in(studio: Studio, heard: list[dict[str, Any]]) -> None:
    message = await studio.send(components=[BUTTON])
    press = await studio.mira.press(message, "Retry")
    assert (await studio.answer(press, 9, **MODAL))[0] == 200

    clip = AttachmentFile("new.mov", b"x")
    modal = await press.wait_for_modal()
    submit = await studio.mira.submit(modal, prompt="a wiser fox", clip=clip, safety="strict")

    told = heard[1]
    assert (told["type"], told["data"]["custom_id"], told["message"]["id"]) == (5, "m:1", str(message.id))
    fields = [one["component"] for one in told["data"]["components"] if "component" in one]
    assert fields[0]["value"] == "a wiser fox"
    assert told["data"]["resolved"]["attachments"][fields[1]["values"][0]]["filename"] == "new.mov"
    assert fields[2]["value"] == "strict"
    assert (await studio.answer(submit, 7, content="queued"))[0] == 200
    assert message.text == "queued"


async def test_a_modal_does_not_answer_a_modal(studio: Studio) -> None:
    call = await studio.call()
    await studio.answer(call, 9, **MODAL)
    submit = await studio.mira.submit(await call.wait_for_modal(), prompt="fox", safety="std")

    assert (await studio.answer(submit, 9, **MODAL))[1]["code"] == 50035


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"safety": "std"},
        {"prompt": "x" * 4001},
        {"prompt": "x", "safety": "none"},
        {"prompt": "x", "colour": "red"},
    ],
)
async def test_the_app_does_not_submit_a_wrongly_filled_modal(studio: Studio, values: dict[str, Any]) -> None:
    call = await studio.call()
    await studio.answer(call, 9, **MODAL)
    modal = await call.wait_for_modal()

    with pytest.raises(ClientRefused):
        await studio.mira.submit(modal, **values)


async def test_a_modal_that_was_sent_can_be_sent_again_and_is_another_interaction(
    studio: Studio, heard: list[dict[str, Any]]
) -> None:
    call = await studio.call()
    await studio.answer(call, 9, **MODAL)
    modal = await call.wait_for_modal()

    submits = [await studio.mira.submit(modal, prompt="fox", safety="std") for _ in range(2)]

    assert [one["data"]["custom_id"] for one in heard[1:]] == ["m:1", "m:1"]
    assert submits[0].id != submits[1].id


async def test_a_modal_is_on_one_screen_only(studio: Studio) -> None:
    call = await studio.call()
    await studio.answer(call, 9, **MODAL)
    ola = studio.guild.add_member("Ola")

    with pytest.raises(ClientRefused):
        await ola.submit(await call.wait_for_modal(), prompt="fox", safety="std")


async def test_who_waits_for_a_modal_is_told_what_came_instead(studio: Studio) -> None:
    call = await studio.call()
    await studio.answer(call, 4, content="no form today")

    with pytest.raises(LookupError, match="no form today"):
        await call.wait_for_modal()


@pytest.mark.parametrize("count", [2, 10])
async def test_a_required_upload_and_as_many_choices_as_discord_allows_are_taken(
    studio: Studio, count: int
) -> None:
    components = [upload(min_values=1, file_types=["video", ".avi"]), choice(count)]

    assert (await studio.answer(await studio.call(), 9, **(MODAL | {"components": components})))[0] == 200


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"title": "x" * 46}, ("data", "title")),
        ({"custom_id": "x" * 101}, ("data", "custom_id")),
        ({"components": []}, ("data", "components")),
        ({"components": MODAL["components"] * 2}, ("data", "components")),
        ({"components": [BUTTON]}, ("data", "components", "0", "components", "0", "type")),
        (
            {"components": [{**MODAL["components"][1], "label": "x" * 46}]},
            ("data", "components", "0", "label"),
        ),
        ({"components": [upload(min_values=0)]}, (*FIELD, "min_values")),
        ({"components": [upload(max_values=11)]}, (*FIELD, "max_values")),
        ({"components": [upload(file_types=["video"] * 11)]}, (*FIELD, "file_types")),
        ({"components": [upload(file_types=["mp4"])]}, (*FIELD, "file_types", "0")),
        ({"components": [choice(1)]}, (*FIELD, "options")),
        ({"components": [choice(11)]}, (*FIELD, "options")),
        ({"components": [choice(3, type=3, disabled=True)]}, (*FIELD, "disabled")),
        ({"components": [choice(3, type=3, min_values=0)]}, (*FIELD, "min_values")),
        ({"components": [choice(3, type=22, min_values=0)]}, (*FIELD, "min_values")),
        ({"components": [upload(), upload()]}, ("data", "components")),
    ],
)
async def test_modals_have_limits(studio: Studio, change: dict[str, Any], path: tuple[str, ...]) -> None:
    _, body = await studio.answer(await studio.call(), 9, **(MODAL | change))

    node = body["errors"]
    for step in path:
        node = node[step]
    assert node["_errors"]
