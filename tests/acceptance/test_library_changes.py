"""A member names, shares and deletes characters; for everybody else they are not there."""

import pytest

from sandbox.discord.channels import Channel
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from tests.acceptance.scene import Job, Scene, id_block
from tests.acceptance.test_library import LIST, NOBODYS, SHOW, asked, made

RENAME, SHARE, DELETE, REFRESH = (f"character {name}" for name in ("rename", "share", "delete", "refresh"))
STRING, INTEGER = 3, 4
"""Discord: Application Command Option Type."""
NOT_AN_ID = ["`", "``````", "12345", "x" * 1000, "char_\0", "@everyone", "Fen'; --"]


async def pressed(member: Member, message: Message, button: str) -> str:
    """What is told, privately, after a press."""
    response = await (await member.press(message, button)).first_response()
    assert response.message is not None
    assert response.ephemeral
    return response.message.text


async def sees(scene: Scene, member: Member, job: Job, where: Channel | None = None) -> bool:
    """Whether a member is shown the character of a job; nothing in between is said."""
    told = await asked(where or scene.channel, member, SHOW, character=job.tasks[0].character_id)
    assert (id_block(job.tasks[0]) in told.text) is not (NOBODYS in told.text)
    return id_block(job.tasks[0]) in told.text


async def test_the_sheet_shows_the_picture_of_the_card(scene: Scene) -> None:
    job = await made(scene, "Fen")

    told = await asked(scene.channel, scene.mira, SHOW, character="fen")

    (picture,), (on_card,) = told.files, job.card.files
    assert picture.filename == "poster.jpg"
    assert picture.file.body == on_card.file.body


async def test_a_store_that_lost_everything_leaves_the_sheet_whole_and_the_renewal_refused(
    scene: Scene,
) -> None:
    job = await made(scene, "Fen")
    for clip in set(scene.house.memory.clips()) - set(scene.clips_before):
        clip.unlink()
    # Another test's job may share the bytes, and then its file is not new.
    for clip in scene.house.memory.clips():
        clip.unlink()

    told = await asked(scene.channel, scene.mira, SHOW, character="fen")
    refused = await asked(scene.channel, scene.mira, REFRESH, character="fen")

    assert id_block(job.tasks[0]) in told.text
    assert told.files == []
    assert "the clip it was made of is gone" in refused.text
    assert len(scene.submissions) == 1


async def test_a_renamed_character_is_found_by_its_new_name_and_its_id(scene: Scene) -> None:
    job = await made(scene, "Fen")
    await made(scene, "Owl")

    renamed = await asked(scene.channel, scene.mira, RENAME, character="fen", name="Inspector Wren")
    taken = await asked(scene.channel, scene.mira, RENAME, character="Owl", name="INSPECTOR WREN")

    assert renamed.ephemeral
    assert "Inspector Wren" in renamed.text
    assert "INSPECTOR WREN 2" in taken.text
    told = await asked(scene.channel, scene.mira, SHOW, character="inspector wren")
    assert id_block(job.tasks[0]) in told.text
    assert NOBODYS in (await asked(scene.channel, scene.mira, SHOW, character="Fen")).text


async def test_a_second_character_of_one_name_is_made_and_numbered(scene: Scene) -> None:
    await made(scene, "Fen")
    second = await made(scene, "fen")

    told = await asked(scene.channel, scene.mira, SHOW, character="fen 2")

    assert id_block(second.tasks[0]) in told.text
    assert "fen 2" in (await second.result()).text


async def test_a_character_is_shared_with_one_member_until_it_is_taken_back(scene: Scene) -> None:
    job = await made(scene, "Fen")
    pings = len(scene.pings(scene.sven))
    assert not await sees(scene, scene.sven, job)

    told = await asked(
        scene.channel, scene.mira, SHARE, character="Fen", access="one-member", member=scene.sven
    )
    listed = await asked(scene.channel, scene.sven, LIST)
    suggested = await scene.sven.autocomplete(scene.channel, SHOW, "character", "fen")

    assert f"only you and <@{scene.sven.id}> can use it" in told.text
    assert await sees(scene, scene.sven, job)
    assert await sees(scene, scene.sven, job, scene.house.discord.dm(scene.sven))
    assert f"shared by <@{scene.mira.id}>" in listed.text
    assert suggested[0].name.split(" · ")[:2] == ["Fen", "shared with you"]
    assert not await sees(scene, scene.ola, job)
    await asked(scene.channel, scene.mira, SHARE, character="Fen", access="only-me")
    assert not await sees(scene, scene.sven, job)
    assert len(scene.pings(scene.sven)) == pings


