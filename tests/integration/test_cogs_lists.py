"""`/character status`, `list` and `show`, with the real client against the local Discord."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.characters.library import Member
from bot.model import AttemptState, Character, Person
from cogs import suggestions
from sandbox.discord.calls import Call
from sandbox.discord.messages import Message
from sandbox.discord.people import Member as Asking
from sandbox.discord.sending import NewMessage, post
from tests.integration.cogs_studio import Studio, open_studio, pings_nobody

_S = AttemptState


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


async def private(call: Call) -> Message:
    response = await call.first_response()
    assert response.message is not None
    assert response.ephemeral
    return response.message


async def run(studio: Studio, name: str, **options: Any) -> Message:
    return await private(await studio.mira.run_command(studio.channel, f"character {name}", **options))


async def characters(studio: Studio, count: int) -> list[Character]:
    """Mira's library, oldest first."""
    return [
        await studio.character(
            await studio.accepted(), name=f"Fen {number}", provider_character_id=f"char_{number}"
        )
        for number in range(count)
    ]


async def test_status_without_jobs_says_so(studio: Studio) -> None:
    assert "Nothing running." in (await run(studio, "status")).text


async def test_status_lists_own_jobs_with_their_state_and_a_link(studio: Studio) -> None:
    waiting = await studio.accepted(name="Inspector Fen")
    failed, _ = await studio.failed(await studio.accepted(name="Captain Wren"))
    assert waiting.job.card is not None

    message = await run(studio, "status")

    assert message.text.index("Captain Wren") < message.text.index("Inspector Fen")
    assert "Checking the clip" in message.text
    assert "refused the clip" in message.text
    assert f"/channels/{studio.guild.id}/{studio.channel.id}/{waiting.job.card.message_id}" in message.text
    assert (
        f"/channels/{studio.guild.id}/{failed.job.card.message_id if failed.job.card else 0}" in message.text
    )
    assert pings_nobody(studio)


async def test_jobs_of_others_are_not_listed(studio: Studio) -> None:
    await studio.accepted()
    call = await studio.ola.run_command(studio.channel, "character status")

    assert "Nothing running." in (await private(call)).text


async def test_jobs_of_a_server_are_not_listed_in_direct_messages(studio: Studio) -> None:
    await studio.accepted()
    dm = studio.discord.dm(studio.mira)

    response = await (await studio.mira.run_command(dm, "character status")).first_response()

    assert response.message is not None
    assert "Nothing running." in response.message.text


async def test_a_failed_job_is_tried_again_from_the_list(studio: Studio) -> None:
    await studio.failed(await studio.accepted())
    listed = await run(studio, "status")

    told = await private(await studio.mira.press(listed, "Try again"))

    assert told.text == "Trying again: attempt 2 of 3."


async def test_a_running_job_is_cancelled_from_the_list(studio: Studio) -> None:
    await studio.accepted()
    listed = await run(studio, "status")

    told = await private(await studio.mira.press(listed, "Cancel"))

    assert told.text == "Cancelled. Nothing was charged."
    assert "Cancelled" in (await run(studio, "status")).text


async def test_a_result_that_could_not_be_posted_is_at_the_top_with_its_id(studio: Studio) -> None:
    made = await studio.character(await studio.accepted())
    await studio.park_all("forbidden")
    await studio.accepted()

    text = (await run(studio, "status")).text

    assert f"```\n{made.provider_character_id}\n```" in text.split("Checking the clip")[0]


async def test_list_without_characters_says_how_to_make_one(studio: Studio) -> None:
    assert "/character create" in (await run(studio, "list")).text


async def test_list_turns_pages_in_place(studio: Studio) -> None:
    await characters(studio, 9)
    listed = await run(studio, "list")
    first_page = listed.text

    turned = await (await studio.mira.press(listed, "▶")).first_response()
    last_page = listed.text
    back = await (await studio.mira.press(listed, "◀")).first_response()

    assert (turned.kind, back.kind) == ("update", "update")
    assert "page 1 of 2" in first_page
    assert "char_8" in first_page
    assert "char_0`" in last_page
    assert "page 2 of 2" in last_page
    assert listed.text == first_page
    assert pings_nobody(studio)


async def test_a_page_button_on_a_public_message_answers_privately(studio: Studio) -> None:
    await characters(studio, 9)
    row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "On", "custom_id": "c1:lst:page:0:1"}]}
    from_another = public_message(studio, row)

    message = await private(await studio.mira.press(from_another, "On"))

    assert "page 2 of 2" in message.text
    assert from_another.text == ""


