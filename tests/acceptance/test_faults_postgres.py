"""A PostgreSQL that restarts, and one whose tables are locked."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.crowd import Crowd
from tests.acceptance.host import OUT_OF_REACH, STORAGE_TROUBLE, Host, crowd_in, open_host
from tests.acceptance.rig import NotAtRest
from tests.acceptance.scene import RESPONSE_SECONDS
from tests.acceptance.test_faults import accepted, whole
from tests.postgres.server import PostgresServer, started


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A server that nobody else loses when it stops."""
    with started() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def host(own_postgres: PostgresServer, tmp_path: Path) -> AsyncIterator[Host]:
    """A host whose database is another one's."""
    async with own_postgres.database() as url, open_host(tmp_path, url) as host:
        await host.rig.begin(callbacks=True)
        yield host


async def judged_after_an_outage(host: Host, crowd: Crowd) -> list[str]:
    """What must not have happened. A step that the outage broke holds its row for minutes, which pass."""
    try:
        return await host.rig.judged(crowd.scene.guild, crowd.retry)
    except NotAtRest:
        # Nothing has moved for as long as that takes: nothing is in hand.
        await host.end_leases()
        return await host.rig.judged(crowd.scene.guild, crowd.retry)


@pytest.mark.seconds(180)
async def test_a_database_server_that_restarts_again_and_again_doubles_and_loses_nothing(
    host: Host, own_postgres: PostgresServer
) -> None:
    house, crowd = host.rig.house, crowd_in(host, "restarts")
    house.expected_log_events |= STORAGE_TROUBLE | {"beat_failed", "hint_not_stored"}
    for number, wishes in enumerate((("good", "failing"), ("private", "good"), ("good", "good")), start=1):
        await crowd.order_some(*wishes)
        await accepted(crowd, 2 * number)
        await own_postgres.stop()
        call = await crowd.order()
        told = (await call.first_response(RESPONSE_SECONDS)).message
        assert told is not None
        assert OUT_OF_REACH in told.text
        await house.logged("claim_failed", number)
        await own_postgres.start()
        await host.rig.reader.close()  # what it keeps open is broken; it opens anew
    await host.until_ready()

    assert await judged_after_an_outage(host, crowd) == []
    books = await host.rig.reader.books(crowd.scene.guild.id)
    assert len(books.jobs) == 6


async def test_a_locked_table_fails_the_command_in_time_and_nothing_else(host: Host) -> None:
    house, crowd = host.rig.house, crowd_in(host, "locked table")
    house.expected_log_events |= STORAGE_TROUBLE
    async with host.rig.reader.locked():
        call = await crowd.order()
        told = (await call.first_response(RESPONSE_SECONDS)).message

    assert told is not None
    assert OUT_OF_REACH in told.text
    await house.logged("late_job_taken_back")
    await crowd.order()
    await accepted(crowd)
    assert await whole(crowd) == ["succeeded"]
