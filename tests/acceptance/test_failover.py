"""A model goes off before a queue: some go elsewhere, the rest wait until it is back, and none twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from tests.acceptance.crowd import Crowd
from tests.acceptance.history import Row
from tests.acceptance.host import Host, Town
from tests.acceptance.kill_points import Exchanged
from tests.acceptance.scene import WAIT_SECONDS as OF_ONE_JOB_SECONDS
from tests.acceptance.test_faults_provider import probed
from tests.acceptance.test_gemini_omni import made_for

pytest_plugins = ("tests.acceptance.host_fixtures",)

SORA, OMNI = "kie-sora-2-characters", "kie-gemini-omni"
ELSEWHERE, CANCEL, CHOOSE = "Make it on Gemini Omni", "Cancel", "Choose the picture"
LOOK_SECONDS = 0.05
IN_QUEUE = ("queued", "handed_over")
WAIT_SECONDS = 3 * OF_ONE_JOB_SECONDS
"""Ten jobs at once take longer, on a machine that is busy with other things."""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Bots that may go on with another provider."""
    town = Town(lambda: tmp_path_factory.mktemp("failover"), {"PROVIDERS": f"{SORA},{OMNI}"})
    yield town
    await town.leave()


@pytest.fixture(autouse=True)
def _queues(host: Host) -> None:
    host.rig.house.expected_log_events |= {"circuit_opened"}


async def attempts(crowd: Crowd) -> list[Row]:
    return list((await crowd.rig.reader.books(crowd.scene.guild.id)).attempts)


async def queued(crowd: Crowd, count: int) -> None:
    """Wait until so many jobs wait in the queue; the clips of some may have been handed over ahead."""
    async with asyncio.timeout(WAIT_SECONDS):
        while sum(row["state"] in IN_QUEUE for row in await attempts(crowd)) < count:  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(LOOK_SECONDS)


async def offered(crowd: Crowd, count: int) -> list[Message]:
    """The cards that offer another provider, once there are so many; none of them is redrawn too often."""
    discord = crowd.rig.house.discord

    def found() -> list[Message] | None:
        cards = [one for one in crowd.scene.messages() if ELSEWHERE in one.buttons]
        return cards if len(cards) == count else None

    return await discord.until(found, WAIT_SECONDS, f"{count} cards should offer another provider")


async def press(member: Member, message: Message, label: str = ELSEWHERE) -> str:
    answer = await (await member.press(message, label)).first_response()
    assert answer.message is not None
    return answer.message.text


async def decide(crowd: Crowd, value: str) -> None:
    """What `/characters-admin` will say; the row that it writes."""
    guild = crowd.scene.guild.id
    await crowd.rig.reader.change(
        f"INSERT INTO server_settings (guild_id, name, value) VALUES ({guild}, 'failover', '{value}')"  # noqa: S608 - our own values
    )


async def model_is_back(host: Host) -> None:
    host.rig.house.kie.resume_model()
    await probed(
        host, lambda: any(one.get("event") == "circuit_closed" for one in host.rig.house.log_events())
    )


@pytest.mark.seconds(180)
async def test_of_ten_that_wait_some_go_elsewhere_some_are_cancelled_and_the_rest_wait(
    host: Host, guests: Crowd
) -> None:
    scene, kie = guests.scene, host.rig.house.kie
    kie.pause_model()
    await guests.order_some(*["good"] * 10)
    await queued(guests, 10)
    cards = await offered(guests, 10)
    for card in cards:
        assert "uses one picture of the clip" in card.text
        assert "Nothing has been" in card.text

    accepted = [await press(member, card) for member, card in zip([scene.mira, scene.ola] * 2, cards)]  # noqa: B905 - the first four
    declined = [await press(scene.mira, card, CANCEL) for card in cards[4:6]]
    ignored = cards[6:]
    assert all("Gemini Omni" in text and "nothing has been charged" in text for text in accepted)
    assert all("Nothing was charged" in text for text in declined)
    await kie.ledger.wait_until(lambda: len(made_for(guests)) == 4, WAIT_SECONDS)
    assert [one for one in scene.submissions if one.accepted] == []
    assert all(ELSEWHERE in card.buttons for card in ignored)

    await model_is_back(host)

    assert await host.rig.judged(scene.guild) == []
    rows = await attempts(guests)
    assert sorted((row["provider"], row["state"]) for row in rows) == sorted(
        [(OMNI, "succeeded")] * 4 + [(SORA, "cancelled")] * 2 + [(SORA, "succeeded")] * 4
    )
    assert len(made_for(guests)) == 4
    assert sum(one.accepted for one in scene.submissions) == 4
    assert len(scene.pings()) == 8
    assert not any(ELSEWHERE in one.buttons for one in scene.messages())
    assert "Gemini Omni, from one picture of the clip" in cards[0].text


