"""Two real bots share one PostgreSQL: what one leaves behind the other takes up, and nothing is doubled."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.acceptance import kill_points as points
from tests.acceptance.crowd import until_killed
from tests.acceptance.kill_points import Arm
from tests.acceptance.pair import Pair, open_pair
from tests.acceptance.scene import WAIT_SECONDS
from tests.postgres.server import PostgresServer

ORDERS = ("good", "failing", "private", "good", "unusable", "good", "private", "good")
MOMENTS: dict[str, Arm] = {
    "the first response": points.REQUESTS["the first response"].done,
    "the copying of the clip": points.downloading,
    "the judging of the clip": points.judging,
    "the upload": points.UPLOAD.begun,
    "the order": points.ORDER.done,
    "a look": points.LOOK.lost,
    "the thread": points.REQUESTS["the thread"].done,
    "the result": points.REQUESTS["the result"].done,
}


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def shared_pair(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    async with postgres.database() as url, open_pair(folder, url) as pair:
        yield pair


@pytest.fixture
def pair(shared_pair: Pair) -> Pair:
    return shared_pair


async def test_two_bots_share_the_work_and_double_nothing(pair: Pair) -> None:
    await pair.begin(callbacks=True)
    crowds = [pair.crowd_of(rig, "shared") for rig in (pair.survivor, pair.victim)]

    for crowd in crowds:
        await crowd.order_some(*ORDERS)

    assert await pair.judged(*crowds) == []
    for rig in (pair.survivor, pair.victim):
        assert any(one.get("event") == "delivered" for one in rig.house.log_events())


@pytest.mark.parametrize("name", MOMENTS)
async def test_what_a_killed_bot_leaves_behind_the_other_takes_up(pair: Pair, name: str) -> None:
    await pair.begin(callbacks=True)
    crowd = pair.crowd_of(pair.victim, name)
    # The other one stands still until then, so that it is the victim that gets so far.
    await pair.pause(pair.survivor)
    MOMENTS[name](pair.victim)

    await crowd.order()
    await until_killed(crowd)
    pair.survivor.house.bot.resume()
    await pair.leases_end()

    assert await pair.judged(crowd) == []
    books = await pair.survivor.reader.books(crowd.scene.guild.id)
    assert [row["state"] for row in books.attempts] == ["succeeded"]
    assert not pair.victim.house.bot.is_running


async def test_killed_in_the_middle_of_many_jobs_the_other_takes_them_up(pair: Pair) -> None:
    await pair.begin(callbacks=True)
    crowds = [pair.crowd_of(rig, "many") for rig in (pair.survivor, pair.victim)]
    points.in_state("waiting")(pair.victim)

    for crowd in crowds:
        await crowd.order_some(*ORDERS)
    await pair.victim.was_killed()
    await pair.leases_end()

    assert await pair.judged(*crowds) == []


async def test_a_bot_that_was_only_asleep_brings_the_task_that_was_taken_for_lost(pair: Pair) -> None:
    await pair.begin(callbacks=False)
    crowd = pair.crowd_of(pair.victim, "asleep")
    await pair.pause(pair.survivor)
    pair.victim.house.kie.faults.on_request("createTask", pair.victim_sleeps, when="after", times=1)

    await crowd.order()
    await pair.survivor.house.kie.ledger.wait_until(lambda: bool(pair.survivor.house.tasks()), WAIT_SECONDS)
    pair.survivor.house.bot.resume()
    await pair.leases_end()
    await pair.survivor.rest(crowd.scene.guild)
    (lost,) = (await pair.survivor.reader.books(crowd.scene.guild.id)).attempts
    pair.victim.house.bot.resume()
    await pair.victim.house.logged("task_stored_late")

    assert await pair.judged(crowd) == []
    (found,) = (await pair.survivor.reader.books(crowd.scene.guild.id)).attempts
    assert (lost["state"], found["state"]) == ("unknown", "succeeded")
