"""What is done to many jobs is stored step by step, and begins once."""

import asyncio
from datetime import timedelta

from bot.deeds import Deed
from bot.moderation.bulks import DONE, Bulk, BulkAction, BulkStep
from tests.builders import GUILD_ID, NOON, OWNER_ID, an_id
from tests.contract.stores import Stores, a_queued_attempt

MODERATOR = OWNER_ID + 1
CONFIRMED = Deed(GUILD_ID, MODERATOR, NOON, "bulk", BulkAction.CANCEL_ALL, None, "3 jobs")


async def proposed(stores: Stores, count: int = 3) -> tuple[Bulk, list[BulkStep]]:
    attempts = [await a_queued_attempt(stores) for _ in range(count)]
    steps = [BulkStep(attempt.job_id, attempt.number) for attempt in attempts]
    bulk = Bulk(an_id(), GUILD_ID, OWNER_ID, BulkAction.CANCEL_ALL, NOON)
    await stores.bulks.propose(bulk, steps, forget_before=NOON - timedelta(days=1))
    return bulk, steps


async def test_what_is_not_confirmed_has_no_steps_to_try(stores: Stores) -> None:
    bulk, _ = await proposed(stores)

    tally = await stores.bulks.tally(GUILD_ID, bulk.bulk_id)

    assert tally is not None
    assert (tally.bulk, tally.count, tally.outcomes, tally.is_over) == (bulk, 3, {}, False)
    assert await stores.bulks.untried(9) == []


async def test_of_many_confirmations_one_begins_it_and_is_its_actor(stores: Stores) -> None:
    bulk, steps = await proposed(stores)

    begun = await asyncio.gather(*(stores.bulks.confirm(bulk.bulk_id, CONFIRMED) for _ in range(5)))

    assert sorted(begun) == [False, False, False, False, True]
    untried = await stores.bulks.untried(9)
    assert [step for _, step in untried] == steps
    assert {one.actor_id for one, _ in untried} == {MODERATOR}
    assert len(await stores.bulks.untried(2)) == 2
    assert await stores.servers.deeds(GUILD_ID, 9) == [CONFIRMED]


async def test_a_step_that_was_tried_is_not_tried_again(stores: Stores) -> None:
    bulk, steps = await proposed(stores, 2)
    await stores.bulks.confirm(bulk.bulk_id, CONFIRMED)

    await stores.bulks.settle(bulk.bulk_id, steps[0].job_id, DONE)
    assert [step for _, step in await stores.bulks.untried(9)] == steps[1:]
    await stores.bulks.settle(bulk.bulk_id, steps[1].job_id, "NotRetryable")

    tally = await stores.bulks.tally(GUILD_ID, bulk.bulk_id)
    assert tally is not None
    assert tally.is_over
    assert tally.outcomes == {steps[0].job_id: DONE, steps[1].job_id: "NotRetryable"}


async def test_another_server_has_no_such_bulk_and_old_ones_are_forgotten(stores: Stores) -> None:
    bulk, _ = await proposed(stores)
    assert await stores.bulks.tally(GUILD_ID + 1, bulk.bulk_id) is None

    later = Bulk(an_id(), GUILD_ID, OWNER_ID, BulkAction.RETRY, NOON + timedelta(days=2))
    await stores.bulks.propose(later, [], forget_before=NOON + timedelta(days=1))

    assert await stores.bulks.tally(GUILD_ID, bulk.bulk_id) is None
    assert await stores.bulks.tally(GUILD_ID, later.bulk_id) is not None
