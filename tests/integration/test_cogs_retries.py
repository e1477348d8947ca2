"""Trying again, by button and by reaction, with the real client against the local Discord."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import NotAllowed, NotRetryable
from bot.fault import Fault
from bot.model import Attempt, AttemptState, MessageRef
from bot.notices import Announcement, NoticeKind
from cogs import controls, retries
from sandbox.discord.messages import Message
from sandbox.discord.sending import NewMessage, post
from tests.integration.cogs_studio import (
    Studio,
    a_message_with,
    open_studio,
    pings_nobody,
    pressed,
    states,
    with_button,
)

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


async def the_retry(studio: Studio) -> Attempt | Exception:
    return await studio.desk.until(lambda: studio.desk.retries[0] if studio.desk.retries else None)


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


async def test_a_button_from_before_a_cancelled_attempt_does_not_say_that_the_clip_is_gone(
    studio: Studio, failure: Message
) -> None:
    await pressed(studio.mira, failure, "Try again")
    (story,) = await studio.jobs_of(studio.mira)
    await studio.move(story, _S.CANCELLED)

    text = await pressed(studio.mira, failure, "Try again")

    assert "earlier attempt" in text
    assert "no clip" not in text


async def test_a_job_cancelled_before_its_clip_was_kept_says_that(studio: Studio) -> None:
    story = await studio.move(await studio.accepted(), _S.CANCELLED)

    text = await pressed(studio.mira, a_message_with(studio, controls.retry(story.job.job_id, 1)), "Press")

    assert "no clip" in text


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


async def test_a_reaction_on_another_message_of_the_bot_does_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "NOTING_SECONDS", (0.0, 0.0))
    story = await studio.accepted()
    assert story.job.card is not None

    await studio.mira.react(studio.message(story.job.card.channel_id, story.job.card.message_id), "🔁")
    await studio.settle()

    assert len(studio.desk.looked_up) == 3
    assert studio.desk.retries == []


async def test_a_reaction_that_is_quicker_than_our_notes_counts(
    studio: Studio, failure: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "NOTING_SECONDS", (0.0, 0.0))
    real, looks = studio.desk.announcement_on, iter([None, None])

    async def not_yet(message: MessageRef) -> Announcement | None:
        return next(looks, await real(message))

    monkeypatch.setattr(studio.desk, "announcement_on", not_yet)

    await studio.mira.react(failure, "🔁")

    assert isinstance(await the_retry(studio), Attempt)


async def test_a_reaction_on_the_line_about_an_attempt_does_nothing(studio: Studio, failure: Message) -> None:
    await pressed(studio.mira, failure, "Try again")
    line = post(failure.channel, NewMessage(studio.discord.world.bot, "Trying again: attempt 2 of 3."))
    await studio.told(NoticeKind.ATTEMPT, line)
    (story,) = await studio.jobs_of(studio.mira)
    await studio.failed(story)
    studio.desk.retries.clear()

    await studio.mira.react(line, "🔁")
    await studio.settle()

    assert studio.desk.retries == []
    assert await states(studio) == [(2, _S.FAILED)]


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