async def test_a_new_job_is_offered_it_as_soon_as_its_clip_is_good(host: Host, guests: Crowd) -> None:
    kie = host.rig.house.kie
    kie.pause_model()
    await guests.order()
    (first,) = await offered(guests, 1)
    uploads = guests.scene.uploads
    await guests.order(visibility="private")
    cards = await offered(guests, 2)

    assert guests.scene.uploads == uploads, "nothing is uploaded for who comes while it is off"
    assert "Nothing has been uploaded or paid" in next(one for one in cards if one is not first).text
    for card in cards:
        await press(guests.scene.mira, card)

    assert await host.rig.judged(guests.scene.guild) == []
    assert [row["state"] for row in await attempts(guests)] == ["succeeded"] * 2
    assert len(made_for(guests)) == 2


async def test_nobody_else_moves_it_and_a_second_press_changes_nothing(host: Host, guests: Crowd) -> None:
    host.rig.house.kie.pause_model()
    host.rig.house.kie.faults.delay("omni-character", 1.0)
    await guests.order()
    (card,) = await offered(guests, 1)

    assert "or a moderator here" in await press(guests.scene.sven, card)
    assert "goes on with" in await press(guests.scene.mira, card)
    again = await guests.scene.mira.press(card, ELSEWHERE) if ELSEWHERE in card.buttons else None
    if again is not None:
        answer = await again.first_response()
        assert answer.message is not None
        assert "Nothing was changed" in answer.message.text

    assert await host.rig.judged(guests.scene.guild) == []
    assert len(made_for(guests)) == 1


async def test_a_server_that_has_decided_so_is_not_asked(host: Host, guests: Crowd) -> None:
    host.rig.house.kie.pause_model()
    await decide(guests, "automatic")
    await guests.order_some("good", "good", "private")

    assert await host.rig.judged(guests.scene.guild) == []
    assert [(row["provider"], row["state"]) for row in await attempts(guests)] == [(OMNI, "succeeded")] * 3
    assert len(made_for(guests)) == 3


async def test_a_server_that_does_not_want_it_waits(host: Host, guests: Crowd) -> None:
    host.rig.house.kie.pause_model()
    await decide(guests, "off")
    await guests.order()
    await queued(guests, 1)
    await host.rig.house.logged("circuit_opened")
    await host.rig.house.discord.until(
        lambda: any("Your place is kept" in one.text for one in guests.scene.messages()) or None,
        WAIT_SECONDS,
        "the card should say that it waits",
    )
    assert not any(ELSEWHERE in one.buttons for one in guests.scene.messages())

    await model_is_back(host)

    assert await host.rig.judged(guests.scene.guild) == []
    assert [(row["provider"], row["state"]) for row in await attempts(guests)] == [(SORA, "succeeded")]


async def test_killed_after_the_press_it_is_made_there_once(host: Host, guests: Crowd) -> None:
    rig = host.rig
    rig.house.kie.pause_model()
    await guests.order()
    (card,) = await offered(guests, 1)
    Exchanged("file-stream-upload").lost(rig)
    await press(guests.scene.mira, card)
    await rig.was_killed()
    rig.plan()
    rig.house.kie.pause_model()
    await rig.house.bot.start()

    assert await rig.judged(guests.scene.guild) == []
    assert [(row["provider"], row["state"]) for row in await attempts(guests)] == [(OMNI, "succeeded")]
    assert len(made_for(guests)) == 1


