"""Choosing the picture that a character is made of: the real client against the local Discord."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clip import KeptClip
from bot.jobs.acceptance import in_one_piece
from bot.model import AttemptState, Story
from cogs.controls import choose_picture
from sandbox.discord.messages import Message
from tests.builders import a_clip
from tests.fakes.editor import POSTER, SHEET, clip_of, poster_at
from tests.integration.cogs_studio import Studio, a_message_with, open_studio, pings_nobody, pressed

S = AttemptState


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


async def kept(studio: Studio) -> KeptClip:
    clip = await studio.clips.keep(await studio.clips.stage("clip", in_one_piece(clip_of(2.0))))
    poster = await studio.clips.keep(await studio.clips.stage("poster", in_one_piece(POSTER)))
    return replace(a_clip(), stored=clip, facts=replace(a_clip().facts, seconds=2.0), poster=poster)


@pytest.fixture
async def waiting(studio: Studio) -> Story:
    """A job of Mira's in the queue."""
    story = await studio.accepted()
    await studio.jobs.save(story.attempt.move(S.QUEUED), now=studio.now, clip=await kept(studio))
    return await latest(studio, story)


async def latest(studio: Studio, story: Story) -> Story:
    found = await studio.jobs.story(story.job.job_id)
    assert found is not None
    return found


async def picture(studio: Studio, story: Story) -> bytes:
    """What would be handed over now."""
    clip = (await latest(studio, story)).job.clip
    assert clip is not None
    assert clip.poster is not None
    return await studio.clips.whole(clip.poster)


def door(studio: Studio, story: Story) -> Message:
    return a_message_with(studio, choose_picture(story.job.job_id))


async def opened(studio: Studio, story: Story) -> Message:
    response = await (await studio.mira.press(door(studio, story), "Press")).first_response()
    assert response.message is not None
    assert response.ephemeral
    return response.message


async def picked(studio: Studio, choice: Message, value: str) -> Message:
    response = await (await studio.mira.select(choice, "c1s:pic:take", [value])).first_response()
    assert response.message is not None
    assert response.ephemeral
    return response.message


async def test_the_owner_sees_the_clip_and_picks_a_moment(studio: Studio, waiting: Story) -> None:
    choice = await opened(studio, waiting)
    before = await picture(studio, waiting)
    taken = await picked(studio, choice, "1500")

    assert "Which picture of the clip" in choice.text
    assert [file.file.body for file in choice.files] == [SHEET]
    assert before == POSTER
    assert "**0:01.5**" in taken.text
    assert [file.file.body for file in taken.files] == [poster_at(1500)]
    assert await picture(studio, waiting) == poster_at(1500)
    assert (await latest(studio, waiting)).attempt.state is S.QUEUED
    assert pings_nobody(studio)


async def test_another_one_can_be_chosen_after_that(studio: Studio, waiting: Story) -> None:
    taken = await picked(studio, await opened(studio, waiting), "1500")

    again = await (await studio.mira.press(taken, "Choose another")).first_response()
    assert again.message is not None
    await picked(studio, again.message, "0")

    assert await picture(studio, waiting) == poster_at(0)


async def test_others_are_shown_nothing(studio: Studio, waiting: Story) -> None:
    for asking in (studio.tom, studio.ola):
        assert "I found no such job of yours" in await pressed(asking, door(studio, waiting), "Press")

    assert await picture(studio, waiting) == POSTER


async def test_once_it_is_ordered_it_says_that_it_is_too_late(studio: Studio, waiting: Story) -> None:
    choice = await opened(studio, waiting)
    await studio.move(waiting, S.HANDED_OVER, S.SUBMITTING)

    late = await picked(studio, choice, "1500")

    assert "the order is placed" in late.text
    assert "Nothing was changed" in late.text
    assert await picture(studio, waiting) == POSTER


async def test_a_clip_that_the_store_has_lost_is_said_plainly(studio: Studio, waiting: Story) -> None:
    studio.clips.objects.clear()

    assert "the clip it was made of is gone" in (await opened(studio, waiting)).text
    assert (await latest(studio, waiting)).attempt.state is S.QUEUED
