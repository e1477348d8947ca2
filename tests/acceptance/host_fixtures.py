"""A host of the tests' own, for modules that name this one in `pytest_plugins`."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.acceptance.conftest import FAILED
from tests.acceptance.crowd import Crowd
from tests.acceptance.host import Host, Town, crowd_in


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    town = Town(lambda: tmp_path_factory.mktemp("host"))
    yield town
    await town.leave()


@pytest_asyncio.fixture(loop_scope="session")
async def host(town: Town, request: pytest.FixtureRequest) -> AsyncIterator[Host]:
    """A host with a running bot that looks at tasks by itself; mended after each test."""
    host = await town.host()
    await host.rig.begin(callbacks=False)
    yield host
    await town.tidy_up(host, failed=request.node.stash.get(FAILED, False))


@pytest.fixture
def guests(host: Host, request: pytest.FixtureRequest) -> Crowd:
    """People in a server of the test's own, whose bot runs on the host."""
    return crowd_in(host, request.node.name)
