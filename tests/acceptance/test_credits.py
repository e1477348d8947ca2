"""A reserve is kept: below it nothing is ordered, members read why, and it goes on by itself."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio

from tests.acceptance.house import House, open_house
from tests.acceptance.memory import LONG_WHILE_SECONDS
from tests.acceptance.scene import Scene


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def poor_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """With an account that is down to its reserve."""
    thresholds = {"CREDITS_WARN_BELOW": "200", "CREDITS_PAUSE_BELOW": "50"}
    async with open_house(tmp_path_factory.mktemp("credits"), thresholds) as house:
        house.kie.balance = Decimal("49.5")
        await house.bot.start()
        yield house


async def test_below_the_reserve_nothing_is_ordered_until_there_is_more_again(poor_house: House) -> None:
    poor_house.begin()
    poor_house.expected_log_events |= {"circuit_opened"}
    scene = Scene(poor_house, "reserve")
    job = await scene.order()

    await job.card_says("down to the reserve", "Nothing has been uploaded or paid")
    (balance,) = poor_house.memory.rows("SELECT credits FROM balances")
    assert (balance["credits"], job.submissions) == (49.5, [])

    poor_house.kie.balance = Decimal(1000)
    poor_house.memory.let_time_pass(LONG_WHILE_SECONDS)

    await job.result()
    assert len(job.submissions) == 1
