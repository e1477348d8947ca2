"""The page where a person acts as a member, and what `python -m sandbox` prints."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.__main__ import environment_lines, shown
from sandbox.box import open_sandbox
from tests.integration.sandbox_discord_api import BUTTON, Studio, heard_by, open_studio

FIELDS: dict[str, dict[str, Any]] = {
    "clip": {"type": 19},
    "prompt": {"type": 4, "style": 2},
    "subject": {"type": 21, "options": [{"label": one, "value": one} for one in ("me", "fictional")]},
    "agree": {"type": 23},
}
FORM = [
    {"type": 18, "label": name, "component": {"custom_id": name} | field} for name, field in FIELDS.items()
]


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


async def act(studio: Studio, form_name: str, /, **fields: Any) -> tuple[int, Any]:
    """Send a form of the page."""
    form = aiohttp.FormData(default_to_multipart=True)
    for key, value in fields.items():
        filename = "fox.mp4" if isinstance(value, bytes) else None
        form.add_field(key, value, filename=filename)
    async with studio.session.post(f"{studio.discord.base_url}/control/{form_name}", data=form) as response:
        return response.status, await response.json()


async def test_the_page_is_there(studio: Studio) -> None:
    async with studio.session.get(studio.discord.base_url + "/") as response:
        assert (response.status, "<form" in await response.text()) == (200, True)


async def test_a_command_with_a_clip_can_be_run(studio: Studio) -> None:
    heard = heard_by(studio)

    status, _ = await act(
        studio, "command", command="character create", clip=b"clip", subject="me", prompt=""
    )

    assert status == 200
    attachments = heard[0]["data"]["resolved"]["attachments"]
    assert [one["filename"] for one in attachments.values()] == ["fox.mp4"]


async def test_what_discord_would_refuse_is_told(studio: Studio) -> None:
    status, told = await act(studio, "command", command="character create", subject="me")

    assert (status, "clip" in told["refused"]) == (409, True)


async def test_buttons_and_reactions_work(studio: Studio) -> None:
    message = await studio.send(components=[BUTTON])
    heard = heard_by(studio)

    await act(studio, "press", message_id=str(message.id), button="Retry")
    await act(studio, "react", message_id=str(message.id), emoji="🔁")

    assert [one["data"]["custom_id"] for one in heard] == ["c1:retry:7"]
    assert message.reactions == {"🔁": [studio.mira.id]}
    assert (await act(studio, "react", message_id="1", emoji="🔁"))[0] == 409


async def test_the_conversation_can_be_read(studio: Studio) -> None:
    await studio.send("hello", components=[BUTTON])

    async with studio.session.get(f"{studio.discord.base_url}/control/conversation") as response:
        told = await response.json()

    assert told["places"][0]["place"] == "#studio"
    message = told["places"][0]["messages"][0]
    assert (message["author"], message["text"], message["buttons"]) == ("Dramatis", "hello", ["Retry"])
    assert "character create" in told["commands"]


async def conversation(studio: Studio) -> Any:
    async with studio.session.get(f"{studio.discord.base_url}/control/conversation") as response:
        return await response.json()


async def test_a_form_is_drawn_and_sent_and_then_gone(studio: Studio) -> None:
    heard = heard_by(studio)
    await act(studio, "command", command="character list", subject="no option of this command")
    call = next(iter(studio.discord.world.calls.values()))
    await studio.answer(call, 9, title="New character", custom_id="m:1", components=FORM)
    drawn = (await conversation(studio))["modal"]

    status, _ = await act(
        studio, "submit", clip=b"clip", prompt="a fox\r\non a hill", subject="me", agree="on"
    )

    assert [(one["name"], one["widget"]) for one in drawn["fields"]] == [
        ("clip", "file"),
        ("prompt", "lines"),
        ("subject", "choice"),
        ("agree", "box"),
    ]
    assert status == 200
    told = heard[1]["data"]
    assert [one["component"].get("value") for one in told["components"]] == [
        None,
        "a fox\non a hill",
        "me",
        True,
    ]
    assert [one["filename"] for one in told["resolved"]["attachments"].values()] == ["fox.mp4"]
    assert (await conversation(studio))["modal"] is None
    assert (await act(studio, "submit", prompt="again"))[0] == 409


async def test_a_message_with_a_clip_can_be_written_and_its_menu_used(studio: Studio) -> None:
    heard = heard_by(studio)

    await act(studio, "write", content="look", file=b"clip")
    (message,) = studio.channel.messages
    status, _ = await act(studio, "menu", message_id=str(message.id), command="Report character")

    assert (await conversation(studio))["menus"] == ["Report character"]
    assert (status, message.text, [file.filename for file in message.files]) == (200, "look", ["fox.mp4"])
    assert heard[0]["data"]["target_id"] == str(message.id)


async def test_the_settings_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    async with open_sandbox() as box:
        lines = environment_lines(box, str(tmp_path))

    assert f"export DISCORD_API_BASE_URL='{box.discord.api_base_url}'" in lines
    assert all(line.startswith("export ") for line in lines)


async def test_messages_are_framed_and_the_rest_is_a_line(studio: Studio) -> None:
    message = await studio.send("hello [b]", components=[BUTTON])
    await studio.mira.react(message, "🔁")

    kinds = [(event.kind, type(shown(event)).__name__) for event in studio.discord.events[-2:]]

    assert kinds == [("message", "Panel"), ("reaction", "Text")]
