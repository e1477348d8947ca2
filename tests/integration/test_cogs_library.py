"""`/character rename`, `share`, `delete` and `refresh`, with the real client against the local Discord."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.clip import KeptClip
from bot.jobs.acceptance import in_one_piece
from bot.model import AttemptState, Character
from cogs import pictures
from cogs.controls import renew
from sandbox.discord.channels import Channel
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from tests.builders import a_clip
from tests.integration.cogs_studio import Studio, a_message_with, open_studio, pings_nobody

NOBODYS = "I found no such character of yours"
NOT_AN_ID = ["`", "```", "nothing", "12345", "x" * 1000, "'; DROP TABLE characters; --", "\0", "<@1>"]
CLIP, POSTER = b"the kept clip", b"\xff\xd8\xff the poster"
S = AttemptState


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


async def told(
    studio: Studio, asking: Member, command: str, where: Channel | None = None, /, **options: Any
) -> Message:
    """The private answer to a command."""
    call = await asking.run_command(where or studio.channel, f"character {command}", **options)
    response = await call.first_response()
    assert response.message is not None
    assert response.ephemeral
    return response.message


async def pressed(member: Member, message: Message, button: str) -> Message:
    """What stands in the answer to a press."""
    response = await (await member.press(message, button)).first_response()
    assert response.message is not None
    return response.message


async def kept(studio: Studio) -> KeptClip:
    """A clip that is in the store, with its poster."""
    clip = await studio.clips.keep(await studio.clips.stage("clip", in_one_piece(CLIP)))
    poster = await studio.clips.keep(await studio.clips.stage("poster", in_one_piece(POSTER)))
    return replace(a_clip(), stored=clip, poster=poster)


async def fen(studio: Studio, **changes: Any) -> Character:
    """A character of Mira's whose clip is kept."""
    made = await studio.character(
        await studio.accepted(), **{"name": "Fen", "provider_character_id": "char_fen"} | changes
    )
    story = await studio.jobs.story(made.job_id)
    assert story is not None
    await studio.jobs.save(story.attempt, now=studio.now, clip=await kept(studio))
    return made


async def attempts(studio: Studio, character: Character) -> list[tuple[int, AttemptState]]:
    """Number and state of the attempts that there are."""
    found = [await studio.jobs.story(character.job_id, number) for number in range(1, 9)]
    return [(story.attempt.number, story.attempt.state) for story in found if story]


async def test_the_sheet_shows_the_poster(studio: Studio) -> None:
    await fen(studio)

    sheet = await told(studio, studio.mira, "show", character="fen")

    assert [stored.file.body for stored in sheet.files] == [POSTER]
    assert "char_fen" in sheet.text


async def test_a_store_that_lost_clip_and_poster_leaves_the_sheet_without_them(studio: Studio) -> None:
    await fen(studio)
    studio.clips.objects.clear()

    sheet = await told(studio, studio.mira, "show", character="fen")

    assert sheet.files == []
    assert "char_fen" in sheet.text


async def test_the_list_shows_each_poster_and_turning_away_takes_them_along(studio: Studio) -> None:
    made = await fen(studio)
    await fen(studio, name="Owl", provider_character_id="char_owl")

    listed = await told(studio, studio.mira, "list")
    assert sorted(stored.filename for stored in listed.files) == ["1-poster.jpg", "2-poster.jpg"]
    await (await studio.mira.select(listed, "c1s:lst:open", [made.character_id])).first_response()

    assert [stored.filename for stored in listed.files] == ["poster.jpg"]
    assert "Renew" in listed.buttons