async def test_a_character_shared_with_a_server_is_there_for_its_people_only(scene: Scene) -> None:
    job = await made(scene, "Fen")

    told = await asked(scene.channel, scene.mira, SHARE, character="Fen", access="everyone-here")

    assert "everybody in this server" in told.text
    assert await sees(scene, scene.sven, job)
    assert await sees(scene, scene.ola, job)
    assert not await sees(scene, scene.sven, job, scene.house.discord.dm(scene.sven))


@pytest.mark.parametrize("command", [RENAME, SHARE, DELETE, REFRESH])
async def test_what_is_not_ones_own_not_there_or_not_an_id_is_answered_alike(
    scene: Scene, command: str
) -> None:
    job = await made(scene, "Fen")
    await asked(scene.channel, scene.mira, SHARE, character="Fen", access="everyone-here")
    given = {RENAME: {"name": "Mine"}, SHARE: {"access": "only-me"}}.get(command, {})

    answers = {
        (await asked(scene.channel, scene.sven, command, character=reference, **given)).text
        for reference in ("Fen", job.tasks[0].character_id, "Nobody", *NOT_AN_ID)
    }

    assert len(answers) == 1
    assert NOBODYS in answers.pop()
    assert await sees(scene, scene.mira, job)
    assert len(scene.submissions) == 1


async def test_what_was_made_elsewhere_is_its_owners_alone_to_see_in_a_server(scene: Scene) -> None:
    dm = scene.house.discord.dm(scene.mira)
    job = await scene.order(dm, name="Fen")
    result = await job.result(place=dm)

    shared = await asked(scene.channel, scene.mira, SHARE, character="Fen", access="everyone-here")
    refused = await asked(scene.channel, scene.mira, SHOW, character="Fen", post=True)
    alone = await asked(scene.channel, scene.mira, SHOW, character="Fen")
    in_private = await asked(dm, scene.mira, SHOW, character="Fen", post=True)

    assert "wasn't made in this server" in shared.text
    assert "only in the server it was made in" in refused.text
    assert shared.ephemeral
    assert refused.ephemeral
    assert alone.ephemeral
    for seen in (result, alone, in_private):
        assert id_block(job.tasks[0]) in seen.text
    assert not await sees(scene, scene.sven, job)


async def test_deleting_asks_first_and_says_what_stays(scene: Scene) -> None:
    job = await made(scene, "Fen")
    asking = await asked(scene.channel, scene.mira, DELETE, character="Fen")
    assert await sees(scene, scene.mira, job)

    response = await (await scene.mira.press(asking, "Delete")).first_response()

    assert response.kind == "update"
    assert "Deleted here" in asking.text
    assert "may go on to exist" in asking.text
    assert asking.buttons == {}
    assert not await sees(scene, scene.mira, job)
    assert "no characters yet" in (await asked(scene.channel, scene.mira, LIST)).text
    assert scene.house.memory.rows(
        "SELECT clip_key, clip_poster_key FROM jobs WHERE prompt = :prompt", prompt=job.prompt
    ) == [{"clip_key": None, "clip_poster_key": None}]


@pytest.mark.parametrize("kind", [STRING, INTEGER])
@pytest.mark.parametrize("command", [SHOW, DELETE, REFRESH])
async def test_what_no_app_would_send_is_refused_and_changes_nothing(
    scene: Scene, command: str, kind: int
) -> None:
    """10 KB where 1,000 characters are let through, and a number where there is to be a text."""
    job = await made(scene, "Fen")
    spec = {"type": kind, "name": "character", "description": "No limits", "required": True}
    value = "x" * 10_240 if kind == STRING else 12345

    call = await scene.mira.run_unchecked(scene.channel, command, [spec], character=value)
    response = await call.first_response()

    assert response.message is not None
    assert response.ephemeral
    assert "broke" not in response.message.text
    assert await sees(scene, scene.mira, job)
    assert len(scene.submissions) == 1
