"""Who is taken for dead, and when."""

import asyncio
from collections.abc import Mapping

import pytest

from bot.jobs import heartbeat
from bot.jobs.heartbeat import SILENT_BEATS, Heartbeat
from tests.builders import NOON, a_job, an_attempt
from tests.fakes.instances import MemoryInstanceStore
from tests.fakes.jobs import MemoryJobStore
from tests.fakes.world import World

LIMIT_SECONDS = 20.0


class SpoiltInstanceStore(MemoryInstanceStore):
    """Fails while it is told to, and says when it was asked."""

    broken = False

    def __init__(self, world: World, instance_id: str) -> None:
        super().__init__(world, instance_id)
        self.asked = asyncio.Event()

    async def beat(self) -> Mapping[str, int]:
        self.asked.set()
        if self.broken:
            raise ConnectionError
        return await super().beat()


class Pair:
    """Our process and another one, on one database; the other one holds a lease."""

    def __init__(self) -> None:
        self.world = World()
        self.rung = 0
        self.store = SpoiltInstanceStore(self.world, "ours")
        self.ours = Heartbeat(self.store, self._ring)
        self.theirs = Heartbeat(MemoryInstanceStore(self.world, "theirs"), lambda: None)

    def _ring(self) -> None:
        self.rung += 1

    async def lease(self, instance_id: str) -> None:
        job = a_job()
        jobs = MemoryJobStore(self.world, instance_id)
        attempt = an_attempt(job)
        await jobs.accept(job, attempt, daily_cap=9)
        await jobs.claim([attempt.state], NOON, 60.0, 1)

    async def beat(self, times: int) -> None:
        for _ in range(times):
            await self.ours.beat()

    @property
    def leases(self) -> int:
        return len(self.world.attempt_leases)


@pytest.fixture
async def pair() -> Pair:
    made = Pair()
    await made.theirs.beat()
    await made.lease("theirs")
    return made


async def test_an_instance_that_falls_silent_loses_its_leases_and_the_lanes_are_rung_for(pair: Pair) -> None:
    await pair.beat(SILENT_BEATS)
    assert (pair.leases, pair.rung) == (1, 0)

    await pair.beat(1)

    assert (pair.leases, pair.rung) == (0, 1)
    assert set(pair.world.instances) == {"ours"}


async def test_an_instance_that_beats_now_and_then_keeps_its_leases(pair: Pair) -> None:
    for _ in range(5):
        await pair.beat(SILENT_BEATS)
        await pair.theirs.beat()

    assert pair.leases == 1


async def test_everybody_knows_how_many_there_are(pair: Pair) -> None:
    assert (pair.ours.living(), pair.theirs.living()) == (1, 1)
    await pair.beat(1)
    await pair.theirs.beat()
    assert (pair.ours.living(), pair.theirs.living()) == (2, 2)

    await pair.beat(SILENT_BEATS + 1)

    assert pair.ours.living() == 1


async def test_our_own_leases_outlast_our_listening(pair: Pair) -> None:
    await pair.lease("ours")

    await pair.beat(SILENT_BEATS + 1)

    assert set(pair.world.attempt_leases) <= set(pair.world.attempt_holders)
    assert [pair.world.attempt_holders[attempt_id] for attempt_id in pair.world.attempt_leases] == ["ours"]


async def test_one_that_comes_back_is_listened_to_from_the_beginning(pair: Pair) -> None:
    await pair.beat(SILENT_BEATS + 1)
    await pair.theirs.beat()
    await pair.lease("theirs")

    await pair.beat(SILENT_BEATS)

    assert pair.leases == 1


async def test_a_start_voids_what_the_process_before_it_left(pair: Pair) -> None:
    await pair.lease("ours")

    await pair.ours.recover()

    assert [pair.world.attempt_holders[attempt_id] for attempt_id in pair.world.attempt_leases] == ["theirs"]


async def test_while_the_database_is_away_nobody_grows_silent(pair: Pair) -> None:
    await pair.beat(SILENT_BEATS)

    pair.store.broken = True
    with pytest.raises(ConnectionError):
        await pair.ours._beat_again()
    pair.store.broken = False
    await pair.beat(SILENT_BEATS)

    assert pair.leases == 1, "its silence is counted anew"


async def test_the_beat_goes_on_by_itself_and_a_clean_end_signs_off(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.0)
    async with asyncio.timeout(LIMIT_SECONDS), pair.ours.beating():
        await pair.lease("ours")
        while pair.world.instances.get("ours", 0) < 3:
            pair.store.asked.clear()
            await pair.store.asked.wait()

    assert "ours" not in pair.world.instances
    assert "ours" not in [pair.world.attempt_holders[key] for key in pair.world.attempt_leases]


async def test_without_a_first_beat_there_is_no_start(pair: Pair) -> None:
    pair.store.broken = True

    with pytest.raises(ConnectionError):
        async with pair.ours.beating():
            pass
