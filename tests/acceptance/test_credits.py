"""A reserve is kept: below it nothing is ordered, members read why, and it goes on by itself."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.discord.channels import Channel
from sandbox.discord.messages import Message
from tests.acceptance.house import House, house_in, open_box, open_house
from tests.acceptance.memory import LONG_WHILE_SECONDS
from tests.acceptance.scene import WAIT_SECONDS, Scene

CLOSED = 50007
"""Discord: Cannot send messages to this user."""
LETTER_SECONDS = 2 * WAIT_SECONDS
"""The account is looked at when the bot starts, and told of a few seconds later."""


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


LOW, WELL = "runs low", "well again"


def letters(where: Channel, words: str) -> list[Message]:
    """What the bot has said there about the account."""
    return [one for one in where.by_id.values() if words in one.text]


async def test_the_operator_is_told_once_that_the_account_runs_low_and_once_that_it_is_well(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path, {"CREDITS_WARN_BELOW": "200"}) as house:
        place = house.discord.dm(house.discord.add_guild("Operator's").owner)
        house.kie.balance = Decimal("150.5")
        await house.bot.start()
        letter = await place.wait_for_message(lambda one: LOW in one.text, LETTER_SECONDS)
        assert "150.5 credits, below the 200" in letter.text

        house.memory.let_time_pass(LONG_WHILE_SECONDS)
        await house.bot.restart()
        await house.logged("connected", 2)
        house.kie.balance = Decimal(1000)
        house.memory.let_time_pass(LONG_WHILE_SECONDS)
        await house.bot.restart()
        await place.wait_for_message(lambda one: WELL in one.text, LETTER_SECONDS)

        assert (len(letters(place, LOW)), len(letters(place, WELL))) == (1, 1)
        assert house.faults() == []


async def test_an_operator_who_takes_no_private_messages_is_told_in_the_log_channel_of_their_server(
    tmp_path: Path,
) -> None:
    async with open_box() as box:
        home = box.discord.add_guild("Operator's")
        channel = home.add_text_channel("log")
        home.owner.refuse_direct_messages()
        async with house_in(box, tmp_path, {"OPERATOR_GUILD": str(home.id)}) as house:
            await house.bot.start()
            chosen = {"setting": "log_channel", "value": f"<#{channel.id}>"}
            await (await home.owner.run_command(channel, "characters-admin set", **chosen)).first_response()
            house.expected_refusals.add(CLOSED)
            box.kie.balance = Decimal("150.5")
            house.memory.let_time_pass(LONG_WHILE_SECONDS)
            await house.bot.restart()
            letter = await channel.wait_for_message(lambda one: LOW in one.text, LETTER_SECONDS)

            assert home.owner.id in letter.pinged_user_ids
            assert house.faults() == []