async def test_what_is_opened_stands_in_place_of_the_list_and_leads_back(studio: Studio) -> None:
    made = await characters(studio, 9)
    listed = await run(studio, "list", scope="mine")
    await (await studio.mira.press(listed, "▶")).first_response()
    page = listed.text

    opened = await (await studio.mira.select(listed, "c1s:lst:open", [made[0].character_id])).first_response()
    sheet = listed.text
    await (await studio.mira.press(listed, "Back to the list")).first_response()

    assert opened.kind == "update"
    assert "```\nchar_0\n```" in sheet
    assert "page 2 of 2" in page
    assert listed.text == page
    assert pings_nobody(studio)


async def test_each_scope_lists_what_its_name_says(studio: Studio) -> None:
    fen, owl = await characters(studio, 2)
    mira, tom = Person(studio.mira.id, studio.guild.id), Person(studio.tom.id, studio.guild.id)
    await studio.library.share_with_server(mira, fen.character_id)
    await studio.library.share_with_member(mira, owl.character_id, Member(tom.user_id))

    async def listed(who: Asking, scope: str) -> list[str]:
        call = await who.run_command(studio.channel, "character list", scope=scope)
        text = (await private(call)).text
        return [name for name in ("Fen 0", "Fen 1") if name in text]

    assert await listed(studio.mira, "mine") == ["Fen 0", "Fen 1"]
    assert await listed(studio.mira, "shared") == []
    assert await listed(studio.mira, "server") == ["Fen 0"]
    assert await listed(studio.tom, "mine") == []
    assert await listed(studio.tom, "shared") == ["Fen 0", "Fen 1"]
    assert await listed(studio.tom, "server") == ["Fen 0"]
    assert await listed(studio.ola, "server") == ["Fen 0"]


async def test_a_server_has_no_list_in_direct_messages(studio: Studio) -> None:
    dm = studio.discord.dm(studio.mira)

    call = await studio.mira.run_command(dm, "character list", scope="server")

    assert "no server here" in (await private(call)).text


def public_message(studio: Studio, row: dict[str, Any]) -> Message:
    return post(studio.channel, NewMessage(studio.discord.world.bot, components=(row,), flags=1 << 15))


async def test_show_is_private_unless_it_is_to_be_posted(studio: Studio) -> None:
    (made,) = await characters(studio, 1)
    options = {"character": made.character_id}

    private_sheet = await run(studio, "show", **options)
    call = await studio.mira.run_command(studio.channel, "character show", **options, post=True)
    posted = await call.wait_for_answer()

    assert "```\nchar_0\n```" in private_sheet.text
    assert not posted.ephemeral
    assert posted.text == private_sheet.text
    assert pings_nobody(studio)


@pytest.mark.parametrize("reference", ["char_0", "Fen 0", "  fen 0 "])
async def test_show_takes_a_name_or_an_id_that_was_typed(studio: Studio, reference: str) -> None:
    await characters(studio, 1)

    assert "char_0" in (await run(studio, "show", character=reference)).text


async def test_what_is_not_there_and_what_is_somebody_elses_get_one_answer(studio: Studio) -> None:
    (made,) = await characters(studio, 1)
    told = set()

    for reference in (made.character_id, "char_0", "Fen 0", "nothing", "'; drop table characters; --"):
        call = await studio.ola.run_command(studio.channel, "character show", character=reference)
        told.add((await private(call)).text)

    assert len(told) == 1


async def test_own_characters_are_suggested_newest_first(studio: Studio) -> None:
    made = await characters(studio, 3)

    everything = await studio.mira.autocomplete(studio.channel, "character show", "character", "")
    one = await studio.mira.autocomplete(studio.channel, "character show", "character", "FEN 1")
    others = await studio.ola.autocomplete(studio.channel, "character show", "character", "")

    assert {choice.value for choice in everything} == {character.character_id for character in made}
    assert [choice.name for choice in one] == ["Fen 1 · made today · char_1"]
    assert others == []


async def test_at_most_25_are_suggested(studio: Studio) -> None:
    await characters(studio, 27)

    assert len(await studio.mira.autocomplete(studio.channel, "character show", "character", "")) == 25


async def test_suggestions_that_are_not_there_in_time_are_none(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await characters(studio, 1)
    studio.library.is_open.clear()
    monkeypatch.setattr(suggestions, "SUGGESTION_SECONDS", 0.01)

    assert await studio.mira.autocomplete(studio.channel, "character show", "character", "") == []


async def test_suggestions_survive_a_broken_library(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(studio.library, "usable", broken)

    assert await studio.mira.autocomplete(studio.channel, "character show", "character", "") == []
