"""Many jobs at once: each once, whatever ends the process in between."""

import pytest

from bot.errors import NotFound
from bot.jobs.staff.bulk import Bulks
from bot.model import AttemptState
from bot.moderation.bulks import DONE, BulkAction
from tests.builders import GUILD_ID, a_snowflake, an_id
from tests.fakes.bulks import MemoryBulkStore
from tests.fakes.records import MemoryJobRecords
from tests.unit.engine_rig import Rig

S = AttemptState
MODERATOR = a_snowflake()


def bulks_of(rig: Rig) -> Bulks:
    return Bulks(
        desk=rig.desk,
        store=MemoryBulkStore(rig.world),
        records=MemoryJobRecords(rig.world),
        clock=rig.clock,
        new_id=an_id,
    )


async def test_nothing_happens_before_it_is_confirmed_and_then_everything_once() -> None:
    rig = Rig()
    bulks, attempts = bulks_of(rig), [await rig.queued(), await rig.waiting()]
    proposal = await bulks.propose(GUILD_ID, MODERATOR, BulkAction.CANCEL_ALL)
    await bulks.work()
    assert (proposal.count, proposal.running) == (2, 1)
    assert not any(rig.stored(one).state is S.CANCELLED for one in attempts)

    await bulks.confirm(GUILD_ID, proposal.bulk.bulk_id, MODERATOR)
    await bulks.confirm(GUILD_ID, proposal.bulk.bulk_id, MODERATOR)
    await bulks.work()

    tally = await bulks.tally(GUILD_ID, proposal.bulk.bulk_id)
    assert set(tally.outcomes.values()) == {DONE}
    assert tally.is_over
    assert all(rig.stored(one).state is S.CANCELLED for one in attempts)
    assert [deed.action for deed in rig.world.deeds].count("bulk") == 1


async def test_a_step_that_was_done_and_not_noted_is_not_done_again() -> None:
    rig = Rig()
    failed = await rig.in_state(S.FAILED)
    bulks = bulks_of(rig)
    proposal = await bulks.propose(GUILD_ID, MODERATOR, BulkAction.RETRY)
    await bulks.confirm(GUILD_ID, proposal.bulk.bulk_id, MODERATOR)
    await bulks.work()
    rig.world.bulks[proposal.bulk.bulk_id][2].clear()

    await bulks.work()

    assert (await bulks.tally(GUILD_ID, proposal.bulk.bulk_id)).outcomes == {failed.job_id: DONE}
    assert [one.number for one in rig.world.attempts_of(failed.job_id)] == [1, 2]


async def test_what_has_changed_meanwhile_is_left_alone_and_named() -> None:
    rig = Rig()
    queued = await rig.queued()
    bulks = bulks_of(rig)
    proposal = await bulks.propose(GUILD_ID, MODERATOR, BulkAction.CANCEL_WAITING)
    await bulks.confirm(GUILD_ID, proposal.bulk.bulk_id, MODERATOR)
    await rig.jobs.save(rig.stored(queued).move(S.FAILED, ended_at=rig.clock.now()), now=rig.clock.now())

    await bulks.work()

    assert (await bulks.tally(GUILD_ID, proposal.bulk.bulk_id)).outcomes == {queued.job_id: "NotCancellable"}


async def test_another_servers_bulk_is_not_there() -> None:
    rig = Rig()
    bulks = bulks_of(rig)
    proposal = await bulks.propose(GUILD_ID, MODERATOR, BulkAction.RETRY)

    with pytest.raises(NotFound):
        await bulks.confirm(GUILD_ID + 1, proposal.bulk.bulk_id, MODERATOR)
