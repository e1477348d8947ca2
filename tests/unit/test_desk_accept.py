"""A new job is stored in time for its answer, or not at all."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.errors import RecordsUnavailable
from bot.jobs import desk
from bot.model import Attempt, Job
from tests.builders import a_job
from tests.unit.engine_rig import Rig


class Gate:
    """Holds up what is stored until it opens."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened = asyncio.Event()
        self.trouble: Exception | None = None
        accept = rig.jobs.accept

        async def accept_late(job: Job, attempt: Attempt, *, daily_cap: int) -> None:
            await self.opened.wait()
            if self.trouble is not None:
                raise self.trouble
            await accept(job, attempt, daily_cap=daily_cap)

        monkeypatch.setattr(rig.jobs, "accept", accept_late)
        monkeypatch.setattr(desk, "STORE_SECONDS", 0.01)


async def settle(rig: Rig) -> None:
    """Until nothing is left to be taken back."""
    await asyncio.gather(*rig.desk._taking_back)


async def test_a_job_that_takes_too_long_is_refused_while_it_can_still_be_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()
    gate = Gate(rig, monkeypatch)

    with pytest.raises(RecordsUnavailable):
        await rig.desk.accept(a_job().order)

    assert rig.world.jobs == {}
    gate.opened.set()
    await settle(rig)
    assert rig.world.jobs == {}, "stored too late, and taken back"
    assert rig.world.attempts == {}


async def test_a_job_that_could_not_be_stored_in_the_end_needs_no_taking_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()
    gate = Gate(rig, monkeypatch)
    gate.trouble = RecordsUnavailable("database is locked")
    with pytest.raises(RecordsUnavailable, match="busy"):
        await rig.desk.accept(a_job().order)

    with capture_logs() as logs:
        gate.opened.set()
        await settle(rig)

    assert [one["event"] for one in logs] == ["late_job_not_taken_back"]
    assert rig.world.jobs == {}


async def test_trouble_that_comes_at_once_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    gate = Gate(rig, monkeypatch)
    gate.opened.set()
    gate.trouble = RecordsUnavailable("disk full")

    with pytest.raises(RecordsUnavailable, match="disk full"):
        await rig.desk.accept(a_job().order)

    assert rig.desk._taking_back == set()
