"""The figures of the whole bot, by which its operator sees whether it gets on."""

from datetime import timedelta

from bot.model import AttemptState
from bot.notices import NoticeKind
from bot.operator.operating import Vitals
from tests.builders import NOON, PROVIDER
from tests.contract.stores import (
    LEASE_SECONDS,
    Stores,
    a_handed_over_attempt,
    a_queued_attempt,
    a_waiting_attempt,
    an_accepted_job,
    an_unknown_attempt,
)

S = AttemptState
HOUR = timedelta(hours=1)
LATER = NOON + HOUR


async def test_of_an_idle_bot_every_figure_is_nothing(stores: Stores) -> None:
    assert await stores.vitals.vitals(NOON) == Vitals()
    assert Vitals().left == 0


async def test_attempts_are_counted_by_where_they_stand_and_the_oldest_of_the_queue_is_known(
    stores: Stores,
) -> None:
    await an_accepted_job(stores, created_at=NOON - 9 * HOUR)
    await a_queued_attempt(stores, created_at=NOON - HOUR)
    await a_handed_over_attempt(stores, created_at=NOON - 2 * HOUR)
    await a_waiting_attempt(stores, "task", created_at=NOON - 5 * HOUR)
    await an_unknown_attempt(stores)

    found = await stores.vitals.vitals(NOON)

    assert (found.beginning, found.waiting, found.running) == (1, 2, 1)
    assert found.waiting_since == NOON - 2 * HOUR
    assert found.left == 4


async def test_what_has_to_be_told_is_counted_when_it_is_due_and_what_cannot_be_told_too(
    stores: Stores,
) -> None:
    for _ in range(2):
        queued = await a_queued_attempt(stores)
        await stores.jobs.save(queued.postpone(NOON), now=NOON, notices=[NoticeKind.CARD])
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, 1)
    await stores.announcements.park(card, "gone")

    early, found = [await stores.vitals.vitals(moment) for moment in (NOON - HOUR, LATER)]

    assert (early.undelivered, early.undelivered_since, early.parked) == (0, None, 1)
    assert (found.undelivered, found.undelivered_since, found.parked) == (1, NOON, 1)


async def test_the_last_success_of_each_provider_is_known_for_a_month(stores: Stores) -> None:
    for task_id, ended_at in (("first", NOON), ("second", LATER)):
        running = await a_waiting_attempt(stores, task_id)
        await stores.jobs.save(running.move(S.SUCCEEDED, ended_at=ended_at), now=NOON)
    failing = await a_waiting_attempt(stores, "third")
    await stores.jobs.save(failing.move(S.FAILED, ended_at=LATER + HOUR), now=NOON)

    assert (await stores.vitals.vitals(LATER)).last_successes == {PROVIDER: LATER}
    assert (await stores.vitals.vitals(LATER + timedelta(days=31))).last_successes == {}
