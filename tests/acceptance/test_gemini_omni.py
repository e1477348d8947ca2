"""A provider that takes one picture and answers with the character: all the way to the id, and every loss."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from sandbox.kie.omni import OmniCharacter
from sandbox.kie.server import Kie
from tests.acceptance.crowd import Crowd, until_killed
from tests.acceptance.host import Host, Town
from tests.acceptance.house import prompt_in
from tests.acceptance.kill_points import Exchanged
from tests.acceptance.scene import RETRY, RETRY_ANYWAY, WAIT_SECONDS
from tests.acceptance.test_faults_provider import probed

pytest_plugins = ("tests.acceptance.host_fixtures",)

ORDER, UPLOAD = "omni-character", "file-stream-upload"
AT_THE_ORDER = Exchanged(ORDER)
LOSSES: dict[str, Callable[[Kie], None]] = {
    "reset after it was made": lambda kie: kie.faults.reset(ORDER, when="after"),
    "a gateway's 502": lambda kie: kie.faults.http(ORDER, status=502, when="after"),
    "half an answer": lambda kie: kie.faults.truncate(ORDER),
    "an answer without an id": lambda kie: kie.omni.ids.append(None),
    "an id with back-ticks": lambda kie: kie.omni.ids.append("`rm -rf`\n@everyone"),
    "an id of 10 KB": lambda kie: kie.omni.ids.append("a" * 10_000),
    "a number for an id": lambda kie: kie.omni.ids.append(4711),
}


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Bots that make characters there and nowhere else."""
    town = Town(lambda: tmp_path_factory.mktemp("omni"), {"PROVIDERS": "kie-gemini-omni"})
    yield town
    await town.leave()


def made_for(crowd: Crowd) -> list[OmniCharacter]:
    """What was made for the members of one server."""
    return [one for one in crowd.rig.house.kie.omni.characters if prompt_in(one).startswith(crowd.scene.name)]


async def states(crowd: Crowd) -> list[str]:
    books = await crowd.rig.reader.books(crowd.scene.guild.id)
    return sorted(row["state"] for row in books.attempts)


async def test_a_clip_becomes_a_character_by_one_picture_of_it(host: Host, guests: Crowd) -> None:
    call = await guests.order(name="Fen", safety="no hats")
    assert await host.rig.judged(guests.scene.guild) == []

    (made,) = made_for(guests)
    (upload,) = host.rig.house.kie.ledger.uploads[-1:]
    (ping,) = guests.scene.pings()
    assert f"```\n{made.character_id}\n```" in ping.text
    assert "How long this id works is not known" in ping.text
    assert upload.mime_type == "image/jpeg"
    assert made.request.name == "Fen"
    assert "no hats" in made.request.descriptions
    assert guests.scene.submissions == []
    assert call.original is not None
    assert "Character made" in call.original.text
    assert "Gemini Omni" in call.original.text


async def test_several_at_a_time_are_each_made_once(host: Host, guests: Crowd) -> None:
    await guests.order_some("good", "private", "good", "unusable", "good")

    assert await host.rig.judged(guests.scene.guild) == []
    assert len(made_for(guests)) == len({one.character_id for one in made_for(guests)}) == 4


async def test_a_refused_picture_is_told_and_can_be_tried_again(host: Host, guests: Crowd) -> None:
    host.rig.house.kie.faults.refuse(ORDER, code=400, msg="The image may depict a realistic person")
    await guests.order()
    await host.rig.rest(guests.scene.guild)
    (failure,) = guests.scene.pings()
    assert "Nothing was charged" in failure.text
    assert made_for(guests) == []

    await guests.scene.mira.press(failure, RETRY)
    await host.rig.house.kie.ledger.wait_until(lambda: len(made_for(guests)) == 1, WAIT_SECONDS)

    assert await host.rig.judged(guests.scene.guild) == []
    assert await states(guests) == ["failed", "succeeded"]


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES.keys())
async def test_a_lost_answer_is_told_as_lost_for_good_and_never_asked_for_again(
    host: Host, guests: Crowd, lose: Callable[[Kie], None]
) -> None:
    lose(host.rig.house.kie)
    await guests.order()
    await host.rig.rest(guests.scene.guild)
    host.rig.house.memory.let_time_pass()
    await host.rig.house.bot.restart()

    assert await host.rig.judged(guests.scene.guild) == []
    (failure,) = guests.scene.pings()
    assert "nobody can find it again" in failure.text
    assert "It may have been charged" in failure.text
    assert RETRY_ANYWAY in failure.buttons
    assert await states(guests) == ["unknown"]
    assert len(made_for(guests)) == 1


async def test_a_person_may_take_the_chance_of_a_second_one(host: Host, guests: Crowd) -> None:
    host.rig.house.kie.faults.reset(ORDER, when="after")
    await guests.order()
    await host.rig.rest(guests.scene.guild)

    await guests.scene.mira.press(guests.scene.pings()[0], RETRY_ANYWAY)
    await host.rig.house.kie.ledger.wait_until(lambda: len(made_for(guests)) == 2, WAIT_SECONDS)

    assert await host.rig.judged(guests.scene.guild) == []
    assert await states(guests) == ["succeeded", "unknown"]


async def test_killed_at_the_order_the_next_start_tells_it_and_orders_nothing(
    host: Host, guests: Crowd
) -> None:
    rig = host.rig
    for arm in (AT_THE_ORDER.begun, AT_THE_ORDER.lost, AT_THE_ORDER.done):
        rig.plan()
        arm(rig)
        await guests.order_some("good")
        await until_killed(guests)
        await rig.house.bot.start()
    rig.plan()

    assert await rig.judged(guests.scene.guild) == []
    assert await states(guests) == ["unknown"] * 3
    assert len(made_for(guests)) == 1, "only the last one was made"
    assert len(guests.scene.pings()) == 3


async def test_killed_at_the_upload_of_the_picture_it_is_handed_over_again(host: Host, guests: Crowd) -> None:
    rig = host.rig
    rig.house.kie.faults.on_request(UPLOAD, rig.kill, when="after", times=1)
    await guests.order()
    await until_killed(guests)
    await rig.house.bot.start()

    assert await rig.judged(guests.scene.guild) == []
    assert await states(guests) == ["succeeded"]
    assert len(made_for(guests)) == 1


async def test_while_it_is_off_nothing_is_uploaded_and_the_queue_goes_on_by_itself(
    host: Host, guests: Crowd
) -> None:
    house = host.rig.house
    house.expected_log_events |= {"circuit_opened"}
    house.kie.pause_omni()
    await guests.order_some("good", "good")
    await house.logged("circuit_opened")
    house.kie.resume_omni()
    await probed(host, lambda: any(one.get("event") == "circuit_closed" for one in house.log_events()))

    assert await host.rig.judged(guests.scene.guild) == []
    assert await states(guests) == ["succeeded"] * 2
