"""The ids of buttons, and that no message can make the bot deaf to them."""

import asyncio
from dataclasses import replace
from typing import Any

import discord
import pytest
from discord import ui

from bot.clip import KeptClip
from bot.model import AttemptState, Maker
from bot.notices import SettledBy
from cogs import cards, controls
from cogs.controls import TEMPLATE, Control, DrawnButton, job_buttons
from tests.builders import NOON, a_clip, an_id
from tests.unit.cards_reader import a_story, buttons_of
from tests.unit.discord_payloads import COMPONENT, an_interaction

JOB_ID = "01K00000000000000000000007"


class Presses:
    """Notes what was pressed."""

    def __init__(self) -> None:
        self.controls: list[Control] = []
        self.arrived = asyncio.Event()

    async def press(self, _interaction: discord.Interaction[Any], control: Control) -> None:
        self.controls.append(control)
        self.arrived.set()


def test_an_id_is_written_and_read_alike() -> None:
    assert controls.retry(JOB_ID, 2).custom_id == f"c1:job:retry:{JOB_ID}:2"
    assert controls.cancel(JOB_ID).custom_id == f"c1:job:cancel:{JOB_ID}"
    for control in (controls.retry(JOB_ID, 2), controls.cancel(JOB_ID), Control("lst", "next", "0", "p-2")):
        assert Control.parse(control.custom_id) == control


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "c1",
        f"c2:job:retry:{JOB_ID}:2",
        f"c1:job:retry:{JOB_ID}:",
        f"c1:job:retry:{JOB_ID}:2:3",
        f"c1:job:retry:{JOB_ID.lower()}:2",
        f"c1:job:retry:{JOB_ID}0:2",
        "c1:job:retry:01K0000000000000000000000U:2",
        "c1:job:retry::2",
        f"C1:job:retry:{JOB_ID}:2",
        f" c1:job:retry:{JOB_ID}:2",
        f"c1:job:retry:{JOB_ID}:2\n",
        f"c1:job:retry:{JOB_ID}:'; DROP TABLE jobs",
        "c1:" + "j" * 97,
    ],
)
def test_an_id_of_another_making_is_not_read(custom_id: str) -> None:
    assert Control.parse(custom_id) is None


def test_the_longest_id_fits_into_discords_hundred_characters() -> None:
    longest = Control("a" * 8, "b" * 16, an_id(), "c" * 40)

    assert Control.parse(longest.custom_id) == longest
    assert len(longest.custom_id) <= 100


async def test_a_press_reaches_the_one_who_was_injected() -> None:
    client, presses = a_client()
    story = a_story(state=AttemptState.FAILED)
    view = cards.failure_message(story, SettledBy.OPERATOR)

    press(client, view, controls.retry(story.job.job_id, 1).custom_id)
    async with asyncio.timeout(2):
        await presses.arrived.wait()

    assert presses.controls == [Control("job", "retry", story.job.job_id, "1")]


async def test_messages_of_ours_are_never_kept_by_the_library() -> None:
    client, _ = a_client()
    store = client._connection._view_store

    for message_id, state in enumerate(AttemptState):
        view = cards.progress_card(a_story(state=state), NOON)
        client._connection.store_view(view, message_id)
        assert not view.is_dispatchable()

    assert store._views == {}
    assert store._synced_message_views == {}


async def test_no_message_that_ends_or_is_sent_again_takes_the_pattern_away() -> None:
    client, presses = a_client()
    story = a_story(state=AttemptState.FAILED)
    view = cards.failure_message(story, SettledBy.OPERATOR)

    # What discord.py does with an ephemeral answer, a view that is sent twice, one that is stopped.
    view.timeout = 15 * 60.0
    client._connection.store_view(view, 1)
    view.add_item(ui.TextDisplay("changed"))
    client._connection.store_view(view, 1)
    view.stop()

    assert list(client._connection._view_store._dynamic_items) == [TEMPLATE]
    press(
        client,
        cards.failure_message(story, SettledBy.OPERATOR),
        controls.retry(story.job.job_id, 1).custom_id,
    )
    async with asyncio.timeout(2):
        await presses.arrived.wait()


