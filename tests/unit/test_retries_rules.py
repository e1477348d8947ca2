"""Which reactions are wishes, and which attempt a button is about."""

import discord
import pytest

from cogs.controls import Control
from cogs.retries import attempt_number_of, is_retry_emoji


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
