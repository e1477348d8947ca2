"""Whatever happens to jobs in whatever order, no promise is broken."""

import asyncio
from pathlib import Path

import pytest

from tests.integration.job_ground import in_memory, in_postgresql, in_sqlite
from tests.integration.job_life import Life, Shown
from tests.integration.job_machine import play, quiet
from tests.integration.job_outside import Deed, Plan
from tests.postgres.server import PostgresServer

TO_SUBMISSION = ["intake", "upload", "submit"]


@pytest.mark.seconds(300)  # only a failure takes long: it is cut down to the shortest
def test_no_history_in_memory_breaks_a_promise() -> None:
    play(in_memory, examples=200, steps=40)


@pytest.mark.seconds(300)
def test_no_history_in_sqlite_breaks_a_promise(tmp_path: Path) -> None:
    play(in_sqlite(tmp_path), examples=15, steps=20)


@pytest.mark.seconds(300)
def test_no_history_in_postgresql_breaks_a_promise(postgres: PostgresServer) -> None:
    play(in_postgresql(postgres), examples=20, steps=20)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", ["jobs.begin_submission", "provider.submit", "jobs.save"])
def test_a_crash_around_the_submission_never_sends_it_again(call: str, *, after: bool) -> None:
    async def history() -> None:
        async with in_memory() as new_plot:
            life = Life(await new_plot())
            await life.order(Shown.ACKNOWLEDGED)
            await life.check()
            await life.go_on(TO_SUBMISSION, 2)
            assert not await life.act(Plan(call, after, Deed.CRASH), lambda: life.go_on(TO_SUBMISSION, 1))
            await life.come_to_rest()
            assert len(life.ledger.requests) <= 1

    with quiet():
        asyncio.run(history())