async def test_the_library_still_forgets_the_pattern_of_a_view_that_mixes_buttons() -> None:
    """Why `DrawnButton` exists. When this fails after an upgrade, the reason is gone."""
    client, presses = a_client()
    store = client._connection._view_store
    button_class: Any = job_buttons(presses.press)
    control = controls.cancel(JOB_ID)
    plain: ui.Button[Any] = ui.Button(label="Cancel", custom_id=control.custom_id)
    view = ui.LayoutView(timeout=180.0)
    view.add_item(ui.ActionRow(button_class(plain, control), ui.Button(label="?", custom_id="another")))

    client._connection.store_view(view, 1)
    view.stop()

    assert list(store._dynamic_items) == []


def test_a_drawn_button_is_an_ordinary_button_to_discord() -> None:
    drawn = DrawnButton(controls.retry(JOB_ID, 1), "Try again", emoji="🔁")
    ordinary: ui.Button[Any] = ui.Button(label="Try again", custom_id=f"c1:job:retry:{JOB_ID}:1", emoji="🔁")

    assert drawn.to_component_dict() == ordinary.to_component_dict()


def a_client() -> tuple[discord.Client, Presses]:
    """A client without a connection, its buttons registered."""
    presses = Presses()
    client = discord.Client(intents=discord.Intents.none())
    client.add_dynamic_items(job_buttons(presses.press))
    return client, presses


def press(client: discord.Client, view: ui.LayoutView, custom_id: str) -> None:
    """Lets the client meet a press of a button on a message that it has never seen."""
    pattern: Any = an_interaction(type=COMPONENT)
    message = {
        "id": "1300000000000000001",
        "channel_id": str(pattern.channel_id),
        "author": {"id": "1", "username": "dramatis", "discriminator": "0", "avatar": None},
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
        "type": 0,
        "flags": discord.MessageFlags(components_v2=True).value,
        "components": [item.to_component_dict() for item in view.children],
    }
    met = an_interaction(type=COMPONENT, message=message, data={"custom_id": custom_id, "component_type": 2})
    client._connection._view_store.dispatch_view(2, custom_id, met)


PICTURED = replace(a_clip(), poster=a_clip().stored)
OF_CLIP, OF_PICTURE = (Maker(name, name, from_picture=name == "omni") for name in ("sora", "omni"))


@pytest.mark.parametrize(
    ("state", "maker", "elsewhere", "clip", "offered"),
    [
        (AttemptState.QUEUED, OF_PICTURE, None, PICTURED, True),
        (AttemptState.HANDED_OVER, OF_PICTURE, None, PICTURED, True),
        (AttemptState.QUEUED, OF_CLIP, OF_PICTURE, PICTURED, True),
        (AttemptState.QUEUED, OF_CLIP, None, PICTURED, False),
        (AttemptState.QUEUED, OF_PICTURE, None, replace(PICTURED, poster=None), False),
        (AttemptState.SUBMITTING, OF_PICTURE, None, PICTURED, False),
        (AttemptState.SUCCEEDED, OF_PICTURE, None, PICTURED, False),
    ],
)
def test_a_card_offers_to_choose_the_picture_while_one_may_still_be_used(
    state: AttemptState, maker: Maker, elsewhere: Maker | None, clip: KeptClip, *, offered: bool
) -> None:
    story = a_story(state=state, maker=maker, elsewhere=elsewhere, clip=clip)

    found = buttons_of(cards.progress_card(story, NOON))

    assert ("Choose the picture" in found) is offered
    if offered:
        assert found["Choose the picture"] == f"c1:pic:open:{story.job.job_id}"
