"""What `/character status` shows."""

from datetime import timedelta
from typing import Any

import pytest

from bot.clip import ClipRule
from bot.fault import Fault
from bot.model import AttemptState, MessageRef, Place, PlaceKind, Story
from bot.notices import Announcement, NoticeKind, NoticeState, SettledBy, nonce_of
from cogs import controls
from cogs.cards import overrun, texts
from cogs.job_links import buttons_for, jump_url
from cogs.status import status_view
from cogs.texts import answers, notices
from cogs.texts.notices import ParkReason
from cogs.texts.status import STATE_WORDS, choice_label, state_line
from tests.builders import (
    CHANNEL_ID,
    GUILD_ID,
    NOON,
    a_character,
    a_clip,
    a_job,
    an_attempt,
)
from tests.unit.discord_payloads import buttons_of, labels_of

CARD = MessageRef(CHANNEL_ID, 555)


def a_story(state: AttemptState = AttemptState.WAITING, **changes: Any) -> Story:
    """`changes` belong to the attempt, `job` to the job."""
    job = changes.pop("job", None) or a_job(clip=a_clip(), card=CARD)
    attempt = an_attempt(job, state=state, **changes)
    character = a_character(attempt) if state is AttemptState.SUCCEEDED else None
    return Story(job=job, attempt=attempt, character=character)


def parked(story: Story, kind: NoticeKind = NoticeKind.RESULT) -> Announcement:
    return Announcement(
        announcement_id=1,
        job_id=story.job.job_id,
        attempt_number=1,
        kind=kind,
        nonce=nonce_of(story.job.job_id, 1, kind),
        state=NoticeState.PARKED,
        due_at=NOON,
        created_at=NOON,
        parked_reason=ParkReason.FORBIDDEN,
    )


def test_without_jobs_it_says_so() -> None:
    assert list(texts(status_view([], NOON, SettledBy.OPERATOR))) == [answers.NOTHING_RUNNING]


def test_each_job_is_a_line_with_its_name_its_state_and_a_link() -> None:
    story = a_story()

    (line,) = texts(status_view([(story, [])], NOON, SettledBy.OPERATOR))

    assert "Mira" in line
    assert story.job.reference in line
    assert "Creating" in line
    assert f"https://discord.com/channels/{GUILD_ID}/{CHANNEL_ID}/555" in line


def test_a_result_that_could_not_be_told_comes_first_with_the_id_alone_in_a_block() -> None:
    running, ready = a_story(), a_story(AttemptState.SUCCEEDED)
    assert ready.character is not None

    first, *lines = texts(status_view([(running, []), (ready, [parked(ready)])], NOON, SettledBy.OPERATOR))

    assert f"\n```\n{ready.character.provider_character_id}\n```" in first
    assert notices.PARKED[ParkReason.FORBIDDEN] in first
    assert len(lines) == 2


def test_a_parked_note_about_anything_else_adds_nothing_at_the_top() -> None:
    story = a_story(AttemptState.SUCCEEDED)

    assert (
        len(
            list(texts(status_view([(story, [parked(story, NoticeKind.ATTEMPT)])], NOON, SettledBy.OPERATOR)))
        )
        == 1
    )


def test_only_the_newest_few_have_buttons() -> None:
    view = status_view([(a_story(), []) for _ in range(6)], NOON, SettledBy.OPERATOR)

    assert labels_of(view) == ["Cancel", "Details"] * 3


def test_ten_jobs_with_long_reasons_and_lost_results_still_fit() -> None:
    clip_reason = {"rule": ClipRule.TOO_COMPLEX, "rule_found": "9" * 500, "rule_accepted": "8" * 500}
    worst = [a_story(AttemptState.REJECTED, **clip_reason) for _ in range(5)]
    worst += [a_story(AttemptState.UNKNOWN, fault=fault) for fault in list(Fault)[:5]]
    ready = [a_story(AttemptState.SUCCEEDED) for _ in range(10)]

    crowded = status_view([(story, []) for story in worst], NOON, SettledBy.OPERATOR)
    assert overrun(crowded) is None
    assert list(texts(crowded))[-1] == answers.MORE
    assert (
        overrun(status_view([(story, [parked(story)]) for story in ready], NOON, SettledBy.OPERATOR)) is None
    )


