"""What is drawn for a job, whatever people wrote in it."""

import re
from dataclasses import replace
from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.clip import ClipRule
from bot.fault import Fault
from bot.jobs.desk import MAX_ATTEMPTS
from bot.model import AttemptState, Circuit, Maker, Place, PlaceKind, Story
from bot.notices import SettledBy
from cogs import cards
from cogs.controls import Control
from tests.builders import NOON, OWNER_ID, a_character
from tests.unit.cards_reader import a_story, buttons_of, text_of

_S = AttemptState
FROM_PICTURES = Maker("the-second", "Pictures", from_picture=True)
FROM_CLIPS = Maker("the-third", "Clips", from_picture=False)
HOSTILE = {
    "back-ticks": "`" * 5000,
    "everyone": "@everyone " * 500,
    "mentions": "<@1200000000000000004><@&1200000000000000005>" * 100,
    "right-to-left": "\u202e" * 2500 + "gpj.exe" * 300,
    "zalgo": ("x" + "\u0335" * 20) * 230,
    "one long grapheme": "x" + "\u0335" * 4999,
    "nul": "a\x00b" * 1600,
    "astral": "🦊" * 2500,
    "families": "👩\u200d👩\u200d👧\u200d👦" * 700,
    "newlines": "\n" * 5000,
    "headings": "# T\n> q\n- l\n" * 400,
    "links": "[safe](https://evil.example) discord.gg/abc " * 100,
    "no space": "a" * 5000,
    "break-out": "```\n@everyone\n```" * 300,
    "templates": "{0.__class__} %s ${x} {{7*7}}",
}


# Outside of fences, escapes left standing.
DANGEROUS = re.compile(r"@everyone|@here|(?<!\\)<@&|https?://|\]\(|discord\.gg/", re.IGNORECASE)


def drawn(story: Story) -> list[ui.LayoutView]:
    """Everything that can be drawn of a story."""
    views = [
        cards.progress_card(story, NOON),
        cards.attempt_message(story),
        cards.late_refusal_message(story),
    ]
    views.append(cards.refusal_message(story).view)
    if story.character:
        views.append(cards.result_message(story))
    if story.attempt.state in (_S.FAILED, _S.EXPIRED, _S.UNKNOWN, _S.CANCELLED):
        views.append(cards.failure_message(story, SettledBy.OPERATOR))
    return views


@pytest.mark.parametrize("state", list(_S))
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_every_message_fits_whatever_the_member_wrote(state: AttemptState, text: str) -> None:
    character = a_character(name=text, provider_character_id=text, may_stop_working_at=NOON)
    story = a_story(
        state=state,
        prompt=text,
        safety=text,
        name=text,
        task_id=text,
        rule=ClipRule.TOO_COMPLEX,
        rule_found=text,
        rule_accepted=text,
        character=character,
    )

    for view in drawn(story):
        assert cards.overrun(view) is None
        fenced = text_of(view).split("```")
        assert len(fenced) % 2 == 1, "a fence is open"
        assert not DANGEROUS.search(" ".join(fenced[::2]))


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("state", [_S.FAILED, _S.EXPIRED, _S.UNKNOWN, _S.REJECTED, _S.QUEUED])
def test_every_fault_in_every_state_fits(state: AttemptState, fault: Fault) -> None:
    for view in drawn(a_story(state=state, fault=fault, number=2, prompt="a" * 5000)):
        assert cards.overrun(view) is None


@given(st.text(max_size=400))
def test_only_the_owner_and_who_asked_are_ever_mentioned(text: str) -> None:
    story = a_story(
        state=_S.FAILED, prompt=text, name=text, requested_by=77, character=a_character(name=text)
    )

    for view in (
        cards.progress_card(story, NOON),
        cards.failure_message(story, SettledBy.OPERATOR),
        cards.result_message(story),
    ):
        mentioned = re.findall(r"(?<!\\)<@(.*?)>", text_of(view), re.DOTALL)
        assert set(mentioned) <= {str(OWNER_ID), "77"}


