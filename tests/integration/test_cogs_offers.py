"""Choosing the part of a clip, with the real client against the local Discord."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clip import Part
from bot.model import AttemptState, Story
from cogs.controls import Control
from sandbox.discord.messages import Message, walk
from tests.integration.cogs_studio import Studio, a_message_with, open_studio, pings_nobody, pressed, states

_S = AttemptState


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


def door(studio: Studio, story: Story) -> Message:
    """A message in the channel with the button that a card has."""
    return a_message_with(studio, Control("cut", "open", story.job.job_id))


async def shown(studio: Studio, story: Story) -> Message:
    """The offer, as its owner sees it."""
    response = await (await studio.mira.press(door(studio, story), "Press")).first_response()
    assert response.message is not None
    assert response.ephemeral
    return response.message


async def part_of(studio: Studio, story: Story) -> Part:
    job = await studio.jobs.job(story.job.job_id)
    assert job is not None
    assert job.offer is not None
    return job.offer.part


async def pick(studio: Studio, offer: Message, action: str, value: str) -> None:
    ids = [str(one.get("custom_id", "")) for one in walk(offer.components)]
    custom_id = next(one for one in ids if one.startswith(f"c1s:cut:{action}:"))
    await (await studio.mira.select(offer, custom_id, [value])).first_response()


async def test_the_owner_sees_the_clip_chooses_and_uses_a_part(studio: Studio) -> None:
    story = await studio.offered()
    offer = await shown(studio, story)

    await pick(studio, offer, "start", "7000")
    await pick(studio, offer, "length", "2500")
    await (await studio.mira.press(offer, "½ s ▶")).first_response()
    before, files = offer.text, [file.filename for file in offer.files]
    await (await studio.mira.press(offer, "Use this part")).first_response()

    assert "Keeps **0:07.5 – 0:10.0**: 2.5 s of 14.2 s." in before
    assert files == ["clip.jpg"]
    assert "Cutting **0:07.5 – 0:10.0**" in offer.text
    assert offer.files == []
    assert await states(studio) == [(1, _S.MENDING)]
    assert await part_of(studio, story) == Part(7500, 2500)
    assert pings_nobody(studio)


async def test_nobody_else_sees_or_chooses_a_part_of_somebodys_clip(studio: Studio) -> None:
    story = await studio.offered()
    use = a_message_with(studio, Control("cut", "use", story.job.job_id, "0-4000"))
    drop = a_message_with(studio, Control("cut", "drop", story.job.job_id))

    for member in (studio.ola, studio.tom):
        for message in (door(studio, story), use, drop):
            assert (await pressed(member, message, "Press")).startswith("Only the person who sent this clip")

    assert await states(studio) == [(1, _S.OFFERED)]


async def test_a_clip_that_is_let_go_gives_the_own_words_back(studio: Studio) -> None:
    story = await studio.offered(prompt="fox detective,\ntrench coat", safety="no hats")
    offer = await shown(studio, story)

    await (await studio.mira.press(offer, "Not this clip")).first_response()

    assert "I let that clip go. Nothing was charged." in offer.text
    assert "```\nfox detective,\ntrench coat\n```" in offer.text
    assert "```\nno hats\n```" in offer.text
    assert await states(studio) == [(1, _S.CANCELLED)]


@pytest.mark.parametrize(
    ("arg", "answer"),
    [
        ("13000-4000", "The clip has no such part: it is 14.2 s long."),
        ("250-4000", "The clip has no such part"),
        ("0-0", "The clip has no such part"),
        ("99999999999999999999-99999999999999999", "The clip has no such part"),
        ("four-two", "older version"),
    ],
)
async def test_a_part_that_is_not_offered_is_refused(studio: Studio, arg: str, answer: str) -> None:
    story = await studio.offered()

    text = await pressed(
        studio.mira, a_message_with(studio, Control("cut", "use", story.job.job_id, arg)), "Press"
    )

    assert answer in text
    assert await states(studio) == [(1, _S.OFFERED)]


async def test_two_presses_cut_once_and_the_second_is_told(studio: Studio) -> None:
    story = await studio.offered()
    first, second = (
        a_message_with(studio, Control("cut", "use", story.job.job_id, "0-4000")) for _ in range(2)
    )
    await (await studio.mira.press(first, "Press")).first_response()

    again = await pressed(studio.mira, second, "Press")

    assert "I am cutting this clip already" in again
    assert await part_of(studio, story) == Part(0, 4000)


async def test_a_second_clip_waits_until_the_first_is_cut(studio: Studio) -> None:
    first, second = await studio.offered(), await studio.offered()
    for story in (first, second):
        use = a_message_with(studio, Control("cut", "use", story.job.job_id, "0-4000"))
        call = await studio.mira.press(use, "Press")
        response = await call.first_response()

    assert response.message is not None
    assert "I am cutting another clip of yours" in response.message.text
    assert sorted(state for _, state in await states(studio)) == [_S.MENDING, _S.OFFERED]


@pytest.mark.parametrize(
    ("ending", "answer"),
    [
        (_S.REJECTED, "This clip is no longer waiting."),
        (_S.CANCELLED, "This one was cancelled."),
    ],
)
async def test_an_offer_that_is_over_says_so(studio: Studio, ending: AttemptState, answer: str) -> None:
    story = await studio.offered()
    offer = await shown(studio, story)
    await studio.move(story, ending)

    for button in ("½ s ▶", "Use this part", "Not this clip"):
        assert answer in await pressed(studio.mira, offer, button)


async def test_the_status_leads_back_to_an_offer(studio: Studio) -> None:
    await studio.offered()
    response = await (await studio.mira.run_command(studio.channel, "character status")).first_response()
    assert response.message is not None

    text = await pressed(studio.mira, response.message, "Choose the part to keep")

    assert "The clip needs a cut: choose the part to keep." in response.message.text
    assert "Keeps **0:05.0 – 0:09.0**" in text


async def test_an_offer_whose_pictures_are_lost_can_still_be_taken_up(studio: Studio) -> None:
    story = await studio.offered()
    studio.clips.objects.clear()

    offer = await shown(studio, story)
    await (await studio.mira.press(offer, "Use this part")).first_response()

    assert await states(studio) == [(1, _S.MENDING)]
