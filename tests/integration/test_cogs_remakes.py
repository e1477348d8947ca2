"""Making a character of the library again at another provider: the real client against the local Discord."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.fault import Fault
from bot.model import AttemptState, Character, Circuit, Person
from cogs.controls import again_at, make_at
from sandbox.discord.messages import Message
from tests.integration.cogs_studio import Studio, a_message_with, open_studio, pings_nobody, with_button
from tests.integration.studio_ways import SECOND
from tests.integration.test_cogs_library import NOBODYS, POSTER, attempts, fen, pressed, told

S = AttemptState
MAKE, LEAVE = "Make it on Second", "Leave it as it is"


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


async def asked(studio: Studio) -> Message:
    """What the button on the sheet asks."""
    sheet = await told(studio, studio.mira, "show", character="Fen")
    return await pressed(studio.mira, sheet, MAKE)


async def provider(studio: Studio, made: Character) -> str:
    story = await studio.jobs.story(made.job_id)
    assert story is not None
    return story.attempt.provider


async def test_the_owner_is_told_what_differs_and_has_it_made_there(studio: Studio) -> None:
    made = await fen(studio)

    question = await asked(studio)
    before = await attempts(studio, made)
    answer = await pressed(studio.mira, question, MAKE)

    assert question.ephemeral
    assert "Make **Fen** again, on **Second**?" in question.text
    assert "one picture of the clip" in question.text
    assert "costs what a new one costs" in question.text
    assert [stored.file.body for stored in question.files] == [POSTER]
    assert before == [(1, S.SUCCEEDED)]
    assert "Making **Fen** again on **Second**" in answer.text
    assert await attempts(studio, made) == [(1, S.SUCCEEDED), (2, S.QUEUED)]
    assert await provider(studio, made) == SECOND
    assert pings_nobody(studio)


async def test_leaving_it_changes_nothing(studio: Studio) -> None:
    made = await fen(studio)

    answer = await pressed(studio.mira, await asked(studio), LEAVE)

    assert answer.text == "Nothing was changed."
    assert answer.buttons == {}
    assert await attempts(studio, made) == [(1, S.SUCCEEDED)]


async def test_several_presses_make_one_attempt(studio: Studio) -> None:
    made = await fen(studio)
    question = await asked(studio)

    answers = await asyncio.gather(*(pressed(studio.mira, question, MAKE) for _ in range(3)))

    assert sum("Making **Fen**" in answer.text for answer in answers) == 1
    assert sum("being renewed already" in answer.text for answer in answers) == 2
    assert await attempts(studio, made) == [(1, S.SUCCEEDED), (2, S.QUEUED)]
    sheet = await told(studio, studio.mira, "show", character="Fen")
    assert sheet.buttons == {}


async def test_a_provider_that_takes_nothing_is_not_offered_and_said_to_take_nothing(studio: Studio) -> None:
    made = await fen(studio)
    question = await asked(studio)
    later = studio.now + timedelta(hours=1)
    await studio.circuits.open(Circuit(SECOND, Fault.MODEL_OFF, studio.now, later), studio.now)

    sheet = await told(studio, studio.mira, "show", character="Fen")
    answer = await pressed(studio.mira, question, MAKE)

    assert "Renew" in sheet.buttons
    assert MAKE not in sheet.buttons
    assert "can't be made there just now" in answer.text
    assert "Nothing was charged" in answer.text
    assert await attempts(studio, made) == [(1, S.SUCCEEDED)]


async def test_nobody_else_has_it_made_moderators_included(studio: Studio) -> None:
    made = await fen(studio)
    mira = Person(studio.mira.id, studio.guild.id)
    await studio.library.share_with_server(mira, made.character_id)
    controls = (again_at(made.character_id, SECOND), make_at(made.character_id, SECOND, 1))

    for asking in (studio.tom, studio.ola):
        sheet = await told(studio, asking, "show", character="Fen")
        assert sheet.buttons == {}
        for control in controls:
            assert NOBODYS in (await pressed(asking, a_message_with(studio, control), "Press")).text

    assert await attempts(studio, made) == [(1, S.SUCCEEDED)]


async def test_a_clip_that_is_gone_is_said_plainly_and_the_id_stays(studio: Studio) -> None:
    made = await fen(studio)
    question = await asked(studio)
    studio.clips.objects.clear()

    answer = await pressed(studio.mira, question, MAKE)

    assert "the clip it was made of is gone" in answer.text
    assert await attempts(studio, made) == [(1, S.SUCCEEDED)]
    assert "char_fen" in (await told(studio, studio.mira, "show", character="Fen")).text


@pytest.mark.parametrize("arg", ["", ":unheard-of", ":another", ":another_", ":another_0", ":another_7"])
@pytest.mark.parametrize("action", ["elsewhere", "make"])
async def test_a_button_of_another_time_makes_nothing(studio: Studio, action: str, arg: str) -> None:
    made = await fen(studio)
    old = with_button(studio, f"c1:chr:{action}:{made.character_id}{arg}")

    assert (await pressed(studio.mira, old, "Press")).text
    assert await attempts(studio, made) == [(1, S.SUCCEEDED)]
