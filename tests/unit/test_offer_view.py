"""The private message in which a part of a clip is chosen."""

from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.clip import ClipRule, Offer, Part, StoredClip
from bot.model import AttemptState, Story
from bot.orders import parts
from cogs import cards
from cogs.controls import Control
from cogs.offer_view import CUT, LENGTH, OPEN, START, STEP, USE, decoded, encoded, offer_reply
from cogs.orders.offers import wish_of
from cogs.pictures import Picture
from tests.builders import NOON
from tests.unit.cards_reader import a_story, buttons_of, text_of

SHEET = Picture("clip.jpg", b"a picture")
STORED = StoredClip("sha256/aa/bb", "a" * 64, 9)
SECONDS = st.floats(1.0, 3600.0)


def offered(seconds: float = 14.2, **changes: Any) -> Story:
    offer = Offer(STORED, STORED, seconds, parts.suggestion(seconds))
    facts = {"rule": ClipRule.TOO_LONG, "rule_found": f"{seconds:.2f} s", "rule_accepted": "1 to 4 s"}
    return a_story(**{"state": AttemptState.OFFERED, "clip": None, "offer": offer} | facts | changes)


def view_of(story: Story, part: Part | None = None, sheet: Picture | None = SHEET) -> ui.LayoutView:
    assert story.job.offer is not None
    return offer_reply(story, story.job.offer, part or story.job.offer.part, sheet).view


def selects_of(view: ui.LayoutView) -> dict[str, ui.Select[Any]]:
    """By the action in the id."""
    found = [item for item in view.walk_children() if isinstance(item, ui.Select)]
    return {str(select.custom_id).split(":")[2]: select for select in found}


def test_it_names_the_rule_the_measured_value_and_the_limit_and_asks_for_the_choice() -> None:
    text = text_of(view_of(offered(prompt="fox detective")))

    assert "That clip is too long: **14.20 s**; it must be **1 to 4 s**. Nothing was charged." in text
    assert "Choose the part to keep:" in text
    assert "Keeps **0:05.0 – 0:09.0**: 4 s of 14.2 s." in text
    assert "```\nfox detective\n```" in text


def test_the_sheet_is_shown_by_the_file_that_comes_along() -> None:
    story = offered()
    assert story.job.offer is not None

    reply = offer_reply(story, story.job.offer, story.job.offer.part, SHEET)

    galleries = [item for item in reply.view.walk_children() if isinstance(item, ui.MediaGallery)]
    assert [gallery.items[0].media.url for gallery in galleries] == ["attachment://clip.jpg"]
    assert [file.filename for file in reply.files] == ["clip.jpg"]


def test_without_its_sheet_the_choice_is_still_there() -> None:
    view = view_of(offered(), sheet=None)

    assert not [item for item in view.walk_children() if isinstance(item, ui.MediaGallery)]
    assert set(selects_of(view)) == {START, LENGTH}


def test_starts_go_in_half_seconds_with_the_present_one_marked() -> None:
    select = selects_of(view_of(offered(14.2)))[START]

    assert [option.label for option in select.options][:3] == ["0:00.0", "0:00.5", "0:01.0"]
    assert [option.value for option in select.options if option.default] == ["5000"]


def test_a_clip_that_only_is_of_the_wrong_kind_is_used_whole_with_one_press() -> None:
    story = offered(3.2, rule=ClipRule.WRONG_CONTAINER, rule_found="a QuickTime file", rule_accepted="MP4")
    view = view_of(story)

    assert START not in selects_of(view)
    labels = buttons_of(view)
    assert labels["Use the whole clip"] == f"c1:cut:use:{story.job.job_id}:0-3200"
    assert "◀ ½ s" not in labels


def test_the_buttons_move_by_half_a_second_and_stop_at_the_ends() -> None:
    story = offered(14.2)
    middle, first = view_of(story), view_of(story, Part(0, 4000))

    assert buttons_of(middle)["◀ ½ s"].endswith(":4500-4000")
    assert buttons_of(middle)["½ s ▶"].endswith(":5500-4000")
    disabled = [b.label for b in first.walk_children() if isinstance(b, ui.Button) and b.disabled]
    assert disabled == ["◀ ½ s"]


@given(seconds=SECONDS, start=st.integers(0, 4_000_000), length=st.integers(0, 5000))
def test_whatever_is_chosen_the_message_is_one_that_discord_takes(
    seconds: float, start: int, length: int
) -> None:
    story = offered(seconds, prompt="`" * 5000, safety="ü" * 5000)
    part = parts.fitted(start, length, seconds)

    view = view_of(story, part)

    assert cards.overrun(view) is None
    ids = [str(getattr(item, "custom_id", "")) for item in view.walk_children()]
    ids = [one for one in ids if one.startswith("c1")]
    assert len(ids) == len(set(ids))
    assert max(map(len, ids)) <= 100
    for select in selects_of(view).values():
        assert 2 <= len(select.options) <= 25
        assert [option.value for option in select.options if option.default] in (
            [str(part.start_milliseconds)],
            [str(part.length_milliseconds)],
        )
    assert buttons_of(view)[
        "Use this part" if "Use this part" in buttons_of(view) else "Use the whole clip"
    ].endswith(f":{encoded(part)}")


@pytest.mark.parametrize("arg", [None, "", "-", "5000", "5000-", "-4000", "a-b", "1-2-3", "²-1"])
def test_an_argument_that_holds_no_part_is_none(arg: str | None) -> None:
    assert decoded(arg) is None


@pytest.mark.parametrize(
    ("action", "values", "wish"),
    [
        (START, ("7000",), (7000, 2000)),
        (LENGTH, ("3500",), (500, 3500)),
        (STEP, (), (500, 2000)),
        (START, ("x",), (500, 2000)),
    ],
)
def test_what_was_picked_replaces_one_half_of_the_choice(
    action: str, values: tuple[str, ...], wish: tuple[int, int]
) -> None:
    assert wish_of(Control(CUT, action, "0" * 26, "500-2000", values)) == wish


def test_the_card_says_neutrally_that_a_part_is_chosen_and_has_the_button_for_it() -> None:
    story = offered(prompt="fox detective", name="Fen")
    card = cards.progress_card(story, NOON)

    assert "It needs a cut" in text_of(card)
    assert "14.20" not in text_of(card)
    assert buttons_of(card)["Choose the part to keep"] == f"c1:{CUT}:{OPEN}:{story.job.job_id}"
    assert "Cancel" in buttons_of(card)


def test_the_card_of_a_clip_that_is_being_cut_says_so() -> None:
    assert "Cutting the clip" in text_of(cards.progress_card(offered(state=AttemptState.MENDING), NOON))


def test_a_poster_stands_beside_the_head_of_the_card_and_of_the_result() -> None:
    poster = Picture("poster.jpg", b"a picture")
    card = cards.progress_card(a_story(state=AttemptState.QUEUED), NOON, poster)

    thumbnails = [item for item in card.walk_children() if isinstance(item, ui.Thumbnail)]
    assert [one.media.url for one in thumbnails] == ["attachment://poster.jpg"]
    assert cards.overrun(card) is None


def test_the_control_for_using_a_part_survives_the_way_through_its_id() -> None:
    control = Control(CUT, USE, "0" * 26, encoded(Part(3_596_000, 4000)))

    assert Control.parse(control.custom_id) == control
    assert Control.parse(control.select_id) == control
