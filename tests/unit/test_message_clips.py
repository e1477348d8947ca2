"""Which clip of a message is meant, and whether it is still there."""

from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.errors import ClipWithdrawn, MessageUnreadable, NoClipThere
from bot.model import (
    Attachment,
    MessageRef,
    Place,
    PlaceKind,
)
from bot.orders.picks import Pick
from cogs import guards
from cogs.orders.message_clips import clip_in, first_clip
from tests.builders import CHANNEL_ID, GUILD_ID, NOON, OWNER_ID, an_id
from tests.unit.discord_payloads import an_interaction

OLD = Attachment("https://cdn.discordapp.com/attachments/1/8/fox.mp4?ex=1", "fox.mp4", 41)
FRESH = replace(OLD, url="https://cdn.discordapp.com/attachments/1/8/fox.mp4?ex=2")
PICK = Pick(an_id(), OWNER_ID, GUILD_ID, MessageRef(CHANNEL_ID, 7), 8, OLD, NOON)
IN_DM = replace(PICK, guild_id=None)


def attached(filename: str, content_type: str | None) -> discord.Attachment:
    payload: dict[str, Any] = {
        "id": "1",
        "filename": filename,
        "size": 41,
        "url": "https://cdn.discordapp.com/attachments/1/2/x",
        "proxy_url": "https://media.discordapp.net/attachments/1/2/x",
    }
    if content_type:
        payload["content_type"] = content_type
    return discord.Attachment(data=payload, state=an_interaction()._state)  # type: ignore[arg-type]  # a payload


def read_again(attachment_id: int | None, author_id: int = OWNER_ID) -> dict[str, Any]:
    shape = {"id": str(attachment_id), "url": FRESH.url, "filename": FRESH.filename, "size": FRESH.size_bytes}
    return {"author": {"id": str(author_id)}, "attachments": [shape] if attachment_id else []}


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [
        ("fox.mp4", "video/mp4"),
        ("fox", "video/webm"),
        ("fox.AVI", None),
        ("fox.webm", None),
        ("fox.mov", "application/octet-stream"),
    ],
)
def test_a_video_is_known_by_type_or_else_by_name(filename: str, content_type: str | None) -> None:
    clip = attached(filename, content_type)

    assert first_clip([attached("cat.png", "image/png"), clip, attached("b.mp4", "video/mp4")]) is clip


@pytest.mark.parametrize(
    "attachments",
    [
        [],
        [
            ("cat.gif", "image/gif"),
            ("voice.ogg", "audio/ogg"),
            ("mp4", None),
            ("notes.mp4.txt", "text/plain"),
        ],
    ],
)
def test_a_message_without_a_video_is_refused(attachments: list[tuple[str, str | None]]) -> None:
    with pytest.raises(NoClipThere):
        first_clip([attached(*one) for one in attachments])


@pytest.mark.parametrize("pick", [PICK, IN_DM])
def test_a_clip_that_can_be_seen_is_taken_at_its_fresh_address(pick: Pick) -> None:
    assert clip_in(read_again(8), pick) == FRESH


def test_where_a_servers_message_hides_what_is_attached_the_address_is_the_one_it_was_picked_with() -> None:
    assert clip_in(read_again(None), PICK) == OLD


@pytest.mark.parametrize(
    ("message", "pick"),
    [
        (read_again(9), PICK),
        (read_again(9), IN_DM),
        (read_again(None), IN_DM),
        (read_again(8, author_id=1), PICK),
        (read_again(None, author_id=1), PICK),
    ],
)
def test_a_clip_that_was_taken_out_or_is_not_the_authors_is_refused(
    message: dict[str, Any], pick: Pick
) -> None:
    with pytest.raises(ClipWithdrawn):
        clip_in(message, pick)


@pytest.mark.parametrize("missing", ["view_channel", "read_message_history"])
def test_a_channel_that_cannot_be_read_is_refused(missing: str) -> None:
    held = discord.Permissions(view_channel=True, read_message_history=True)
    place = Place(GUILD_ID, CHANNEL_ID, PlaceKind.TEXT)

    guards.check_reading(place, held)
    held.update(**{missing: False})

    with pytest.raises(MessageUnreadable) as caught:
        guards.check_reading(place, held)
    assert caught.value.channel_id == CHANNEL_ID


def test_direct_messages_and_administrators_need_nothing_more() -> None:
    guards.check_reading(Place(None, CHANNEL_ID, PlaceKind.DM), discord.Permissions.none())
    guards.check_reading(Place(GUILD_ID, CHANNEL_ID, PlaceKind.TEXT), discord.Permissions(administrator=True))


@pytest.mark.parametrize("broken", [{"size": None}, {"size": "12"}, {"url": None}, {"filename": 7}])
def test_a_message_with_an_attachment_without_its_fields_is_not_sound(broken: dict[str, Any]) -> None:
    sound = {"id": "1", "filename": "fox.mp4", "size": 1, "url": "https://x", "proxy_url": "https://x"}

    assert guards.is_sound({"resolved": {"messages": {"7": {"attachments": [sound]}}}})
    assert not guards.is_sound({"resolved": {"messages": {"7": {"attachments": [sound, sound | broken]}}}})
