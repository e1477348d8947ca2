"""A character of a part of a finished video of the account, where PROVIDERS lists the model for it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.discord.calls import Call
from sandbox.discord.commands import ClientRefused
from sandbox.kie.inputs import PRO_MODEL
from tests.acceptance.crowd import Crowd
from tests.acceptance.host import Host, Town
from tests.acceptance.test_failover import ELSEWHERE, OMNI, SORA, attempts, model_is_back
from tests.acceptance.test_library import SHOW, asked, id_of
from tests.acceptance.test_renewals import refreshed

pytest_plugins = ("tests.acceptance.host_fixtures",)

PRO = "kie-sora-2-characters-pro"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Bots that take clips, and parts of videos as well."""
    town = Town(lambda: tmp_path_factory.mktemp("sources"), {"PROVIDERS": f"{SORA},{OMNI},{PRO}"})
    yield town
    await town.leave()


async def from_video(guests: Crowd, task: str, seconds: str, **options: str) -> Call:
    return await guests.order(None, command="character from-video", task=task, seconds=seconds, **options)


async def ended(crowd: Crowd) -> list[tuple[str, str]]:
    return [(row["provider"], row["state"]) for row in await attempts(crowd)]


async def test_a_part_of_a_video_becomes_a_character_and_is_renewed_from_there(
    host: Host, guests: Crowd
) -> None:
    scene, kie = guests.scene, host.rig.house.kie
    video = kie.add_video()

    await from_video(guests, f"`{video}`", "0.5 - 3 s", name="Fen")
    assert await host.rig.judged(scene.guild) == []

    (task,) = host.rig.house.tasks()
    (submission,) = scene.submissions
    assert submission.body["model"] == PRO_MODEL
    fields = submission.body["input"]
    assert (fields["origin_task_id"], fields["timestamps"]) == (video, "0.50,3.00")
    assert scene.uploads == 0, "the video is there already"
    sheet = await asked(scene.channel, scene.mira, SHOW, character="Fen")
    assert id_of(sheet) == task.character_id
    assert ELSEWHERE in sheet.buttons, "its clip is kept, so that it can be made elsewhere"

    await refreshed(scene)
    assert await host.rig.judged(scene.guild) == []
    assert await ended(guests) == [(PRO, "succeeded")] * 2


async def test_a_video_that_the_account_does_not_have_costs_nothing_and_says_so(
    host: Host, guests: Crowd
) -> None:
    balance = host.rig.house.kie.balance

    await from_video(guests, "f" * 32, "0-2")
    assert await host.rig.judged(guests.scene.guild) == []

    (ping,) = guests.scene.pings()
    assert "did not take that part of that video" in ping.text
    assert await ended(guests) == [(PRO, "failed")]
    assert host.rig.house.kie.balance == balance


async def test_what_is_not_a_part_of_a_video_is_refused_at_once_and_the_words_come_back(
    host: Host, guests: Crowd
) -> None:
    call = await from_video(guests, "a b c", "0-2")
    response = await call.first_response()

    assert response.ephemeral
    assert response.message is not None
    assert "not the number of a task" in response.message.text
    assert guests.scene.name in response.message.text
    assert await host.rig.judged(guests.scene.guild) == []
    assert await ended(guests) == []


async def test_while_the_models_are_off_clips_are_not_moved_to_it_and_its_own_may_go_elsewhere(
    host: Host, guests: Crowd
) -> None:
    house = host.rig.house
    house.expected_log_events |= {"circuit_opened"}
    house.kie.pause_model()
    house.kie.pause_omni()
    await guests.order()
    await from_video(guests, house.kie.add_video(), "0-2")
    await house.logged("circuit_opened", 2)
    assert not any("from a video" in label for one in guests.scene.messages() for label in one.buttons)

    await model_is_back(host)
    await host.try_circuits()

    assert await host.rig.judged(guests.scene.guild) == []
    assert sorted(await ended(guests)) == [(SORA, "succeeded"), (PRO, "succeeded")]


async def test_where_no_such_model_is_listed_there_is_no_such_command(host: Host, guests: Crowd) -> None:
    bot, video = host.rig.house.bot, host.rig.house.kie.add_video()
    listed = bot.environment["PROVIDERS"]
    await bot.kill()
    bot.environment["PROVIDERS"] = SORA
    await bot.start()

    with pytest.raises(ClientRefused):
        await from_video(guests, video, "0-2")

    await bot.kill()
    bot.environment["PROVIDERS"] = listed
    await bot.start()