async def test_with_both_off_nothing_is_offered_until_one_is_back(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    house.kie.pause_model()
    house.kie.pause_omni()
    await guests.order()
    (card,) = await offered(guests, 1)
    await press(guests.scene.mira, card)
    await house.logged("circuit_opened", 2)
    await house.discord.until(
        lambda: (ELSEWHERE not in card.buttons and "Your place is kept" in card.text) or None,
        WAIT_SECONDS,
        "it should wait at the second, too",
    )

    house.kie.resume_omni()
    await model_is_back(host)
    await host.try_circuits()

    assert await host.rig.judged(guests.scene.guild) == []
    assert [row["state"] for row in await attempts(guests)] == ["succeeded"]
    assert len(made_for(guests)) + sum(one.accepted for one in guests.scene.submissions) == 1


async def shown(crowd: Crowd, name: str) -> Message:
    """The sheet of one of Mira's characters."""
    scene = crowd.scene
    call = await scene.mira.run_command(scene.channel, "character show", character=name)
    message = (await call.first_response()).message
    assert message is not None
    return message


async def test_a_character_that_is_there_is_made_again_elsewhere_and_keeps_its_old_id(
    host: Host, guests: Crowd
) -> None:
    rig, scene = host.rig, guests.scene
    await guests.order(name="Fen")
    await rig.rest(scene.guild)
    sheet = await shown(guests, "Fen")
    old_id = sheet.text.split("```")[1].strip()

    answer = await (await scene.mira.press(sheet, ELSEWHERE)).first_response()
    assert answer.message is not None
    assert "uses one picture of the clip" in answer.message.text
    assert made_for(guests) == []
    assert "Making" in await press(scene.mira, answer.message)
    await rig.house.kie.ledger.wait_until(lambda: len(made_for(guests)) == 1, WAIT_SECONDS)

    assert await rig.judged(scene.guild) == []
    assert [(row["provider"], row["state"]) for row in await attempts(guests)] == [
        (SORA, "succeeded"),
        (OMNI, "succeeded"),
    ]
    found = (await shown(guests, "Fen")).text
    assert f"```\n{made_for(guests)[0].character_id}\n```" in found
    assert found == (await shown(guests, old_id)).text
    assert "Make it on Sora 2" in (await shown(guests, "Fen")).buttons


async def chosen(crowd: Crowd, message: Message, milliseconds: int) -> bytes:
    """What Mira is shown as her choice, from a message with the button on."""
    member = crowd.scene.mira
    choice = await (await member.press(message, CHOOSE)).wait_for_answer()
    taken = await (await member.select(choice, "c1s:pic:take", [str(milliseconds)])).wait_for_answer()
    assert "is used from now on" in taken.text
    (picture,) = taken.files
    body = picture.file.body
    assert isinstance(body, bytes)
    return body


async def test_its_owner_chooses_the_picture_while_it_waits_and_that_outlives_a_restart(
    host: Host, guests: Crowd
) -> None:
    rig = host.rig
    rig.house.kie.pause_model()
    await guests.order()
    (card,) = await offered(guests, 1)
    (before,) = card.files

    picture = await chosen(guests, card, 0)
    await rig.house.bot.restart()
    (card,) = await offered(guests, 1)
    await press(guests.scene.mira, card)

    assert await rig.judged(guests.scene.guild) == []
    (upload,) = rig.house.kie.ledger.uploads[-1:]
    assert picture != before.file.body
    assert upload.file.read_bytes() == picture
    assert len(made_for(guests)) == 1


async def test_another_picture_is_chosen_for_what_is_made_again(host: Host, guests: Crowd) -> None:
    rig, scene = host.rig, guests.scene
    await guests.order(name="Fen")
    await rig.rest(scene.guild)
    question = await (await scene.mira.press(await shown(guests, "Fen"), ELSEWHERE)).wait_for_answer()

    picture = await chosen(guests, question, 0)
    await press(scene.mira, question)
    await rig.house.kie.ledger.wait_until(lambda: len(made_for(guests)) == 1, WAIT_SECONDS)

    assert await rig.judged(scene.guild) == []
    (upload,) = rig.house.kie.ledger.uploads[-1:]
    assert upload.file.read_bytes() == picture
    assert CHOOSE in (await shown(guests, "Fen")).buttons
