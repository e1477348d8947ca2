"""Trying again and cancelling, by button and by reaction, with the real client against the local Discord."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.errors import NotAllowed, NotRetryable
from bot.model import Attempt, AttemptState, Fault
from cogs import controls
from cogs.controls import Control
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.discord.sending import NewMessage, post
from tests.integration.cogs_studio import Studio, open_studio, pings_nobody

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


async def pressed(member: Member, message: Message, button: str) -> str:
    """What a member is told, privately, after a press."""
    response = await (await member.press(message, button)).first_response()
    assert response.message is not None
    assert response.ephemeral
    return response.message.text


async def states(studio: Studio) -> list[tuple[int, AttemptState]]:
    """Number and state of the latest attempts of Mira's jobs."""
    return [(story.attempt.number, story.attempt.state) for story in await studio.jobs_of(studio.mira)]


async def the_retry(studio: Studio) -> Attempt | Exception:
    return await studio.desk.until(lambda: studio.desk.retries[0] if studio.desk.retries else None)


def a_message_with(studio: Studio, control: Control) -> Message:
    """A message of the bot in the channel with one button, whatever its id."""
    return with_button(studio, control.custom_id)


def with_button(studio: Studio, custom_id: str) -> Message:
    button = {"type": 2, "style": 2, "label": "Press", "custom_id": custom_id}
    components: tuple[dict[str, Any], ...] = ({"type": 1, "components": [button]},)
    return post(studio.channel, NewMessage(studio.discord.world.bot, components=components, flags=1 << 15))


async def test_the_owner_tries_again_by_button(studio: Studio, failure: Message) -> None:
    text = await pressed(studio.mira, failure, "Try again")

    assert text == "Trying again: attempt 2 of 3."
    assert await states(studio) == [(2, _S.QUEUED)]
    assert pings_nobody(studio)


async def test_a_moderator_tries_again_by_button(studio: Studio, failure: Message) -> None:
    await pressed(studio.ola, failure, "Try again")

    assert await states(studio) == [(2, _S.QUEUED)]
    (story,) = await studio.jobs_of(studio.mira)
    assert story.attempt.requested_by == studio.ola.id


async def test_a_stranger_is_told_that_it_is_not_theirs(studio: Studio, failure: Message) -> None:
    text = await pressed(studio.tom, failure, "Try again")

    assert text.startswith("Only the person who started this")
    assert await states(studio) == [(1, _S.FAILED)]


async def test_a_moderator_who_is_none_any_more_is_a_stranger(studio: Studio, failure: Message) -> None:
    studio.ola.take_role(studio.ola.roles[0])

    await pressed(studio.ola, failure, "Try again")
    await studio.ola.react(failure, "🔁")
    await studio.settle()

    assert await states(studio) == [(1, _S.FAILED)]


async def test_the_second_press_explains_how_it_stands(studio: Studio, failure: Message) -> None:
    await pressed(studio.mira, failure, "Try again")

    text = await pressed(studio.mira, failure, "Try again")

    assert "running already" in text
    assert "Next in line" in text
    assert await states(studio) == [(2, _S.QUEUED)]


async def test_a_button_of_an_older_attempt_explains_how_it_stands(studio: Studio, failure: Message) -> None:
    await pressed(studio.mira, failure, "Try again")
    (story,) = await studio.jobs_of(studio.mira)
    await studio.failed(story, Fault.VIOLENCE)

    text = await pressed(studio.mira, failure, "Try again")

    assert "earlier attempt" in text
    assert "violence" in text
    assert await states(studio) == [(2, _S.FAILED)]


async def test_after_the_third_attempt_there_is_no_fourth(studio: Studio, failure: Message) -> None:
    message = failure
    for _ in range(2):
        await pressed(studio.mira, message, "Try again")
        (story,) = await studio.jobs_of(studio.mira)
        story, message = await studio.failed(story)

    text = await pressed(studio.mira, a_message_with(studio, controls.retry(story.job.job_id, 3)), "Press")

    assert "Try again" not in message.buttons
    assert "3 of 3" in text
    assert await states(studio) == [(3, _S.FAILED)]


@pytest.mark.parametrize("emoji", ["🔁", "🔄", "♻️", "♻"])
async def test_the_owner_tries_again_by_reaction(studio: Studio, failure: Message, emoji: str) -> None:
    await studio.mira.react(failure, emoji)
    attempt = await the_retry(studio)

    assert isinstance(attempt, Attempt)
    assert await states(studio) == [(2, _S.QUEUED)]


