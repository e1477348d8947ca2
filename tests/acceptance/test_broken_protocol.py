"""With one piece of the bot broken on purpose, the checker objects: its silence elsewhere means something."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance import kill_points as points
from tests.acceptance.broken_bot import BREAK, BREAKS
from tests.acceptance.crowd import Crowd, until_killed
from tests.acceptance.databases import lent, open_database
from tests.acceptance.kill_points import Arm
from tests.acceptance.rig import Rig, open_rig
from tests.acceptance.scene import Scene
from tests.acceptance.witness import POSTGRESQL, SQLITE
from tests.postgres.server import PostgresServer

RESULT = points.REQUESTS["the result"]
CASES: dict[str, tuple[Arm | None, str]] = {
    "sends-twice": (None, "was paid 2 times"),
    "sends-the-unknown-again": (points.ORDER.done, "was paid 2 times"),
    "writes-down-too-late": (points.ORDER.done, "was paid 2 times"),
    "forgets-what-was-said": (RESULT.done, "was shown 2 times"),
    "marks-first": (RESULT.lost, "noted as told, and nobody was told"),
    "forgets-the-outbox": (None, "nobody was to be told"),
}


ON_EACH_DATABASE = ("sends-twice", "forgets-the-outbox")
RUNS = [(SQLITE, name) for name in BREAKS] + [(POSTGRESQL, name) for name in ON_EACH_DATABASE]


@pytest_asyncio.fixture(loop_scope="session")
async def rig(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """On a database of the kind that it is parametrised with."""

    def server() -> AbstractContextManager[PostgresServer]:
        return lent(request.getfixturevalue("postgres"))

    async with open_database(request.param, tmp_path, server) as url, open_rig(tmp_path, url) as rig:
        rig.house.bot.module = "tests.acceptance.broken_bot"
        yield rig


@pytest.mark.parametrize(("rig", "name"), RUNS, indirect=["rig"])
async def test_a_broken_bot_is_found_out(rig: Rig, name: str) -> None:
    moment, sentence = CASES[name]
    rig.house.bot.environment[BREAK] = name
    crowd = Crowd(rig, Scene(rig.house, name))
    await rig.begin(callbacks=True)
    if moment is not None:
        moment(rig)
    await crowd.order()
    if moment is not None:
        await until_killed(crowd)
        rig.plan()
        await rig.house.bot.start()
    else:
        await rig.house.discord.until(lambda: rig.house.kie.ledger.tasks or None)

    found = await rig.judged(crowd.scene.guild)

    assert any(sentence in one for one in found), found
