"""A bot with a server of its operator's, for modules that name this one in `pytest_plugins`."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.acceptance.house import House, house_in, open_box
from tests.acceptance.offices import Office


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def open_office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_box() as box:
        home = box.discord.add_guild("Operator's")
        home.add_text_channel("control")
        settings = {"OPERATOR_GUILD": str(home.id)}
        async with house_in(box, tmp_path_factory.mktemp("office"), settings) as house:
            await house.bot.start()
            yield house


@pytest_asyncio.fixture(loop_scope="session")
async def office(open_office: House, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    """A server of members with a name of its own: by their prompts jobs are known at the provider."""
    open_office.begin()
    yield Office(open_office, request.node.name)
    assert open_office.faults() == []
    await open_office.memory.call_off()