async def test_a_poster_that_takes_long_is_left_out(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    await fen(studio)

    async def slow(*_: object) -> bytes:
        await asyncio.Event().wait()
        return b""

    monkeypatch.setattr(pictures.Pictures, "poster", slow)
    monkeypatch.setattr(pictures, "IN_TIME_SECONDS", 0.01)

    sheet = await told(studio, studio.mira, "show", character="fen")

    assert sheet.files == []
    assert "char_fen" in sheet.text


async def test_a_character_is_renamed_and_found_by_its_new_name(studio: Studio) -> None:
    await fen(studio)

    answer = await told(studio, studio.mira, "rename", character="char_fen", name="@everyone **Wren**")

    assert "Renamed to" in answer.text
    assert "@everyone" not in answer.text
    assert "char_fen" in (await told(studio, studio.mira, "show", character="@everyone **wren**")).text
    assert NOBODYS in (await told(studio, studio.mira, "show", character="Fen")).text
    assert pings_nobody(studio)


async def test_a_taken_name_is_refused_with_a_free_one(studio: Studio) -> None:
    await fen(studio)
    await fen(studio, name="Owl", provider_character_id="char_owl")

    answer = await told(studio, studio.mira, "rename", character="Owl", name="FEN")

    assert "has this name" in answer.text
    assert "FEN 2" in answer.text
    assert "char_owl" in (await told(studio, studio.mira, "show", character="Owl")).text


@pytest.mark.parametrize("command", ["show", "rename", "share", "delete", "refresh"])
async def test_what_is_not_there_not_an_id_and_not_ones_own_get_one_answer(
    studio: Studio, command: str
) -> None:
    made = await fen(studio)
    given = {"rename": {"name": "Mine"}, "share": {"access": "only-me"}}.get(command, {})

    answers = {
        (await told(studio, studio.tom, command, character=reference, **given)).text
        for reference in (made.character_id, "char_fen", "Fen", *NOT_AN_ID)
    }

    assert len(answers) == 1
    assert NOBODYS in answers.pop()
    assert await attempts(studio, made) == [(1, S.SUCCEEDED)]


async def test_a_copied_id_may_come_with_its_back_ticks(studio: Studio) -> None:
    await fen(studio)

    assert "char_fen" in (await told(studio, studio.mira, "show", character="`char_fen`")).text


async def test_a_member_that_it_is_shared_with_finds_it_marked_and_cannot_change_it(studio: Studio) -> None:
    made = await fen(studio)

    answer = await told(studio, studio.mira, "share", character="Fen", access="one-member", member=studio.tom)

    mark = f"shared by <@{studio.mira.id}>"
    assert f"only you and <@{studio.tom.id}> can use it" in answer.text
    dm = studio.discord.dm(studio.tom)
    for where in (studio.channel, dm):
        shown = await told(studio, studio.tom, "show", where, character="fen")
        listed = await told(studio, studio.tom, "list", where)
        suggested = await studio.tom.autocomplete(where, "character show", "character", "fe")
        assert mark in shown.text
        assert "Renew" not in shown.buttons
        assert mark in listed.text
        assert [choice.value for choice in suggested] == [made.character_id]
        assert "shared with you" in suggested[0].name
    assert await studio.tom.autocomplete(studio.channel, "character rename", "character", "fe") == []
    assert NOBODYS in (await told(studio, studio.tom, "delete", character=made.character_id)).text
    assert NOBODYS in (await told(studio, studio.ola, "show", character=made.character_id)).text
    assert pings_nobody(studio)


async def test_shared_with_the_server_it_is_everybodys_there_until_it_is_taken_back(studio: Studio) -> None:
    await fen(studio)
    elsewhere = studio.discord.dm(studio.tom)

    shared = await told(studio, studio.mira, "share", character="Fen", access="everyone-here")
    seen = await told(studio, studio.tom, "show", character="Fen")
    not_seen = await told(studio, studio.tom, "show", elsewhere, character="Fen")
    taken_back = await told(studio, studio.mira, "share", character="Fen", access="only-me")

    assert "everybody in this server" in shared.text
    assert "char_fen" in seen.text
    assert NOBODYS in not_seen.text
    assert "only you can use it" in taken_back.text
    assert NOBODYS in (await told(studio, studio.tom, "show", character="Fen")).text


async def test_only_its_owner_posts_what_is_shared_with_one_member(studio: Studio) -> None:
    await fen(studio)
    await told(studio, studio.mira, "share", character="Fen", access="one-member", member=studio.tom)

    refused = await told(studio, studio.tom, "show", character="Fen", post=True)
    await told(studio, studio.mira, "share", character="Fen", access="everyone-here")
    call = await studio.tom.run_command(studio.channel, "character show", character="Fen", post=True)
    posted = await call.wait_for_answer()

    assert "for its owner" in refused.text
    assert not posted.ephemeral
    assert "char_fen" in posted.text


async def test_sharing_that_makes_no_sense_says_why_and_changes_nothing(studio: Studio) -> None:
    await fen(studio)
    dm = studio.discord.dm(studio.mira)

    nobody = await told(studio, studio.mira, "share", character="Fen", access="one-member")
    herself = await told(
        studio, studio.mira, "share", character="Fen", access="one-member", member=studio.mira
    )
    no_server = await told(studio, studio.mira, "share", dm, character="Fen", access="everyone-here")

    assert "choose somebody" in nobody.text
    assert "yours already" in herself.text
    assert "no server here" in no_server.text
    assert NOBODYS in (await told(studio, studio.tom, "show", character="Fen")).text


async def test_deleting_asks_first_and_says_what_stays(studio: Studio) -> None:
    made = await fen(studio)
    kept_clip = (await kept(studio)).stored.key

    asked = await told(studio, studio.mira, "delete", character="fen")
    assert "Delete **Fen**?" in asked.text
    assert kept_clip in await studio.jobs.wanted_keys()
    answer = await pressed(studio.mira, asked, "Delete")

    assert "Deleted here" in answer.text
    assert "may go on to exist" in answer.text
    assert kept_clip not in await studio.jobs.wanted_keys()
    for reference in ("Fen", "char_fen", made.character_id):
        assert NOBODYS in (await told(studio, studio.mira, "show", character=reference)).text


async def test_keep_deletes_nothing(studio: Studio) -> None:
    await fen(studio)
    asked = await told(studio, studio.mira, "delete", character="fen")

    answer = await pressed(studio.mira, asked, "Keep")

    assert answer.text == "Nothing was deleted."
    assert answer.buttons == {}
    assert "char_fen" in (await told(studio, studio.mira, "show", character="Fen")).text


async def refreshed(studio: Studio) -> Message:
    """What comes of `/character refresh` and of saying yes to its question."""
    question = await told(studio, studio.mira, "refresh", character="fen")
    return await pressed(studio.mira, question, "Renew") if "Renew" in question.buttons else question


async def test_refresh_asks_then_opens_one_attempt_that_renews_and_says_so(studio: Studio) -> None:
    made = await fen(studio)

    question = await told(studio, studio.mira, "refresh", character="fen")
    asked, before = question.text, await attempts(studio, made)
    left = await pressed(studio.mira, question, "Leave it as it is")
    answer = await refreshed(studio)
    again = await refreshed(studio)

    assert "Renew **Fen**?" in asked
    assert (before, left.text) == ([(1, S.SUCCEEDED)], "Nothing was changed.")
    assert "Renewing **Fen**" in answer.text
    assert "being renewed already" in again.text
    assert await attempts(studio, made) == [(1, S.SUCCEEDED), (2, S.QUEUED)]
    story = await studio.jobs.story(made.job_id)
    assert story is not None
    assert story.attempt.renews == made.character_id
    assert "being renewed already" in (await delete_pressed(studio)).text


async def delete_pressed(studio: Studio) -> Message:
    asked = await told(studio, studio.mira, "delete", character="fen")
    return await pressed(studio.mira, asked, "Delete")


async def test_two_refreshes_at_once_are_one_renewal(studio: Studio) -> None:
    made = await fen(studio)

    answers = await asyncio.gather(*(refreshed(studio) for _ in range(4)))

    assert sum("Renewing **Fen**" in answer.text for answer in answers) == 1
    assert sum("being renewed already" in answer.text for answer in answers) == 3
    assert await attempts(studio, made) == [(1, S.SUCCEEDED), (2, S.QUEUED)]


async def test_the_button_on_the_sheet_renews_once_and_only_for_the_owner(studio: Studio) -> None:
    made = await fen(studio)
    sheet = await told(studio, studio.mira, "show", character="fen")
    forged = a_message_with(studio, renew(made.character_id, 1))

    strangers = await pressed(studio.tom, forged, "Press")
    first = await pressed(studio.mira, sheet, "Renew")
    second = await pressed(studio.mira, sheet, "Renew")

    assert NOBODYS in strangers.text
    assert "Renewing **Fen**" in first.text
    assert "being renewed already" in second.text
    assert await attempts(studio, made) == [(1, S.SUCCEEDED), (2, S.QUEUED)]


async def test_a_posted_sheet_has_no_buttons(studio: Studio) -> None:
    await fen(studio)

    call = await studio.mira.run_command(studio.channel, "character show", character="Fen", post=True)
    posted = await call.wait_for_answer()

    assert posted.buttons == {}


async def test_a_clip_that_is_gone_is_said_plainly_and_the_id_stays(studio: Studio) -> None:
    made = await fen(studio)
    studio.clips.objects.clear()

    answer = await told(studio, studio.mira, "refresh", character="fen")

    assert "the clip it was made of is gone" in answer.text
    assert await attempts(studio, made) == [(1, S.SUCCEEDED)]
    assert "char_fen" in (await told(studio, studio.mira, "show", character="Fen")).text


async def test_an_unknown_renewal_is_warned_about_before_it_is_repeated(studio: Studio) -> None:
    made = await fen(studio)
    await refreshed(studio)
    story = await studio.jobs.story(made.job_id)
    assert story is not None
    way = (S.HANDED_OVER, S.SUBMITTING, S.UNKNOWN)
    await studio.move(story, *way)

    warning = await told(studio, studio.mira, "refresh", character="fen")
    assert await attempts(studio, made) == [(1, S.SUCCEEDED), (2, S.UNKNOWN)]
    answer = await pressed(studio.mira, warning, "Renew anyway")

    assert "may cost a second time" in warning.text
    assert "Renewing **Fen**" in answer.text
    assert await attempts(studio, made) == [(1, S.SUCCEEDED), (2, S.UNKNOWN), (3, S.QUEUED)]