async def test_a_moderator_tries_again_by_reaction(studio: Studio, failure: Message) -> None:
    await studio.ola.react(failure, "🔁")
    attempt = await the_retry(studio)

    assert isinstance(attempt, Attempt)
    assert attempt.requested_by == studio.ola.id


async def test_a_moderators_right_can_come_from_the_channel_alone(studio: Studio, failure: Message) -> None:
    manages = 1 << 13
    studio.channel.overwrite_for(studio.tom.id, allow=manages)

    await studio.tom.react(failure, "🔁")

    assert isinstance(await the_retry(studio), Attempt)


async def test_a_moderators_right_can_be_taken_by_the_channel(studio: Studio, failure: Message) -> None:
    manages = 1 << 13
    studio.channel.overwrite_for(studio.ola.id, deny=manages)

    await studio.ola.react(failure, "🔁")

    assert isinstance(await the_retry(studio), NotAllowed)


async def test_in_a_thread_that_is_not_cached_the_channel_around_decides(
    studio: Studio, failure: Message
) -> None:
    guild = studio.client.get_guild(studio.guild.id)
    assert guild is not None
    guild._threads.clear()

    await studio.tom.react(failure, "🔁")
    refused = await the_retry(studio)
    studio.desk.retries.clear()
    await studio.ola.react(failure, "🔁")

    assert isinstance(refused, NotAllowed)
    assert isinstance(await the_retry(studio), Attempt)


async def test_a_strangers_reaction_does_nothing_in_silence(studio: Studio, failure: Message) -> None:
    before = len(studio.discord.requests)

    await studio.tom.react(failure, "🔁")
    refused = await the_retry(studio)

    assert isinstance(refused, NotAllowed)
    assert len(studio.discord.requests) == before
    assert await states(studio) == [(1, _S.FAILED)]


async def test_other_reactions_and_other_messages_are_not_even_looked_up(
    studio: Studio, failure: Message
) -> None:
    theirs = await studio.mira.write(studio.channel, "look")
    robot = studio.guild.add_member("Robot")
    robot.user.is_bot = True

    await studio.mira.react(failure, "❌")
    await studio.mira.react(failure, "🔂")
    await studio.mira.react(failure, "🔁:123456")
    await studio.mira.react(theirs, "🔁")
    await robot.react(failure, "🔁")
    await studio.guild.bot_member.react(failure, "🔁")
    await studio.settle()

    assert studio.desk.looked_up == []


async def test_a_reaction_on_another_message_of_the_bot_does_nothing(studio: Studio) -> None:
    story = await studio.accepted()
    assert story.job.card is not None

    await studio.mira.react(studio.message(story.job.card.channel_id, story.job.card.message_id), "🔁")
    await studio.settle()

    assert len(studio.desk.looked_up) == 1
    assert studio.desk.retries == []


async def test_a_reaction_on_an_older_failure_does_nothing(studio: Studio, failure: Message) -> None:
    await pressed(studio.mira, failure, "Try again")
    (story,) = await studio.jobs_of(studio.mira)
    await studio.failed(story)
    studio.desk.retries.clear()

    await studio.mira.react(failure, "🔁")

    assert isinstance(await the_retry(studio), NotRetryable)
    assert await states(studio) == [(2, _S.FAILED)]


async def test_a_thousand_reactions_are_one_attempt(studio: Studio, failure: Message) -> None:
    for member in (studio.mira, studio.ola):
        for emoji in ("🔁", "🔄", "♻️"):
            await member.react(failure, emoji)
    await studio.settle()

    assert len(studio.desk.retries) == 6
    assert sum(isinstance(one, Attempt) for one in studio.desk.retries) == 1
    assert await states(studio) == [(2, _S.QUEUED)]


async def test_a_reaction_that_breaks_something_is_only_logged(
    studio: Studio, failure: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(studio.desk, "announcement_on", broken)

    with capture_logs() as logs:
        await studio.mira.react(failure, "🔁")
        await studio.settle()

    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["reaction_failed"]


async def test_a_server_that_is_not_allowed_any_more_gets_no_retries(tmp_path: Path) -> None:
    async with open_studio(tmp_path, allows_everybody=False) as studio:
        message = with_button(studio, controls.retry("0" * 26, 1).custom_id)

        text = await pressed(studio.mira, message, "Press")
        await studio.mira.react(message, "🔁")
        await studio.settle()

        assert f"`{studio.guild.id}`" in text
        assert studio.desk.looked_up == []


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
