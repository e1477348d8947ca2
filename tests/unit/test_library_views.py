"""What `/character list` and `/character show` show."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NotAllowed
from bot.jobs.characters.library import Entry, Scope
from bot.model import AttemptState, Character, Maker, Person
from cogs import controls
from cogs.cards import overrun, texts
from cogs.controls import DrawnSelect
from cogs.library.lists import check_posting
from cogs.library.views import Shelf, Spot, back_button, list_view, sheet, sheet_buttons
from cogs.pictures import Picture
from cogs.suggestions import matches
from cogs.texts import library
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_character, a_clip, a_snowflake
from tests.unit.cards_reader import a_story
from tests.unit.discord_payloads import buttons_of

FRIEND_ID = a_snowflake()


def characters(count: int) -> list[Character]:
    return [
        a_character(name=f"Fen {number}", provider_character_id=f"char_{number}") for number in range(count)
    ]


def page_view(
    shelf: Sequence[Character], page: int, reader_id: int, scope: Scope = Scope.ALL
) -> discord.ui.LayoutView:
    return list_view(Shelf(shelf, Spot(scope, page), Person(reader_id, GUILD_ID)))


def shown(count: int, page: int) -> str:
    return "\n".join(texts(page_view(characters(count), page, OWNER_ID)))


def select_of(view: discord.ui.LayoutView) -> DrawnSelect:
    (found,) = [item for item in view.walk_children() if isinstance(item, DrawnSelect)]
    return found


def test_an_empty_library_says_how_to_fill_it() -> None:
    assert list(texts(page_view([], 0, OWNER_ID))) == [library.NO_CHARACTERS]


def test_eight_fit_on_one_page_without_buttons() -> None:
    view = page_view(characters(8), 0, OWNER_ID)

    assert buttons_of(view) == []
    assert all(f"char_{number}`" in shown(8, 0) for number in range(8))


def test_the_ninth_is_on_the_second_page() -> None:
    assert "char_8`" not in shown(9, 0)
    assert "char_8`" in shown(9, 1)
    assert "page 2 of 2" in shown(9, 1)


@pytest.mark.parametrize(
    ("page", "ids", "disabled"),
    [
        (0, ["c1:lst:page:0:all_-1", "c1:lst:page:0:all_1"], [True, False]),
        (1, ["c1:lst:page:0:all_0", "c1:lst:page:0:all_2"], [False, False]),
        (2, ["c1:lst:page:0:all_1", "c1:lst:page:0:all_3"], [False, True]),
    ],
)
def test_the_buttons_lead_to_the_pages_around(page: int, ids: list[str], disabled: list[bool]) -> None:
    buttons = buttons_of(page_view(characters(20), page, OWNER_ID))

    assert [button.custom_id for button in buttons] == ids
    assert [button.disabled for button in buttons] == disabled


def test_a_page_past_the_end_is_the_last_one() -> None:
    assert shown(9, 10**30) == shown(9, 1)


def test_each_of_a_page_can_be_opened_and_no_other() -> None:
    shelf = characters(9)

    select = select_of(page_view(shelf, 1, OWNER_ID, Scope.MINE))

    assert select.custom_id == "c1s:lst:open:0:mine_1"
    assert [(one.label, one.value, one.description) for one in select.options] == [
        ("Fen 8", shelf[8].character_id, "char_8")
    ]


def test_a_full_page_with_all_its_posters_is_taken_by_discord() -> None:
    posters = [Picture(f"{number}-poster.jpg", b"jpeg") for number in range(8)]

    view = list_view(Shelf(characters(20), Spot(page=1), Person(OWNER_ID, GUILD_ID)), posters)

    assert overrun(view) is None
    urls = [str(item.media.url) for item in view.walk_children() if hasattr(item, "media")]
    assert urls == [poster.url for poster in posters]


def test_a_poster_that_is_not_there_leaves_its_line_alone() -> None:
    posters = [None, Picture("2-poster.jpg", b"jpeg"), None]

    view = list_view(Shelf(characters(3), Spot(), Person(OWNER_ID, GUILD_ID)), posters)

    assert all(f"char_{number}" in "\n".join(texts(view)) for number in range(3))
    assert len([item for item in view.walk_children() if hasattr(item, "media")]) == 1


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_with_nothing_in_it_says_what_to_do(scope: Scope) -> None:
    (told,) = texts(page_view([], 0, OWNER_ID, scope))

    assert "/character create" in told
    assert ("/character share" in told) is (scope in (Scope.SHARED, Scope.SERVER))


def test_in_direct_messages_there_is_no_server_to_list() -> None:
    (told,) = texts(list_view(Shelf([], Spot(Scope.SERVER), Person(OWNER_ID, None))))

    assert "no server here" in told


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("page", [0, 3])
def test_a_spot_is_read_back_from_its_control(scope: Scope, page: int) -> None:
    spot = Spot(scope, page)

    assert Spot.parse(spot.control.arg) == spot
    assert back_button(spot).custom_id == spot.control.custom_id


@pytest.mark.parametrize("arg", [None, "", "nonsense_", "theirs_0"])
def test_what_names_no_spot_is_the_first_page_of_all(arg: str | None) -> None:
    assert Spot.parse(arg) == Spot()


def test_a_button_of_an_older_version_still_turns_to_its_page() -> None:
    assert Spot.parse("2") == Spot(Scope.ALL, 2)


def test_the_sheet_holds_the_id_alone_in_a_block_as_the_provider_spelt_it() -> None:
    title, block, _ = texts(sheet(Entry(a_character(provider_character_id="char_7Qk-2f9.Mira")), OWNER_ID))

    assert block == "```\nchar_7Qk-2f9.Mira\n```"
    assert "Mira" in title


def test_a_character_without_a_name_has_a_title_all_the_same() -> None:
    title, *_ = texts(sheet(Entry(a_character(name=None)), OWNER_ID))

    assert library.NO_NAME in title


def test_a_name_cannot_ping_or_format() -> None:
    hostile = a_character(name="@everyone [x](https://evil.example)")

    for view in (sheet(Entry(hostile), OWNER_ID), page_view([hostile], 0, OWNER_ID)):
        whole = "\n".join(texts(view))
        assert "@everyone" not in whole
        assert "](https://" not in whole


@given(st.lists(st.text(max_size=40), min_size=1, max_size=20), st.text(min_size=1, max_size=128))
def test_no_name_or_id_makes_a_page_that_discord_would_refuse(names: list[str], provider_id: str) -> None:
    shelf = [a_character(name=name, provider_character_id=provider_id) for name in names]

    assert overrun(page_view(shelf, 0, OWNER_ID)) is None
    assert overrun(sheet(Entry(shelf[0], former_ids=[provider_id] * 9), OWNER_ID)) is None


@pytest.mark.parametrize("typed", ["", "fen", "FEN", "  fen ", "7qk", "01K"])
def test_a_character_matches_by_name_or_id_in_any_case(typed: str) -> None:
    fen = a_character(name="Inspector Fen", provider_character_id="char_7Qk", created_at=NOON)

    assert matches(fen, typed)


def test_a_character_does_not_match_what_is_in_none_of_them() -> None:
    assert not matches(a_character(name=None, provider_character_id="char_7Qk"), "mira")


def test_a_choice_shows_name_age_and_the_beginning_of_the_id() -> None:
    character = a_character(name="Inspector Fen", provider_character_id="char_7Qk2f9mmmmmmmmmm")

    own = library.choice_label(character, NOON + timedelta(days=3), OWNER_ID)
    shared = library.choice_label(character, NOON, FRIEND_ID)

    assert own == "Inspector Fen · made 3 days ago · char_7Qk2f9m…"
    assert shared == "Inspector Fen · shared with you · made today · char_7Qk2f9m…"


@given(st.text(max_size=40), st.text(min_size=1, max_size=200), st.integers(0, 40_000))
def test_a_choice_always_fits(name: str, provider_id: str, days: int) -> None:
    character = a_character(name=name, provider_character_id=provider_id)

    for reader_id in (OWNER_ID, FRIEND_ID):
        assert 1 <= len(library.choice_label(character, NOON + timedelta(days=days), reader_id)) <= 100


def test_a_shared_character_is_marked_with_whose_it_is_for_others_only() -> None:
    mine = a_character()
    mark = f"shared by <@{OWNER_ID}>"

    for reader_id, is_marked in ((OWNER_ID, False), (FRIEND_ID, True)):
        for view in (sheet(Entry(mine), reader_id), page_view([mine], 0, reader_id)):
            assert (mark in "\n".join(texts(view))) is is_marked


def test_the_owners_sheet_says_whom_it_is_shared_with() -> None:
    mine = a_character()
    with_friend = replace(mine, shared_with_user_id=FRIEND_ID)
    with_server = replace(mine, shared_with_guild_id=GUILD_ID)

    def said(character: Character, reader_id: int) -> str:
        return "\n".join(texts(sheet(Entry(character), reader_id)))

    assert "Shared with" not in said(mine, OWNER_ID)
    assert f"Shared with <@{FRIEND_ID}>" in said(with_friend, OWNER_ID)
    assert "Shared with everybody in a server" in said(with_server, OWNER_ID)
    assert "Shared with" not in said(with_server, FRIEND_ID)


def test_the_sheet_lists_the_latest_former_ids() -> None:
    former = [f"char_{number}" for number in range(5)]

    text = "\n".join(texts(sheet(Entry(a_character(), former_ids=former), OWNER_ID)))

    assert "Former ids: `char_0`, `char_1`, `char_2` and 2 more" in text


def test_the_sheet_shows_the_poster_beside_its_title() -> None:
    view = sheet(Entry(a_character()), OWNER_ID, Picture("poster.jpg", b"jpeg"))

    shown_urls = [str(item.media.url) for item in view.walk_children() if hasattr(item, "media")]
    assert shown_urls == ["attachment://poster.jpg"]


@pytest.mark.parametrize(
    ("state", "clip", "reader_id", "after"),
    [
        (AttemptState.SUCCEEDED, a_clip(), OWNER_ID, ":3"),
        (AttemptState.FAILED, a_clip(), OWNER_ID, ":3"),
        (AttemptState.UNKNOWN, a_clip(), OWNER_ID, ""),
        (AttemptState.QUEUED, a_clip(), OWNER_ID, None),
        (AttemptState.SUCCEEDED, None, OWNER_ID, None),
        (AttemptState.SUCCEEDED, a_clip(), 5, None),
    ],
)
def test_only_the_owner_is_offered_to_renew_what_can_be_renewed(
    state: AttemptState, clip: object, reader_id: int, after: str | None
) -> None:
    character = a_character()
    entry = Entry(character, a_story(state=state, number=3, renews=character.character_id, clip=clip))

    found = [button.custom_id for button in sheet_buttons(entry, Person(reader_id, GUILD_ID))]

    assert found == ([] if after is None else [f"c1:chr:renew:{character.character_id}{after}"])


def test_the_owner_is_offered_every_other_provider_that_would_make_it() -> None:
    character = a_character()
    entry = Entry(character, a_story(state=AttemptState.SUCCEEDED, clip=a_clip()))
    makers = [Maker("another", "Another", from_picture=True)]

    own = sheet_buttons(entry, Person(OWNER_ID, GUILD_ID), makers)
    theirs = sheet_buttons(entry, Person(FRIEND_ID, GUILD_ID), makers)

    assert [button.label for button in own] == ["Renew", "Make it on Another"]
    assert own[1].custom_id == f"c1:chr:elsewhere:{character.character_id}:another"
    assert theirs == ()


@pytest.mark.parametrize(("has_poster", "offered"), [(True, True), (False, False)])
def test_where_it_would_be_renewed_from_a_picture_that_can_be_chosen(
    has_poster: bool, offered: bool
) -> None:  # a case
    clip = replace(a_clip(), poster=a_clip().stored if has_poster else None)
    entry = Entry(a_character(), a_story(state=AttemptState.SUCCEEDED, clip=clip))
    owner = Person(OWNER_ID, GUILD_ID)

    labels = [button.label for button in sheet_buttons(entry, owner, takes_picture=True)]

    assert ("Choose the picture" in labels) is offered
    assert "Choose the picture" not in [button.label for button in sheet_buttons(entry, owner)]


@pytest.mark.parametrize("arg", [None, "", "_", "another", "another_", "_3", "another_x", "another_-1"])
def test_what_names_no_provider_and_attempt_is_not_taken_for_one(arg: str | None) -> None:
    assert controls.made_at(arg) is None


def test_provider_and_attempt_are_read_back_from_their_control() -> None:
    assert controls.made_at(controls.make_at("0" * 26, "kie-sora-2-characters", 12).arg) == (
        "kie-sora-2-characters",
        12,
    )


def test_a_character_is_posted_for_its_owner_or_where_the_whole_server_has_it() -> None:
    mine, friend = a_character(), Person(FRIEND_ID, GUILD_ID)

    check_posting(mine, Person(OWNER_ID, GUILD_ID))
    check_posting(mine, Person(OWNER_ID, None))
    check_posting(replace(mine, shared_with_guild_id=GUILD_ID), friend)
    with pytest.raises(NotAllowed, match="post"):
        check_posting(replace(mine, shared_with_user_id=FRIEND_ID), friend)


@pytest.mark.parametrize("made_in", [None, GUILD_ID + 1])
def test_what_a_servers_moderators_cannot_take_down_is_not_posted_there(made_in: int | None) -> None:
    with pytest.raises(NotAllowed, match="post-elsewhere"):
        check_posting(a_character(guild_id=made_in), Person(OWNER_ID, GUILD_ID))
