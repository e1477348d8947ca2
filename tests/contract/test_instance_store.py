"""Which processes serve a database, and what becomes of the leases of one that is gone."""

from dataclasses import replace
from datetime import timedelta

from bot.fault import Fault
from bot.model import AttemptState, Circuit
from bot.notices import NoticeKind
from tests.builders import NOON, PROVIDER
from tests.contract.stores import (
    LEASE_SECONDS,
    OTHER,
    PLENTY,
    Stores,
    a_claimed,
    a_queued_attempt,
    a_waiting_attempt,
    an_accepted_job,
    attempt_of,
)

RECEIVED = [AttemptState.RECEIVED]
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


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


async def test_what_is_due_later_than_anything_can_be_is_due_at_once(stores: Stores) -> None:
    later = await a_waiting_attempt(stores, "task_0001")
    await stores.jobs.save(replace(later, due_at=NOON + DAY), now=NOON + DAY, notices=[NoticeKind.RESULT])
    sooner = await a_waiting_attempt(stores, "task_0002")
    await stores.jobs.save(replace(sooner, due_at=NOON + HOUR), now=NOON)
    await stores.circuits.open(Circuit(PROVIDER, Fault.NO_CREDIT, NOON + DAY - HOUR, NOON + DAY), NOON)

    assert await stores.instances.bring_forward(NOON, HOUR) == 3

    moved = await attempt_of(stores, later)
    assert moved.due_at == NOON
    assert moved.created_at == later.created_at - DAY, "the age of the row stays what it was"
    assert later.submitted_at is not None
    assert moved.submitted_at == later.submitted_at - DAY
    assert (await attempt_of(stores, sooner)).due_at == NOON + HOUR
    (announcement,) = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    assert (announcement.due_at, announcement.created_at) == (NOON, NOON)
    circuit = await stores.circuits.get(PROVIDER)
    assert circuit is not None
    assert (circuit.probe_at, circuit.opened_at) == (NOON, NOON - HOUR)
    assert await stores.instances.bring_forward(NOON, HOUR) == 0


async def test_a_job_that_was_not_acknowledged_does_not_come_to_look_as_if(stores: Stores) -> None:
    """What tells the two apart is how long after its creation a new attempt is due."""
    _, attempt = await an_accepted_job(stores, created_at=NOON + DAY, due_at=NOON + DAY + SECOND)

    await stores.instances.bring_forward(NOON, HOUR)

    moved = await attempt_of(stores, attempt)
    assert (moved.due_at, moved.due_at - moved.created_at) == (NOON, SECOND)


async def test_what_is_being_worked_on_or_has_ended_is_left_alone(stores: Stores) -> None:
    _, leased = await an_accepted_job(stores)
    await a_claimed(stores, leased)
    ended = await a_queued_attempt(stores)
    await stores.jobs.save(ended.move(AttemptState.FAILED, ended_at=NOON), now=NOON)

    assert await stores.instances.bring_forward(NOON - DAY, HOUR) == 0
