"""The house is opened once per module; every test has a server of its own in it, and is judged at its end."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.acceptance.house import House, open_house
from tests.acceptance.scene import Scene

ONE_LOOP = pytest.mark.asyncio(loop_scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these tests share servers and processes, so they share the loop these live in."""
    for item in items:
        if isinstance(item, pytest.Function) and __package__ in item.nodeid.replace("/", "."):
            item.add_marker(ONE_LOOP, append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def shared_house(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[House]:
    """Sandbox and bot of a module; its `SETTINGS`, if it has any, are the bot's."""
    settings = getattr(request.module, "SETTINGS", None)
    async with open_house(tmp_path_factory.mktemp("house"), settings) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def house(shared_house: House) -> AsyncIterator[House]:
    """The module's house with a running bot, judged after each test."""
    shared_house.begin()
    if not shared_house.bot.is_running:
        await shared_house.bot.start()
    yield shared_house
    assert shared_house.faults() == []


@pytest_asyncio.fixture(loop_scope="session")
async def scene(house: House, request: pytest.FixtureRequest) -> Scene:
    """A server of the test's own."""
    return Scene(house, request.node.name)
