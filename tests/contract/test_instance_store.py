"""Which processes serve a database, and what becomes of the leases of one that is gone."""

from bot.model import AttemptState
from bot.notices import NoticeKind
from tests.builders import NOON
from tests.contract.stores import (
    LEASE_SECONDS,
    OTHER,
    PLENTY,
    Stores,
    a_claimed,
    a_queued_attempt,
    an_accepted_job,
)

RECEIVED = [AttemptState.RECEIVED]


async def claimed_ids(stores: Stores) -> list[str]:
    claimed = await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, PLENTY)
    return [attempt.attempt_id for attempt in claimed]


async def test_a_beat_tells_how_often_the_others_have_beaten(stores: Stores) -> None:
    other = stores.other_process()

    assert await stores.instances.beat() == {}
    assert await other.instances.beat() == {"alone": 1}
    await other.instances.beat()
    assert await stores.instances.beat() == {OTHER: 2}
    assert await other.instances.beat() == {"alone": 2}


async def test_releasing_voids_ones_own_leases_and_nobody_elses(stores: Stores) -> None:
    other = stores.other_process()
    _, ours = await an_accepted_job(stores)
    await a_claimed(stores, ours)
    _, theirs = await an_accepted_job(stores)
    await a_claimed(other, theirs)

    assert await stores.instances.release() == 1
    assert await stores.instances.release() == 0

    assert await claimed_ids(stores) == [ours.attempt_id]


async def test_releasing_anothers_leases_lets_ours_stand(stores: Stores) -> None:
    other = stores.other_process()
    _, ours = await an_accepted_job(stores)
    await a_claimed(stores, ours)
    _, theirs = await an_accepted_job(stores)
    await a_claimed(other, theirs)

    assert await stores.instances.release(OTHER) == 1

    assert await claimed_ids(stores) == [theirs.attempt_id]


async def test_the_leases_of_announcements_are_voided_with_the_others(stores: Stores) -> None:
    other = stores.other_process()
    for stores_of_one in (stores, other):
        attempt = await a_queued_attempt(stores)
        await stores.jobs.save(attempt.postpone(NOON), now=NOON, notices=[NoticeKind.CARD])
        (_,) = await stores_of_one.announcements.claim(NOON, LEASE_SECONDS, 1)

    assert await stores.instances.release(OTHER) == 1

    assert len(await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)) == 1


async def test_a_lease_that_was_given_back_is_not_counted(stores: Stores) -> None:
    _, attempt = await an_accepted_job(stores)
    claimed = await a_claimed(stores, attempt)
    await stores.jobs.save(claimed.postpone(NOON), now=NOON)

    assert await stores.instances.release() == 0


async def test_what_another_process_has_leased_since_is_its_own(stores: Stores) -> None:
    _, attempt = await an_accepted_job(stores)
    claimed = await a_claimed(stores, attempt)
    await stores.jobs.save(claimed.postpone(NOON), now=NOON)
    await a_claimed(stores.other_process(), attempt)

    assert await stores.instances.release() == 0
    assert await claimed_ids(stores) == []


async def test_an_instance_that_is_released_is_forgotten_until_it_beats_again(stores: Stores) -> None:
    other = stores.other_process()
    await other.instances.beat()
    await other.instances.beat()

    await stores.instances.release(OTHER)
    assert await stores.instances.beat() == {}

    await other.instances.beat()
    assert await stores.instances.beat() == {OTHER: 1}
