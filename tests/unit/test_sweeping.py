"""What no job needs any more leaves the clip store."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta

from structlog.testing import capture_logs

from bot.errors import ClipStoreUnavailable
from bot.jobs.keeping.sweeping import SPARED, Sweep
from bot.model import AttemptState
from tests.builders import NOON
from tests.fakes.clips import MemoryClipStore
from tests.unit.engine_rig import KEPT, KEPT_SHEET, Rig

STRAY = "sha256/00/stray"


def sweep_of(rig: Rig) -> Sweep:
    return Sweep(jobs=rig.jobs, clips=rig.clips, clock=rig.clock)


async def test_what_a_job_needs_stays_and_what_none_needs_goes() -> None:
    rig = Rig(clips=MemoryClipStore())
    await rig.queued()
    rig.clips.objects[STRAY] = b"of a job that is gone"
    rig.clips.kept_at |= dict.fromkeys(rig.clips.objects, NOON - SPARED - timedelta(seconds=1))

    await sweep_of(rig).sweep()

    assert set(rig.clips.objects) == {KEPT.key}


async def test_what_is_young_may_be_on_its_way_into_a_row_and_stays() -> None:
    rig = Rig(clips=MemoryClipStore())
    rig.clips.objects[STRAY] = b"kept just now"
    rig.clips.kept_at[STRAY] = NOON

    await sweep_of(rig).sweep()

    assert STRAY in rig.clips.objects


async def test_what_was_staged_long_ago_goes_too_and_what_is_on_trial_stays() -> None:
    rig = Rig(clips=MemoryClipStore())
    rig.clips.objects |= {"incoming/old": b"a start could not sweep it", "incoming/new": b"on trial"}
    rig.clips.staged_at |= {
        "incoming/old": NOON - SPARED - timedelta(seconds=1),
        "incoming/new": NOON,
    }

    await sweep_of(rig).sweep()

    assert {key for key in rig.clips.objects if key.startswith("incoming/")} == {"incoming/new"}


async def test_an_offer_is_needed_until_it_is_over() -> None:
    rig = Rig(clips=MemoryClipStore())
    attempt = await rig.offered()
    rig.clock.advance(SPARED.total_seconds() + 1)
    rig.clips.kept_at |= dict.fromkeys(rig.clips.objects, NOON)

    await sweep_of(rig).sweep()
    while_offered = set(rig.clips.objects)
    await rig.jobs.save(
        rig.stored(attempt).move(AttemptState.CANCELLED), now=rig.clock.now(), forget_ticket=True
    )
    await sweep_of(rig).sweep()

    assert while_offered == {KEPT.key, KEPT_SHEET.key}
    assert rig.clips.objects == {}


class StoreThatIsAway(MemoryClipStore):
    """Answers no sweep, and says when it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def sweep_kept(self, wanted: Collection[str], older_than: datetime) -> int:
        self.asked.set()
        raise ClipStoreUnavailable(next(iter(wanted), ""), f"since {older_than}")


async def test_a_store_that_is_away_is_said_in_the_log_and_stops_nothing() -> None:
    clips = StoreThatIsAway()

    with capture_logs() as logs:
        async with sweep_of(Rig(clips=clips)).sweeping():
            await clips.asked.wait()

    assert [one["event"] for one in logs] == ["sweep_failed"]
