"""Making it at another provider, by the button on the card: the real client against the local Discord."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clip import StoredClip
from bot.fault import Fault
from bot.model import AttemptState, Circuit
from cogs import controls
from sandbox.discord.messages import Message
from tests.builders import PROVIDER, a_clip
from tests.integration.cogs_studio import Studio, a_message_with, open_studio, pressed, with_button
from tests.integration.studio_ways import SECOND

_S = AttemptState
POSTER = StoredClip("sha256/poster", "00" * 32, 1000)


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


@pytest.fixture
async def offer(studio: Studio) -> Message:
    """A message with the button, about a job of Mira's that waits for a model that is off."""
    story = await studio.accepted()
    queued = story.attempt.move(_S.QUEUED)
    await studio.jobs.save(queued, now=studio.now, clip=replace(a_clip(), poster=POSTER))
    lapses_at = studio.now + timedelta(hours=1)
    await studio.circuits.open(Circuit(PROVIDER, Fault.MODEL_OFF, studio.now, lapses_at), studio.now)
    return a_message_with(studio, controls.elsewhere(story.job.job_id, SECOND))


async def provider(studio: Studio) -> str:
    (story,) = await studio.jobs_of(studio.mira)
    return story.attempt.provider


async def test_its_owner_has_it_made_elsewhere_and_reads_what_differs(studio: Studio, offer: Message) -> None:
    text = await pressed(studio.mira, offer, "Press")

    assert text.startswith("It goes on with **Second**. It uses one picture of the clip")
    assert "nothing has been charged" in text
    assert await provider(studio) == SECOND


async def test_a_moderator_does_and_a_stranger_does_not(studio: Studio, offer: Message) -> None:
    refused = await pressed(studio.tom, offer, "Press")
    assert "Only the person who started this, or a moderator here" in refused
    assert await provider(studio) == PROVIDER

    await pressed(studio.ola, offer, "Press")

    assert await provider(studio) == SECOND


async def test_a_second_press_says_that_it_went_there_already(studio: Studio, offer: Message) -> None:
    await pressed(studio.mira, offer, "Press")

    assert "handed on there already" in await pressed(studio.mira, offer, "Press")


async def test_when_the_model_is_back_it_stays_where_it_is(studio: Studio, offer: Message) -> None:
    await studio.circuits.close(PROVIDER, studio.now)

    text = await pressed(studio.mira, offer, "Press")

    assert "takes orders again" in text
    assert "Nothing was changed." in text
    assert await provider(studio) == PROVIDER


@pytest.mark.usefixtures("offer")
@pytest.mark.parametrize("arg", ["", ":unheard-of", ":1"])
async def test_a_button_of_another_time_changes_nothing(studio: Studio, arg: str) -> None:
    (story,) = await studio.jobs_of(studio.mira)
    old = with_button(studio, f"c1:job:elsewhere:{story.job.job_id}{arg}")

    assert await pressed(studio.mira, old, "Press")
    assert await provider(studio) == PROVIDER
