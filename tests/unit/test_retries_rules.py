"""Which reactions are wishes, and which attempt a button is about."""

from typing import Any, cast

import discord
import pytest

from bot.clock import SystemClock
from bot.jobs.desk import Desk
from bot.notices import SettledBy
from cogs.commands import character_group
from cogs.controls import Control
from cogs.retries import Retries, attempt_number_of
from cogs.wishes import is_retry_emoji
from tests.builders import CHANNEL_ID, GUILD_ID, OWNER_ID
from tests.unit.discord_payloads import APPLICATION_ID, an_interaction

NO_DESK = cast("Desk", None)
"""Dropping a reaction asks nothing of it."""


def an_event(**changes: Any) -> discord.RawReactionActionEvent:
    """Mira's 🔁 on a message of the bot; any field of the payload, or the member, can be set by name."""
    member = changes.pop("member", an_interaction().user)
    defaults: dict[str, Any] = {
        "message_id": "9",
        "channel_id": str(CHANNEL_ID),
        "user_id": str(OWNER_ID),
        "guild_id": str(GUILD_ID),
        "message_author_id": str(APPLICATION_ID),
        "type": 0,
    }
    payload = {name: value for name, value in (defaults | changes).items() if value is not None}
    event = discord.RawReactionActionEvent(payload, discord.PartialEmoji(name="🔁"), "REACTION_ADD")  # type: ignore[arg-type]  # a payload
    event.member = member
    return event


def is_wish(event: discord.RawReactionActionEvent) -> bool:
    cog = Retries(
        character_group(),
        desk=NO_DESK,
        clock=SystemClock(),
        allowed_guilds=None,
        own_user_id=lambda: APPLICATION_ID,
        settled_by=SettledBy.OPERATOR,
    )
    return cog._is_wish(event)


def test_a_members_arrow_on_a_message_of_the_bot_is_a_wish() -> None:
    assert is_wish(an_event())


def test_an_event_that_does_not_name_the_author_is_a_wish_until_it_is_looked_up() -> None:
    assert is_wish(an_event(message_author_id=None))


@pytest.mark.parametrize(
    "change",
    [
        {"user_id": str(APPLICATION_ID)},
        {"message_author_id": "77"},
        {"guild_id": None},
        {"member": None},
    ],
    ids=repr,
)
def test_what_cannot_be_a_members_wish_is_dropped(change: dict[str, Any]) -> None:
    assert not is_wish(an_event(**change))


@pytest.mark.parametrize("emoji", ["🔁", "🔄", "♻", "♻️", "♻\ufe0e", "🔁\ufe0f"])
def test_the_three_arrows_are_one_with_or_without_a_variation_selector(emoji: str) -> None:
    assert is_retry_emoji(discord.PartialEmoji(name=emoji))


@pytest.mark.parametrize("emoji", ["🔂", "❌", "🔁🔁", "👍🏽", "", "repeat", "\ufe0f", "🔁 "])
def test_other_emoji_are_not(emoji: str) -> None:
    assert not is_retry_emoji(discord.PartialEmoji(name=emoji))


def test_a_custom_emoji_of_that_name_is_not() -> None:
    assert not is_retry_emoji(discord.PartialEmoji(name="🔁", id=1))


@pytest.mark.parametrize(
    ("arg", "number"),
    [("1", 1), ("12", 12), (None, None), ("", None), ("-1", None), ("x", None), ("²", None)],
)
def test_a_retry_button_names_an_attempt_in_plain_digits(arg: str | None, number: int | None) -> None:
    assert attempt_number_of(Control("job", "retry", "0", arg)) == number