def test_a_message_that_is_too_long_or_too_full_is_noticed() -> None:
    long, full = ui.LayoutView(timeout=None), ui.LayoutView(timeout=None)
    long.add_item(ui.TextDisplay("🦊" * 2001))
    for _ in range(40):
        full.add_item(ui.TextDisplay("a"))

    assert cards.overrun(long) == "4002 of 4000 units, 1 of 40 components"
    assert cards.overrun(full) is None


def test_the_card_shows_whose_character_it_is_and_what_was_asked_for() -> None:
    story = a_story(prompt="fox *detective*", name="Inspector Fen", safety="")
    text = text_of(cards.progress_card(story, NOON))

    assert text.startswith(f"**Making a character** · <@{OWNER_ID}> · Inspector Fen\n> fox \\*detective\\*\n")
    assert text.endswith(f"-# Safety: strict minimum · ref {story.job.reference}")


def test_a_prompt_is_cut_on_the_card_and_absent_when_empty() -> None:
    long = text_of(cards.progress_card(a_story(prompt="a" * 301), NOON))
    none = text_of(cards.progress_card(a_story(prompt=""), NOON))

    assert f"> {'a' * 299}…\n" in long
    assert ">" not in none.replace(f"<@{OWNER_ID}>", "")


@pytest.mark.parametrize("state", list(_S))
def test_cancel_is_offered_while_it_can_come_in_time(state: AttemptState) -> None:
    story = a_story(state=state)
    labels = buttons_of(cards.progress_card(story, NOON))

    offered = state in (_S.RECEIVED, _S.OFFERED, _S.MENDING, _S.REVIEW, _S.QUEUED, _S.HANDED_OVER, _S.WAITING)
    assert labels.get("Cancel") == (f"c1:job:cancel:{story.job.job_id}" if offered else None)


def test_a_card_offers_another_provider_where_one_would_take_the_job_and_says_what_differs() -> None:
    off = Circuit("first", Fault.MODEL_OFF, NOON, NOON)
    waiting = a_story(state=_S.QUEUED, circuit=off, fault=Fault.MODEL_OFF)
    card = cards.progress_card(replace(waiting, elsewhere=FROM_PICTURES), NOON)
    same_kind = cards.progress_card(replace(waiting, elsewhere=FROM_CLIPS), NOON)

    assert buttons_of(card)["Make it on Pictures"] == f"c1:job:elsewhere:{waiting.job.job_id}:the-second"
    assert list(buttons_of(card)) == ["Make it on Pictures", "Cancel", "Details"]
    assert "It can also be made on **Pictures** now. It uses one picture of the clip" in text_of(card)
    assert "picture" not in text_of(same_kind)
    assert list(buttons_of(cards.progress_card(waiting, NOON))) == ["Cancel", "Details"]


def test_card_and_result_name_the_provider_and_what_it_takes() -> None:
    story = a_story(state=_S.SUCCEEDED, character=a_character())
    for maker, words in (
        (FROM_PICTURES, "Pictures, from one picture of the clip ·"),
        (FROM_CLIPS, "Clips ·"),
    ):
        told = replace(story, maker=maker)
        for view in (cards.progress_card(told, NOON), cards.result_message(told)):
            assert f" · {words}" in text_of(view)


def test_a_cancelled_card_offers_another_attempt() -> None:
    story = a_story(state=_S.CANCELLED)
    nothing_kept = a_story(state=_S.CANCELLED, clip=None)

    assert list(buttons_of(cards.progress_card(story, NOON))) == ["Try again", "Details"]
    assert list(buttons_of(cards.progress_card(nothing_kept, NOON))) == ["Details"]


def test_the_result_holds_the_id_alone_in_its_fence_as_the_provider_spelt_it() -> None:
    spelt = "char_7Qk2f9.Fen-01"
    story = a_story(state=_S.SUCCEEDED, character=a_character(provider_character_id=spelt, name="Fen"))
    text = text_of(cards.result_message(story))

    assert text.startswith(f"<@{OWNER_ID}> **Fen** is ready\n")
    assert text.split("```")[1] == f"\n{spelt}\n"
    assert text.count("```") == 2


