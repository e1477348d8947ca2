"""Names of characters: what is left of them, and how two are told apart."""

import pytest

from bot.errors import TextTooLong
from bot.orders.names import NAME_UNITS, folded, free_name, name_of


def test_a_name_is_one_line_of_visible_characters() -> None:
    assert name_of(" Inspector\n\u202eFen ") == "Inspector Fen"
    assert name_of("\u200b") is None
    assert name_of(None) is None
    assert name_of("a" * 40) == "a" * 40


@pytest.mark.parametrize("name", ["a" * 41, "\N{FOX FACE}" * 21])
def test_a_name_over_forty_units_is_refused(name: str) -> None:
    with pytest.raises(TextTooLong) as caught:
        name_of(name)

    assert (caught.value.option, caught.value.limit) == ("name", 40)


def test_a_free_name_stays_as_it_is_and_a_taken_one_gets_the_next_number() -> None:
    assert free_name("Fen", {"owl"}) == "Fen"
    assert free_name("Fen", {"fen"}) == "Fen 2"
    assert free_name("FEN", {"fen", "fen 2", "fen 3"}) == "FEN 4"
    assert free_name("Straße", {folded("STRASSE")}) == "Straße 2"


def test_a_numbered_name_is_no_longer_than_a_name_may_be() -> None:
    longest = "a" * NAME_UNITS

    assert free_name(longest, {longest}) == "a" * (NAME_UNITS - 2) + " 2"
