"""Cancelling, and buttons that nothing can be done with, with the real client against the local Discord."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.model import AttemptState
from cogs import controls
from sandbox.discord.messages import Message
from sandbox.discord.sending import NewMessage, post
from tests.integration.cogs_studio import Studio, a_message_with, open_studio, pressed, states, with_button

_S = AttemptState


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


@pytest.fixture
async def failure(studio: Studio) -> Message:
    """The message of a failed first attempt of Mira's, in the thread."""
    _, message = await studio.failed(await studio.accepted())
    return message


@pytest.mark.parametrize(
    ("state", "money"),
    [
        (_S.RECEIVED, "Nothing was charged."),
        (_S.QUEUED, "Nothing was charged."),
        (_S.HANDED_OVER, "Nothing was charged."),
        (_S.WAITING, "may still be charged"),
    ],
)
async def test_cancelling_says_what_it_cost(studio: Studio, state: AttemptState, money: str) -> None:
    story = await studio.accepted()
    assert story.job.card is not None
    card = studio.message(story.job.card.channel_id, story.job.card.message_id)
    way = [_S.QUEUED, _S.HANDED_OVER, _S.SUBMITTING, _S.WAITING]
    story = await studio.move(story, *way[: way.index(state) + 1 if state in way else 0])

    text = await pressed(studio.mira, card, "Cancel")

    assert text.startswith("Cancelled.")
    assert money in text
    assert await states(studio) == [(1, _S.CANCELLED)]


async def test_a_moderator_cancels_and_a_stranger_does_not(studio: Studio) -> None:
    story = await studio.accepted()
    message = a_message_with(studio, controls.cancel(story.job.job_id))

    refused = await pressed(studio.tom, message, "Press")
    cancelled = await pressed(studio.ola, message, "Press")

    assert refused.startswith("Only the person who started this")
    assert cancelled.startswith("Cancelled.")


async def test_what_is_being_submitted_or_has_ended_cannot_be_cancelled(studio: Studio) -> None:
    story = await studio.accepted()
    message = a_message_with(studio, controls.cancel(story.job.job_id))

    story = await studio.move(story, _S.QUEUED, _S.HANDED_OVER, _S.SUBMITTING)
    submitting = await pressed(studio.mira, message, "Press")
    await studio.move(story, _S.FAILED)
    ended = await pressed(studio.mira, message, "Press")

    assert "this very moment" in submitting
    assert "ended already" in ended


async def test_jobs_of_other_servers_and_jobs_that_never_were_get_one_answer(studio: Studio) -> None:
    elsewhere = studio.discord.add_guild("Elsewhere")
    channel = elsewhere.add_text_channel("hall")
    visitor = elsewhere.add_member("Mira", user=studio.mira.user)
    call = await visitor.run_command(channel, "character status")
    await call.first_response()
    story = await studio.accepted()
    answers = set()

    for job_id in (story.job.job_id, "0" * 26):
        for control in (controls.retry(job_id, 1), controls.cancel(job_id)):
            button = {"type": 2, "style": 2, "label": "Press", "custom_id": control.custom_id}
            there = NewMessage(
                studio.discord.world.bot, components=({"type": 1, "components": [button]},), flags=1 << 15
            )
            answers.add(await pressed(visitor, post(channel, there), "Press"))

    assert len(answers) == 1
    assert await states(studio) == [(1, _S.RECEIVED)]


@pytest.mark.parametrize(
    "custom_id",
    [
        "c1:job:approve:00000000000000000000000000:1",
        "c1:job:retry:00000000000000000000000000",
        "c1:job:retry:00000000000000000000000000:x",
        "c0:job:retry:00000000000000000000000000:1",
        "c1:job:retry:00000000000000000000000000:1:2",
        "c1:job:retry:'; drop table jobs; --",
        "cancel",
        "x" * 100,
    ],
)
async def test_unknown_buttons_explain_themselves(studio: Studio, custom_id: str) -> None:
    text = await pressed(studio.mira, with_button(studio, custom_id), "Press")

    assert "older version" in text


async def test_a_press_that_breaks_something_is_answered(
    studio: Studio, failure: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(studio.desk, "retry", broken)

    with capture_logs() as logs:
        text = await pressed(studio.mira, failure, "Try again")

    (entry,) = (one for one in logs if one["event"] == "interaction_failed")
    assert entry["reference"] in text