def test_a_result_without_a_name_says_what_is_ready() -> None:
    story = a_story(state=_S.SUCCEEDED, character=a_character(name=None))

    assert "**Your character** is ready" in text_of(cards.result_message(story))


@pytest.mark.parametrize(
    ("state", "label"),
    [(_S.FAILED, "Try again"), (_S.EXPIRED, "Try again"), (_S.UNKNOWN, "Try again anyway")],
)
def test_a_failure_offers_another_attempt_of_the_one_it_tells_of(state: AttemptState, label: str) -> None:
    story = a_story(state=state, number=2)
    view = cards.failure_message(story, SettledBy.OPERATOR)

    assert buttons_of(view) == {label: f"c1:job:retry:{story.job.job_id}:2"}
    button = next(item for item in view.walk_children() if isinstance(item, ui.Button))
    assert str(button.emoji) == "🔁"
    assert text_of(view).endswith(f"ref {story.job.reference} · attempt 2 of 3")


@pytest.mark.parametrize(
    "facts",
    [{"number": MAX_ATTEMPTS}, {"fault": Fault.CLIP_MISSING}, {"clip": None}],
    ids=["last attempt", "clip lost", "no clip kept"],
)
def test_no_attempt_is_offered_where_none_can_be_made(facts: dict[str, Any]) -> None:
    story = a_story(state=_S.FAILED, **facts)
    view = cards.failure_message(story, SettledBy.OPERATOR)

    assert not cards.can_retry(story)
    assert buttons_of(view) == {}
    assert "can retry" not in text_of(view)


def test_an_attempt_line_names_the_attempt_and_who_asked() -> None:
    story = a_story(state=_S.QUEUED, number=2, requested_by=77)

    assert text_of(cards.attempt_message(story)).startswith("Trying again: attempt 2 of 3, asked by <@77>.")


def test_a_refusal_gives_every_word_back() -> None:
    short = a_story(state=_S.REJECTED, rule=ClipRule.EMPTY, prompt="fox `detective`", safety="no guns")
    long = a_story(state=_S.REJECTED, rule=ClipRule.EMPTY, prompt="`" * 5000, safety="b" * 5000)
    reply = cards.refusal_message(long)

    assert "fox ˋdetectiveˋ" in text_of(cards.refusal_message(short).view)
    assert "no guns" in text_of(cards.refusal_message(short).view)
    assert [file.fp.read().decode() for file in reply.files] == ["`" * 5000, "b" * 5000]


def test_a_server_whose_automod_minds_the_words_gets_the_same_without_them() -> None:
    story = a_story(
        state=_S.SUCCEEDED, prompt="rude", name="rude", safety="rude", character=a_character(name="rude")
    )
    bare = cards.without_own_words(story)

    for view in (cards.progress_card(bare, NOON), cards.result_message(bare)):
        assert "rude" not in text_of(view)
    assert bare.job.job_id == story.job.job_id


@pytest.mark.parametrize("kind", list(PlaceKind))
def test_a_card_can_be_drawn_for_every_kind_of_place(kind: PlaceKind) -> None:
    story = a_story(place=Place(None if kind is PlaceKind.DM else 1, 2, kind), state=_S.FAILED)

    assert cards.overrun(cards.failure_message(story, SettledBy.OPERATOR)) is None


def test_every_button_can_be_read_again() -> None:
    for state in _S:
        story = a_story(state=state)
        views = [cards.progress_card(story, NOON)]
        views += (
            [cards.failure_message(story, SettledBy.OPERATOR)] if state in (_S.FAILED, _S.UNKNOWN) else []
        )
        for custom_id in (one for view in views for one in buttons_of(view).values()):
            control = Control.parse(custom_id)
            assert control is not None
            assert control.ref == story.job.job_id


def test_every_message_is_new_and_never_times_out() -> None:
    story = a_story(state=_S.FAILED)

    assert cards.failure_message(story, SettledBy.OPERATOR) is not cards.failure_message(
        story, SettledBy.OPERATOR
    )
    assert all(view.timeout is None for view in drawn(story))
