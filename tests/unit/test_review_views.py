"""What moderators see fits into Discord's messages, whatever a member has written."""

from dataclasses import replace

import pytest
from discord.ui import Button

from bot.clip import SourceTask
from bot.fault import Fault
from bot.model import AttemptState, Story
from bot.review import Flag, Review
from bot.servers import Approval, ServerSettings
from cogs.cards import overrun, texts
from cogs.pages import Page
from cogs.pictures import Picture
from cogs.review_views import LISTED, queue_view, review_message
from cogs.texts import admin, answers, reviews
from tests.builders import NOON, OWNER_ID, a_clip, a_job, an_attempt

S = AttemptState
SOURCE = SourceTask("x" * 100, 12_345.678, 12_349.678)
POSTER = Picture("poster.jpg", b"x")
LONG = "*_|`~" * 1000
HOSTILE = "||boo|| @everyone <@&1> [x](https://x.example) ``` \u202e"


def a_story(text: str = "a fox", state: AttemptState = S.REVIEW, **changes: object) -> Story:
    job = a_job(prompt=text, safety=text, name=text[:40], clip=a_clip(), source_task=SOURCE)
    attempt = an_attempt(job, state=state)
    review = Review(attempt.attempt_id, tuple(Flag), 77, rule=text[:40])
    return Story(job, attempt, review=replace(review, **changes))  # type: ignore[arg-type]  # named by each test


@pytest.mark.parametrize(
    "text", [LONG, "🦊" * 2500, HOSTILE, "a"], ids=["marks", "emoji", "hostile", "short"]
)
def test_a_question_fits_and_has_its_buttons(text: str) -> None:
    view = review_message(a_story(text), POSTER)

    assert overrun(view) is None


@pytest.mark.parametrize(
    "text", [LONG, "🦊" * 2500, HOSTILE, "a"], ids=["marks", "emoji", "hostile", "short"]
)
def test_a_page_of_the_list_fits_with_every_decision_on_it_whatever_was_written(text: str) -> None:
    for page in (Page.of(0, 50, LISTED), Page.of(1, 50, LISTED), Page.of(12, 50, LISTED)):
        waiting = [(a_story(text), "forbidden") for _ in range(LISTED)]

        view = queue_view(waiting, page)

        assert overrun(view) is None
        labels = [item.label for item in view.walk_children() if isinstance(item, Button)]
        assert labels.count("Approve") == labels.count("Read it all") == LISTED
        assert {answers.BACK_LABEL, answers.ON_LABEL} < set(labels)
        assert f"Page {page.number + 1} of 13" in next(iter(texts(view)))


def test_whoever_decides_reads_that_it_is_taken_from_a_video_that_they_cannot_see() -> None:
    story = a_story()
    of_clip = replace(story, job=replace(story.job, order=replace(story.job.order, source_task=None)))

    told = "taken from a video that I can't show: 12345.7 to 12349.7 s of the provider's task"
    for drawn in (reviews.title(story), admin.timeline_title(story.job, None)):
        assert told in drawn
    for drawn in (reviews.title(of_clip), admin.timeline_title(of_clip.job, None)):
        assert "video" not in drawn


def test_a_list_on_one_page_has_no_pages() -> None:
    view = queue_view([(a_story(), None)], Page.of(0, 1, LISTED))

    assert next(iter(texts(view))) == reviews.QUEUE_TITLE
    assert "||a fox||" in "\n".join(texts(view))


def test_nothing_in_a_text_opens_its_spoiler() -> None:
    shown = reviews.words(a_story(HOSTILE))

    assert shown.count("||") == 4
    assert "@everyone" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize("approved", [True, False])
def test_a_decided_question_names_who_and_shows_no_words(approved: bool) -> None:
    state = S.QUEUED if approved else S.FAILED
    story = a_story("secret", state, approved=approved, decided_at=NOON, decided_by=5, reason=LONG)

    view = review_message(story, POSTER)

    said = "\n".join(texts(view))
    assert overrun(view) is None
    assert "<@5>" in said
    assert f"<@{OWNER_ID}>" in said
    assert "secret" not in said


def test_a_question_that_ran_out_or_was_called_off_says_so() -> None:
    lapsed = a_story(state=S.EXPIRED)
    lapsed = replace(lapsed, attempt=replace(lapsed.attempt, fault=Fault.NOT_REVIEWED))

    assert "Nobody decided about it in time" in reviews.outcome(lapsed)
    assert "Nobody has to decide about it any more" in reviews.outcome(a_story(state=S.CANCELLED))


def test_diagnose_says_where_moderators_are_asked_and_what_is_amiss() -> None:
    def said(missing: tuple[str, ...] = (), *, there: bool = True, **settings: object) -> str:
        return reviews.diagnosis(ServerSettings(**settings), there=there, missing=missing)  # type: ignore[arg-type]  # named by each line

    assert "`approval` is off" in said(approval=Approval.OFF)
    assert "no `review_channel`" in said()
    assert "was deleted" in said(there=False, review_channel=77)
    assert "I lack: Send Messages" in said(("Send Messages",), review_channel=77)
    assert "asked in <#77>" in said(review_channel=77)
