"""A member sees, takes along and deletes what is stored about them, whatever else stands in their way."""

import io
import json
import zipfile
from typing import Any

import pytest

from sandbox.discord.calls import Call
from sandbox.discord.channels import Channel
from sandbox.discord.people import Member
from sandbox.kie.outcomes import Outcome
from tests.acceptance.moderation import a_moderator
from tests.acceptance.scene import Job, Scene
from tests.acceptance.test_library import LIST, STATUS, asked, made

SHOW, EXPORT, DELETE = (f"privacy {name}" for name in ("show", "export-my-data", "delete-my-data"))
CANARY = "@everyone <@&1> **bold** {0} %s `x`"
ALL = ["clips", "characters", "history"]
STOPPED_WELL = 0


async def opened(call: Call) -> dict[str, Any]:
    """What is in the file that somebody gets, for themselves alone."""
    answer = await call.wait_for_answer()
    assert answer.ephemeral
    (stored,) = answer.files
    assert isinstance(stored.file.body, bytes)
    with zipfile.ZipFile(io.BytesIO(stored.file.body)) as archive:
        found: dict[str, Any] = json.loads(archive.read("data.json"))
    return found


async def deleted(member: Member, where: Channel, what: list[str] | None = None, word: str = "DELETE") -> str:
    """What somebody reads who fills in the form."""
    modal = await (await member.run_command(where, DELETE)).wait_for_modal()
    answer = await (await member.submit(modal, what=what or ALL, confirm=word)).wait_for_answer()
    assert answer.ephemeral
    return answer.text


def left_of(scene: Scene, job: Job) -> bool:
    """Whether a member's words of a job are still somewhere."""
    return job.prompt in scene.house.memory.texts()


async def test_what_is_stored_is_counted_by_kind_with_who_has_it_and_whom_to_ask(scene: Scene) -> None:
    await made(scene, CANARY)

    told = await asked(scene.channel, scene.mira, SHOW)

    assert told.ephemeral
    for words in ("**Jobs**: 1", "**Clips**: 1", "**Characters**: 1", "kie.ai", "14 days"):
        assert words in told.text
    assert "https://sandbox.example/privacy" in told.text
    assert {"Export", "Delete…"} <= told.buttons.keys()
    nothing = await asked(scene.channel, scene.sven, SHOW)
    assert "**Jobs**: 0" in nothing.text


async def test_a_member_gets_all_of_their_own_in_a_file_and_once_an_hour(scene: Scene) -> None:
    mine = await made(scene, CANARY)
    other = await made(scene, "Owl", by=scene.sven)

    found = await opened(await scene.mira.run_command(scene.channel, EXPORT))
    again = await (await scene.mira.run_command(scene.channel, EXPORT)).wait_for_answer()

    assert [job["prompt"] for job in found["jobs"]] == [mine.prompt]
    assert found["characters"][0]["name"] == CANARY
    assert other.prompt not in json.dumps(found)
    assert "token" not in json.dumps(found)
    assert "less than an hour ago" in again.text
    assert again.files == []
    assert not scene.anybody_pinged() or scene.pings(scene.mira)


async def test_the_file_comes_from_the_button_as_well(scene: Scene) -> None:
    told = await asked(scene.channel, scene.ola, SHOW)

    assert "jobs" not in await opened(await scene.ola.press(told, "Export"))


async def test_everything_is_deleted_and_the_receipt_says_what_stays(scene: Scene) -> None:
    done = await made(scene, "Unheard-of wren")
    scene.house.kie.script(Outcome.never())
    running = await scene.order()
    await running.polled()

    told = await deleted(scene.mira, scene.channel)

    for words in ("clips (1)", "characters (1)", "history (2)", "may still be charged", "What stays"):
        assert words in told
    assert not left_of(scene, done)
    assert not left_of(scene, running)
    assert "Unheard-of wren" not in scene.house.memory.texts()
    await running.card_says("Cancelled")
    assert "no characters yet" in (await asked(scene.channel, scene.mira, LIST)).text
    assert "Nothing running" in (await asked(scene.channel, scene.mira, STATUS)).text
    shown = await asked(scene.channel, scene.mira, SHOW)
    assert told.split("`")[1] in shown.text, "the deletion is followed there until the day is over"


@pytest.mark.parametrize("word", ["delete", "DELET", "DELETE!"])
async def test_without_the_word_nothing_is_deleted(scene: Scene, word: str) -> None:
    job = await made(scene, "Fen")

    told = await deleted(scene.mira, scene.channel, word=word)

    assert "Nothing was deleted" in told
    assert left_of(scene, job)


async def test_only_what_was_ticked_is_deleted_and_nothing_of_others(scene: Scene) -> None:
    mine = await made(scene, "Fen")
    await made(scene, "Owl", by=scene.sven)

    await deleted(scene.mira, scene.channel, ["characters"])

    assert "no characters yet" in (await asked(scene.channel, scene.mira, LIST)).text
    assert left_of(scene, mine)
    assert "Owl" in (await asked(scene.channel, scene.sven, LIST)).text


async def test_who_is_blocked_in_a_paused_server_is_still_heard(scene: Scene) -> None:
    job = await made(scene, "Fen")
    moderator = a_moderator(scene)
    await asked(scene.channel, moderator, "characters-admin block add", member=scene.mira)
    await asked(scene.channel, moderator, "characters-admin pause")

    shown = await asked(scene.channel, scene.mira, SHOW)
    assert "1 blocks" in shown.text
    assert "characters" in await opened(await scene.mira.run_command(scene.channel, EXPORT))
    await deleted(scene.mira, scene.channel)

    assert not left_of(scene, job)
    blocked = await scene.order()
    assert blocked.response.ephemeral, "a deletion ends no block"


async def test_after_the_bot_has_left_the_server_direct_messages_serve(scene: Scene) -> None:
    job = await made(scene, "Fen")
    conversation = scene.house.discord.dm(scene.mira)
    scene.guild.remove_bot()

    assert "**Jobs**: 1" in (await asked(conversation, scene.mira, SHOW)).text
    await deleted(scene.mira, conversation)

    assert not left_of(scene, job)


async def test_a_form_that_was_opened_before_a_restart_is_taken_after_it(scene: Scene) -> None:
    job = await made(scene, "Fen")
    told = await asked(scene.channel, scene.mira, SHOW)
    modal = await (await scene.mira.press(told, "Delete…")).wait_for_modal()
    scene.house.bot.ask_to_stop()
    assert await scene.house.bot.wait() == STOPPED_WELL
    await scene.house.discord.bot_gone()
    await scene.house.bot.start()

    answer = await (await scene.mira.submit(modal, what=ALL, confirm="DELETE")).wait_for_answer()

    assert "Deleted" in answer.text
    assert not left_of(scene, job)


async def test_a_form_is_about_whoever_sends_it_whatever_its_id_says(scene: Scene) -> None:
    job = await made(scene, "Fen")

    told = await deleted(scene.sven, scene.channel)

    assert "history (0)" in told
    assert left_of(scene, job)
