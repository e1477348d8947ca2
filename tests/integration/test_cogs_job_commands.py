"""`/character retry`, `cancel` and `help`, with the real client against the local Discord."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.model import AttemptState, Story
from bot.moderation.gates import Quota
from sandbox.discord.channels import Channel
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from tests.integration.cogs_studio import Studio, open_studio, pings_nobody, pressed, states

S = AttemptState
NOT_FOUND = "I found no such job of yours here"
RETRY, CANCEL, HELP = "character retry", "character cancel", "character help"
LOST = (S.QUEUED, S.HANDED_OVER, S.SUBMITTING, S.UNKNOWN)


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


async def told(
    studio: Studio, asking: Member, command: str, where: Channel | None = None, /, **given: Any
) -> str:
    """What is answered, privately."""
    return (await answer(studio, asking, command, where, **given)).text


async def answer(
    studio: Studio, asking: Member, command: str, where: Channel | None = None, /, **given: Any
) -> Message:
    response = await (await asking.run_command(where or studio.channel, command, **given)).first_response()
    assert response.message is not None
    assert response.ephemeral
    return response.message


async def failed(studio: Studio, name: str = "Fen") -> Story:
    story, _ = await studio.failed(await studio.accepted(name=name))
    return story


@pytest.mark.parametrize("by", ["name", "reference", "id"])
async def test_a_failed_job_is_tried_again_by_whatever_names_it(studio: Studio, by: str) -> None:
    job = (await failed(studio)).job
    reference = {"name": "fen", "reference": job.reference.lower(), "id": job.job_id}[by]

    assert await told(studio, studio.mira, RETRY, job=reference) == "Trying again: attempt 2 of 3."
    assert await states(studio) == [(2, S.QUEUED)]


async def test_what_goes_on_is_not_tried_again_and_says_how_it_stands(studio: Studio) -> None:
    await failed(studio)
    await told(studio, studio.mira, RETRY, job="Fen")

    again = await told(studio, studio.mira, RETRY, job="Fen")

    assert "running already" in again
    assert "How it stands now:" in again
    assert await states(studio) == [(2, S.QUEUED)]


async def test_after_the_last_attempt_there_is_no_other(studio: Studio) -> None:
    story = await failed(studio)
    for _ in range(2):
        await told(studio, studio.mira, RETRY, job="Fen")
        current = await studio.jobs.story(story.job.job_id)
        assert current is not None
        await studio.failed(current)

    assert "All 3 of 3" in await told(studio, studio.mira, RETRY, job="Fen")


async def test_who_may_be_charged_twice_is_told_so_before_it_is_tried_again(studio: Studio) -> None:
    await studio.move(await studio.accepted(name="Fen"), *LOST)

    warned = await answer(studio, studio.mira, RETRY, job="Fen")
    before = await states(studio)
    after = await pressed(studio.mira, warned, "Try again anyway")

    assert "may have been charged" in warned.text
    assert before == [(1, S.UNKNOWN)]
    assert after == "Trying again: attempt 2 of 3."


async def test_a_running_job_is_cancelled_by_its_name_once(studio: Studio) -> None:
    await studio.accepted(name="Fen")

    first = await told(studio, studio.mira, CANCEL, job="Fen")
    second = await told(studio, studio.mira, CANCEL, job="Fen")

    assert first == "Cancelled. Nothing was charged."
    assert "ended already" in second
    assert await states(studio) == [(1, S.CANCELLED)]


async def test_what_may_be_charged_all_the_same_is_said(studio: Studio) -> None:
    way = (S.QUEUED, S.HANDED_OVER, S.SUBMITTING, S.WAITING)
    await studio.move(await studio.accepted(name="Fen"), *way, task_id="task-here")

    assert "may still be charged" in await told(studio, studio.mira, CANCEL, job="Fen")


@pytest.mark.parametrize("command", [RETRY, CANCEL])
async def test_jobs_of_others_and_of_other_places_are_not_there(studio: Studio, command: str) -> None:
    job = (await failed(studio)).job
    elsewhere = studio.discord.dm(studio.mira)

    for reference in (job.job_id, job.reference, "Fen", "nothing", "`", "x" * 1000, "\0"):
        for asking in (studio.tom, studio.ola):
            assert NOT_FOUND in await told(studio, asking, command, job=reference)
        assert NOT_FOUND in await told(studio, studio.mira, command, elsewhere, job=reference)
    assert await states(studio) == [(1, S.FAILED)]


async def test_of_two_jobs_of_one_name_the_newer_is_meant(studio: Studio) -> None:
    older = await failed(studio)
    newer = await failed(studio)

    await told(studio, studio.mira, RETRY, job="Fen")

    found = [await studio.jobs.story(story.job.job_id) for story in (older, newer)]
    assert [story.attempt.number for story in found if story] == [1, 2]


async def test_each_command_suggests_what_it_can_be_used_on_and_only_ones_own(studio: Studio) -> None:
    job = (await failed(studio, "Fen")).job
    running = (await studio.accepted(name="Owl")).job

    retryable = await studio.mira.autocomplete(studio.channel, RETRY, "job", "")
    cancellable = await studio.mira.autocomplete(studio.channel, CANCEL, "job", "OW")

    assert [(one.name, one.value) for one in retryable] == [
        (f"Fen · {job.reference} · failed · today", job.job_id)
    ]
    assert [(one.name, one.value) for one in cancellable] == [
        (f"Owl · {running.reference} · checking the clip · today", running.job_id)
    ]
    assert await studio.mira.autocomplete(studio.channel, CANCEL, "job", "fen") == []
    assert await studio.ola.autocomplete(studio.channel, RETRY, "job", "") == []


async def test_help_without_any_rules_says_that_there_are_none(studio: Studio) -> None:
    text = await told(studio, studio.mira, HELP)

    assert "A good clip" in text
    assert "every channel" in text
    assert "Everybody can make them" in text
    assert "No limit of this server's" in text
    assert "can't start anything" not in text
    assert pings_nobody(studio)


async def test_help_tells_the_rules_of_the_server_and_what_is_left(studio: Studio) -> None:
    guild, by = studio.guild.id, studio.ola.id
    await studio.moderation.change(guild, "allowed_channels", str(studio.channel.id), by)
    await studio.moderation.change(guild, "quota_server_per_day", "9", by)
    await studio.moderation.set_quota(guild, studio.mira.id, Quota(5, 2), by)
    await studio.accepted()

    text = await told(studio, studio.mira, HELP)

    assert f"<#{studio.channel.id}>" in text
    assert "5 attempts in a day (UTC); today you have used 1." in text
    assert "2 may run at the same time; 1 run now." in text
    assert "9 in a day; 1 are used today." in text


async def test_help_says_why_nothing_can_be_started_just_now(studio: Studio) -> None:
    await studio.moderation.pause(studio.guild.id, None, "exams", studio.ola.id)

    text = await told(studio, studio.mira, HELP)

    assert "As it stands you can't start anything here" in text
    assert "exams" in text


async def test_help_in_direct_messages_knows_no_server(studio: Studio) -> None:
    text = await told(studio, studio.mira, HELP, studio.discord.dm(studio.mira))

    assert "There are none in direct messages" in text
