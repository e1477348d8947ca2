"""What `/character list` and `/character show` show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Character
from cogs.cards import overrun, texts
from cogs.library import matches, page_view, sheet
from cogs.texts import answers
from tests.builders import NOON, a_character
from tests.unit.discord_payloads import buttons_of


def characters(count: int) -> list[Character]:
    return [
        a_character(name=f"Fen {number}", provider_character_id=f"char_{number}") for number in range(count)
    ]


def shown(count: int, page: int) -> str:
    (text,) = texts(page_view(characters(count), page))
    return text


def test_an_empty_library_says_how_to_fill_it() -> None:
    assert list(texts(page_view([], 0))) == [answers.NO_CHARACTERS]


def test_eight_fit_on_one_page_without_buttons() -> None:
    view = page_view(characters(8), 0)

    assert buttons_of(view) == []
    assert all(f"char_{number}`" in shown(8, 0) for number in range(8))


def test_the_ninth_is_on_the_second_page() -> None:
    assert "char_8`" not in shown(9, 0)
    assert "char_8`" in shown(9, 1)
    assert "page 2 of 2" in shown(9, 1)


@pytest.mark.parametrize(
    ("page", "ids", "disabled"),
    [
        (0, ["c1:lst:page:0:-1", "c1:lst:page:0:1"], [True, False]),
        (1, ["c1:lst:page:0:0", "c1:lst:page:0:2"], [False, False]),
        (2, ["c1:lst:page:0:1", "c1:lst:page:0:3"], [False, True]),
    ],
)
def test_the_buttons_lead_to_the_pages_around(page: int, ids: list[str], disabled: list[bool]) -> None:
    buttons = buttons_of(page_view(characters(20), page))

    assert [button.custom_id for button in buttons] == ids
    assert [button.disabled for button in buttons] == disabled


def test_a_page_past_the_end_is_the_last_one() -> None:
    assert shown(9, 10**30) == shown(9, 1)


def test_the_sheet_holds_the_id_alone_in_a_block_as_the_provider_spelt_it() -> None:
    title, block, _ = texts(sheet(a_character(provider_character_id="char_7Qk-2f9.Mira")))

    assert block == "```\nchar_7Qk-2f9.Mira\n```"
    assert "Mira" in title


def test_a_character_without_a_name_has_a_title_all_the_same() -> None:
    title, *_ = texts(sheet(a_character(name=None)))

    assert answers.NO_NAME in title


def test_a_name_cannot_ping_or_format() -> None:
    hostile = a_character(name="@everyone [x](https://evil.example)")

    for view in (sheet(hostile), page_view([hostile], 0)):
        whole = "\n".join(texts(view))
        assert "@everyone" not in whole
        assert "](https://" not in whole


@given(st.lists(st.text(max_size=40), min_size=1, max_size=20), st.text(min_size=1, max_size=128))
def test_no_name_or_id_makes_a_page_that_discord_would_refuse(names: list[str], provider_id: str) -> None:
    library = [a_character(name=name, provider_character_id=provider_id) for name in names]

    assert overrun(page_view(library, 0)) is None
    assert overrun(sheet(library[0])) is None


@pytest.mark.parametrize("typed", ["", "fen", "FEN", "  fen ", "7qk", "01K"])
def test_a_character_matches_by_name_or_id_in_any_case(typed: str) -> None:
    fen = a_character(name="Inspector Fen", provider_character_id="char_7Qk", created_at=NOON)

    assert matches(fen, typed)


def test_a_character_does_not_match_what_is_in_none_of_them() -> None:
    assert not matches(a_character(name=None, provider_character_id="char_7Qk"), "mira")
