"""What a member wrote, cleaned and measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import TextTooLong
from bot.orders import prose

ASTRAL = "🦊"
"""One character, two UTF-16 units."""


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("  fox detective \n", "fox detective"),
        ("a\x00b", "ab"),
        ("line\r\nline\rline", "line\nline\nline"),
        ("tab\tstays", "tab\tstays"),
        ("\u202egpj.exe", "gpj.exe"),
        ("e\u0301", "\u00e9"),
        ("\ud800lone", "lone"),
        ("hid\U000e0041den", "hidden"),
        ("\ufeffmark", "mark"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("\x1b[2Jclear", "[2Jclear"),
        ("{0.__class__} %s ${x}", "{0.__class__} %s ${x}"),
        (" \u200b ", ""),
    ],
)
def test_invisible_controls_are_taken_out_and_words_are_left_alone(written: str, sent: str) -> None:
    assert prose.clean(written) == sent


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=())))
def test_cleaning_twice_is_cleaning_once_and_always_encodable(text: str) -> None:
    cleaned = prose.clean(text)

    assert prose.clean(cleaned) == cleaned
    cleaned.encode("utf-8")


@pytest.mark.parametrize("text", ["a" * 5000, ASTRAL * 2500])
def test_five_thousand_units_are_accepted(text: str) -> None:
    assert prose.prompt(text) == text


@pytest.mark.parametrize(("text", "length"), [("a" * 5001, 5001), (ASTRAL * 2501, 5002)])
def test_one_unit_more_is_refused_with_both_figures(text: str, length: int) -> None:
    with pytest.raises(TextTooLong) as caught:
        prose.prompt(text)

    assert (caught.value.option, caught.value.length, caught.value.limit) == ("prompt", length, 5000)


def test_the_floor_goes_first_and_counts() -> None:
    assert prose.safety_instruction("Floor.", "no hats") == "Floor.\nno hats"
    with pytest.raises(TextTooLong) as caught:
        prose.safety_instruction("Floor.", "x" * 4994)

    assert (caught.value.length, caught.value.floor_length) == (5001, 6)


@pytest.mark.parametrize("own", [None, "", "  \x00 "])
def test_without_a_text_of_their_own_members_get_the_floor_alone(own: str | None) -> None:
    assert prose.safety_instruction("Floor.", own) == "Floor."
