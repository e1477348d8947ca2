"""An order whose answer was lost: what is said of it is true with callbacks and without."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.assembly.engine import settled_by
from bot.fault import Fault
from bot.model import AttemptState, Story
from bot.notices import SettledBy
from bot.settings import load_settings
from cogs import cards
from cogs.cards import texts
from cogs.texts import lost_answers, notices
from cogs.texts.status import state_line
from tests.builders import NOON
from tests.unit.cards_reader import a_story, text_of

REPORTS = "If the provider reports the character after all, I still post it."
NOTHING_REPORTS = "Nothing will tell me by itself how it went."
SECOND_CHARGE = "Trying again may cost a second time."
KEY = "0123456789abcdef0123456789abcdef"


def unknown(**changes: object) -> Story:
    return a_story(state=AttemptState.UNKNOWN, fault=Fault.OUTCOME_UNKNOWN, **changes)


def told(place: str, settled: SettledBy) -> str:
    """What a member reads in the failure message, or in a line of their status list."""
    story = unknown()
    return (
        text_of(cards.failure_message(story, settled))
        if place == "failure"
        else state_line(story, NOON, settled)
    )


@pytest.mark.parametrize("place", ["failure", "status"])
def test_with_callbacks_a_late_report_is_promised(place: str) -> None:
    text = told(place, SettledBy.CALLBACK)

    assert REPORTS in text
    assert NOTHING_REPORTS not in text


@pytest.mark.parametrize("place", ["failure", "status"])
def test_without_callbacks_nothing_is_promised_and_the_operator_is_named(place: str) -> None:
    text = told(place, SettledBy.OPERATOR)

    assert NOTHING_REPORTS in text
    assert "people who run this bot can look it up" in text
    assert "reports" not in text


@pytest.mark.parametrize("place", ["failure", "status"])
@pytest.mark.parametrize("settled", list(SettledBy))
def test_either_way_it_may_have_been_charged_and_trying_again_may_cost_twice(
    place: str, settled: SettledBy
) -> None:
    text = told(place, settled)

    assert "It may have been charged." in text
    assert SECOND_CHARGE in text


@pytest.mark.parametrize("settled", list(SettledBy))
def test_the_button_under_it_says_anyway(settled: SettledBy) -> None:
    labels = [
        item.label
        for item in cards.failure_message(unknown(), settled).walk_children()
        if hasattr(item, "label")
    ]

    assert labels == ["Try again anyway"]


def test_the_reference_to_quote_is_in_the_sentence_that_asks_for_it() -> None:
    story = unknown()

    assert f"the reference `{story.job.reference}`" in lost_answers.outlook(
        SettledBy.OPERATOR, story.job.reference, story.attempt.fault
    )


def test_the_card_says_that_it_may_have_been_charged_and_promises_nothing() -> None:
    card = "\n".join(texts(cards.progress_card(unknown(), NOON)))

    assert "the answer to the order was lost" in card
    assert notices.PERHAPS_CHARGED in card
    assert "report" not in card


@pytest.mark.parametrize("settled", list(SettledBy))
def test_any_other_end_says_nothing_of_reports(settled: SettledBy) -> None:
    story = a_story(state=AttemptState.FAILED, fault=Fault.TASK_NOT_FOUND, task_id="task-1")

    for text in (notices.failure_body(story, settled), state_line(story, NOON, settled)):
        assert REPORTS not in text
        assert NOTHING_REPORTS not in text


@pytest.mark.parametrize("settled", list(SettledBy))
def test_moderators_read_who_can_settle_it_and_how(settled: SettledBy) -> None:
    attempt = replace(unknown().attempt, number=2)
    text = lost_answers.outlook_for_moderators(settled, "7F3A-21QX", attempt)

    assert "`python -m bot jobs settle 7F3A-21QX --attempt 2 --task TASK_ID`" in text
    assert ("by itself: signed callbacks are not set up" in text) is (settled is SettledBy.OPERATOR)


@pytest.mark.parametrize("settled", list(SettledBy))
def test_an_id_that_was_told_once_and_lost_is_promised_to_nobody(settled: SettledBy) -> None:
    story = a_story(state=AttemptState.UNKNOWN, fault=Fault.CHARACTER_LOST)
    told_to_member = text_of(cards.failure_message(story, settled)) + state_line(story, NOON, settled)
    told_to_moderators = lost_answers.outlook_for_moderators(settled, story.job.reference, story.attempt)

    for text in (told_to_member, told_to_moderators):
        assert "nobody can find it again" in text
        assert "settle" not in text
        assert REPORTS not in text
        assert NOTHING_REPORTS not in text
    assert "and cost, a second time" in told_to_member


@pytest.mark.parametrize(
    ("environment", "settled"),
    [
        ({}, SettledBy.OPERATOR),
        ({"PUBLIC_BASE_URL": "https://bot.example"}, SettledBy.OPERATOR),
        ({"KIE_WEBHOOK_HMAC_KEY": KEY}, SettledBy.OPERATOR),
        ({"PUBLIC_BASE_URL": "https://bot.example", "KIE_WEBHOOK_HMAC_KEY": KEY}, SettledBy.CALLBACK),
    ],
    ids=["nothing", "address", "key", "both"],
)
def test_only_a_signed_callback_settles_what_was_lost(
    environment: dict[str, str], settled: SettledBy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    required = {"DISCORD_TOKEN": "a.token", "KIE_API_KEY": "0123456789abcdef", "ALLOWED_GUILDS": "*"}
    for name, value in (required | environment).items():
        monkeypatch.setenv(name, value)

    assert settled_by(load_settings(tmp_path / "no-file")) is settled
