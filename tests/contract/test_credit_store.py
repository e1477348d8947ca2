"""Balances, and which attempts may have cost something."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.fault import Fault
from bot.model import AttemptState
from bot.operator.credits import Balance, Charge
from tests.builders import NOON, PROVIDER
from tests.contract.stores import (
    Stores,
    a_handed_over_attempt,
    a_queued_attempt,
    a_waiting_attempt,
    an_accepted_job,
    an_unknown_attempt,
)

S = AttemptState
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(hours: float) -> datetime:
    return NOON + hours * HOUR


async def keep(stores: Stores, *samples: tuple[float, float]) -> None:
    for hours, left in samples:
        await stores.credits.sample(Balance(at(hours), left))


async def test_balances_come_in_order_with_the_last_one_before(stores: Stores) -> None:
    assert await stores.credits.latest() is None
    assert await stores.credits.balances(NOON) == []
    await keep(stores, (-2, 9.0), (-1, 5916.25), (0, 8.5), (1, -0.25))

    assert await stores.credits.latest() == Balance(at(1), -0.25)
    expected = [Balance(at(-1), 5916.25), Balance(at(0), 8.5), Balance(at(1), -0.25)]
    assert await stores.credits.balances(NOON) == expected


async def test_two_looks_in_one_moment_leave_one_balance(stores: Stores) -> None:
    await keep(stores, (0, 9.0), (0, 8.0))

    assert await stores.credits.balances(NOON) == [Balance(NOON, 8.0)]


async def test_balances_are_kept_for_two_months(stores: Stores) -> None:
    await keep(stores, (0, 9.0), (1, 8.0))
    await stores.credits.sample(Balance(NOON + 62 * DAY + HOUR, 7.0))

    assert await stores.credits.balances(NOON - DAY) == [
        Balance(at(1), 8.0),
        Balance(NOON + 62 * DAY + HOUR, 7.0),
    ]


@pytest.mark.parametrize(
    ("state", "facts", "cost"),
    [
        (S.SUCCEEDED, {"credits_spent": 20.5}, 20.5),
        (S.SUCCEEDED, {}, None),
        (S.FAILED, {"credits_spent": 4.0}, 4.0),
        (S.FAILED, {"fault": Fault.UNREADABLE_RESULT}, None),
        (S.EXPIRED, {}, None),
    ],
)
async def test_what_was_ordered_and_ended_is_a_charge(
    stores: Stores, state: AttemptState, facts: dict[str, Any], cost: float | None
) -> None:
    running = await a_waiting_attempt(stores, "task")
    await stores.jobs.save(running.move(state, ended_at=at(1), **facts), now=NOON)

    assert await stores.credits.charges(NOON) == [Charge(NOON, at(1), cost)]
    assert await stores.credits.charges(at(1)) == []


async def test_what_runs_or_is_lost_may_have_cost_something(stores: Stores) -> None:
    await a_waiting_attempt(stores, "task")
    await an_unknown_attempt(stores)

    found = await stores.credits.charges(NOON - DAY)

    assert sorted(found, key=lambda one: one.ended_at is None) == [
        Charge(NOON, NOON, None),
        Charge(NOON, None, None),
    ]


async def test_what_was_never_ordered_or_is_given_back_is_no_charge(stores: Stores) -> None:
    await an_accepted_job(stores)
    await a_queued_attempt(stores)
    await a_handed_over_attempt(stores)
    for number, facts in enumerate(({}, {"credits_spent": 0.0})):
        running = await a_waiting_attempt(stores, f"task_{number}")
        await stores.jobs.save(running.move(S.FAILED, ended_at=NOON, **facts), now=NOON)

    assert await stores.credits.charges(NOON - DAY) == []


async def test_an_order_that_was_refused_and_waits_again_is_no_charge(stores: Stores) -> None:
    handed_over = await a_handed_over_attempt(stores)
    ordered = handed_over.move(S.SUBMITTING, submitted_at=NOON)
    submitting = await stores.jobs.save(ordered, now=NOON)
    await stores.jobs.save(submitting.move(S.QUEUED, handed_over=None), now=NOON)

    assert await stores.credits.charges(NOON - DAY) == []


async def test_what_waited_for_a_day_before_it_was_ordered_is_found(stores: Stores) -> None:
    handed_over = await a_handed_over_attempt(stores, created_at=NOON - DAY)
    await stores.jobs.save(handed_over.move(S.SUBMITTING, submitted_at=NOON), now=NOON)

    assert await stores.credits.charges(NOON) == [Charge(NOON, None, None)]


async def test_the_count_of_a_day_is_that_of_its_cap(stores: Stores) -> None:
    await a_queued_attempt(stores)
    await a_queued_attempt(stores, created_at=NOON - DAY)
    cancelled = await a_queued_attempt(stores)
    await stores.jobs.save(cancelled.move(S.CANCELLED, ended_at=NOON), now=NOON)

    assert await stores.credits.counted(NOON) == 1
    assert await stores.credits.counted(NOON + DAY) == 0


async def test_what_the_latest_characters_cost_is_known_by_provider_as_far_as_it_was_told(
    stores: Stores,
) -> None:
    for number, (state, told) in enumerate(
        [(S.SUCCEEDED, 10.0), (S.SUCCEEDED, 20.5), (S.SUCCEEDED, None), (S.FAILED, 4.0), (S.SUCCEEDED, 30.0)]
    ):
        running = await a_waiting_attempt(stores, f"task_{number}")
        ended = running.move(state, ended_at=at(number), credits_spent=told, task_seconds=9.0)
        await stores.jobs.save(ended, now=NOON)

    assert await stores.credits.told(PROVIDER, 9) == [30.0, 20.5, 10.0]
    assert await stores.credits.told(PROVIDER, 2) == [30.0, 20.5]
    assert await stores.credits.told("another", 9) == []
