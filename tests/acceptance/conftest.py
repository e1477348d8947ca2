"""The house is shared; every test has a server of its own in it, and is judged at its end."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.crowd import Crowd, later
from tests.acceptance.databases import KINDS, lent, open_database
from tests.acceptance.house import House, Street
from tests.acceptance.rig import Rig, open_rig
from tests.acceptance.scene import Scene

FAILED = pytest.StashKey[bool]()
DATABASE_KIND = "database_kind"
ONE_LOOP = pytest.mark.asyncio(loop_scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these tests share servers and processes, so they share the loop these live in.

    What runs on each kind of database is twice as long as one worker should be alone with.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents and isinstance(item, pytest.Function):
            item.add_marker(ONE_LOOP, append=False)
            kind = item.callspec.params.get(DATABASE_KIND) if hasattr(item, "callspec") else None
            if kind:
                item.add_marker(pytest.mark.xdist_group(f"{item.path.name} on {kind}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Street]:
    street = Street(lambda: tmp_path_factory.mktemp("house"))
    yield street
    await street.leave()


@pytest_asyncio.fixture(loop_scope="session")
async def house(street: Street, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """Sandbox and a running bot, judged after each test.

    What a test leaves in the queue would take the answers that a later one has the provider prepare.
    """
    house = await street.house()
    yield house
    faults = house.faults()
    if faults or request.node.stash.get(FAILED, False) or not house.bot.is_running:
        await street.leave()
    else:
        await house.memory.call_off()
    assert faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def scene(house: House, request: pytest.FixtureRequest) -> Scene:
    """A server of the test's own."""
    return Scene(house, request.node.name)


@pytest.fixture(name=DATABASE_KIND, scope="session", params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Whatever stands on this runs on each kind of database."""
    return str(request.param)


@pytest.fixture(scope="session")
def database_folder(tmp_path_factory: pytest.TempPathFactory, database_kind: str) -> Path:
    return tmp_path_factory.mktemp(f"killed-{database_kind}-")


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_url(
    database_folder: Path, database_kind: str, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """The database of the bots that are killed here."""
    async with open_database(
        database_kind, database_folder, lambda: lent(request.getfixturevalue("postgres"))
    ) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def shared_rig(database_folder: Path, database_url: str) -> AsyncIterator[Rig]:
    """Sandbox and a bot on `database_url`, killed and started as a test wants it.

    In the end ten minutes pass, the bot starts once more, and all servers are judged again.
    """
    async with open_rig(database_folder, database_url) as rig:
        yield rig
        assert await later(Crowd(rig, Scene(rig.house, "ten minutes later"))) == []


@pytest.fixture
def crowd(shared_rig: Rig, request: pytest.FixtureRequest) -> Crowd:
    """People in a server of the test's own."""
    return Crowd(shared_rig, Scene(shared_rig.house, request.node.name))