@pytest.mark.parametrize("state", list(AttemptState))
@pytest.mark.parametrize("fault", [None, *Fault])
def test_every_state_has_a_line(state: AttemptState, fault: Fault | None) -> None:
    line = state_line(a_story(state, fault=fault), NOON, SettledBy.OPERATOR)

    assert 3 < len(line) < 800


@pytest.mark.parametrize(
    ("state", "labels"),
    [
        (AttemptState.RECEIVED, ["Cancel"]),
        (AttemptState.QUEUED, ["Cancel"]),
        (AttemptState.HANDED_OVER, ["Cancel"]),
        (AttemptState.SUBMITTING, []),
        (AttemptState.WAITING, ["Cancel"]),
        (AttemptState.UNKNOWN, ["Try again anyway"]),
        (AttemptState.SUCCEEDED, []),
        (AttemptState.FAILED, ["Try again"]),
        (AttemptState.EXPIRED, ["Try again"]),
        (AttemptState.CANCELLED, ["Try again"]),
        (AttemptState.REJECTED, []),
    ],
)
def test_a_job_has_the_buttons_of_its_state(state: AttemptState, labels: list[str]) -> None:
    assert [button.label for button in buttons_for(a_story(state))] == labels


def test_the_last_attempt_and_a_lost_clip_offer_no_retry() -> None:
    without_clip = a_job(clip=None, card=CARD)

    assert buttons_for(a_story(AttemptState.FAILED, number=3)) == []
    assert buttons_for(a_story(AttemptState.CANCELLED, job=without_clip)) == []


def test_a_retry_button_names_the_attempt_it_is_about() -> None:
    story = a_story(AttemptState.FAILED, number=2)

    button, _details = buttons_of(status_view([(story, [])], NOON, SettledBy.OPERATOR))

    assert button.custom_id == controls.retry(story.job.job_id, 2).custom_id


def test_an_unknown_outcome_warns_of_a_second_charge() -> None:
    story = a_story(AttemptState.UNKNOWN, fault=Fault.OUTCOME_UNKNOWN)

    assert "second time" in state_line(story, NOON, SettledBy.OPERATOR)


def test_a_queued_job_tells_its_place_and_what_holds_it_up() -> None:
    story = a_story(AttemptState.QUEUED, fault=Fault.MODEL_OFF, due_at=NOON + timedelta(minutes=5))

    line = state_line(Story(story.job, story.attempt, ahead=2), NOON, SettledBy.OPERATOR)

    assert "3rd in line" in line
    assert "switched off" in line


def test_the_link_leads_to_the_thread_once_there_is_one() -> None:
    job = a_job(card=CARD, thread_id=777)

    assert jump_url(job) == f"https://discord.com/channels/{GUILD_ID}/777"


def test_a_direct_message_is_linked_without_a_server() -> None:
    job = a_job(card=CARD, place=Place(None, CHANNEL_ID, PlaceKind.DM))

    assert jump_url(job) == f"https://discord.com/channels/@me/{CHANNEL_ID}/555"


def test_a_job_told_privately_has_no_link() -> None:
    assert jump_url(a_job(card=None)) is None


def test_a_name_cannot_ping_or_format() -> None:
    story = a_story(job=a_job(name="@everyone **x**", card=CARD, clip=a_clip()))

    (line,) = texts(status_view([(story, [])], NOON, SettledBy.OPERATOR))

    assert "@everyone" not in line
    assert "**x**" not in line


def test_a_job_can_be_named_wherever_it_stands() -> None:
    for state in AttemptState:
        assert STATE_WORDS[state] in choice_label(a_story(state=state), NOON)
