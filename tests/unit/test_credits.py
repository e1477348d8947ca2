"""What orders cost: by what the provider told, else by the balance, else not known."""

from datetime import datetime, timedelta

import pytest

from bot.fault import Fault
from bot.operator.credits import Balance, Charge, Cost, Source, Spend, amount, costs, shortage, spend
from tests.builders import NOON


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def balances(*seen: tuple[float, float]) -> list[Balance]:
    return [Balance(at(minute), left) for minute, left in seen]


def charge(begin: float, end: float | None, told: float | None = None) -> Charge:
    return Charge(at(begin), None if end is None else at(end), told)


def known(charges: list[Charge], seen: list[Balance]) -> list[tuple[float, Source]]:
    return [(cost.credits, cost.source) for cost in costs(charges, seen)]


def test_what_the_provider_told_stands_whatever_the_balance_did() -> None:
    assert known([charge(1, 2, 12.5)], balances((0, 100), (5, 10))) == [(12.5, Source.TOLD)]
    assert known([charge(1, 2, 12.5)], []) == [(12.5, Source.TOLD)]


def test_where_it_told_nothing_the_fall_of_the_balance_around_the_order_counts() -> None:
    seen = balances((0, 100), (5, 79.5), (10, 79.5))

    assert known([charge(1, 2)], seen) == [(20.5, Source.BALANCE)]
    assert known([charge(1, 7)], seen) == [(20.5, Source.BALANCE)]
    assert known([charge(6, 7)], seen) == [(0.0, Source.BALANCE)]


def test_what_ran_at_the_same_time_is_taken_off_and_the_rest_shared() -> None:
    seen = balances((0, 100), (5, 90), (10, 40), (15, 40))
    together = [charge(2, 3), charge(1, 7, 20.0), charge(6, 9)]

    assert known(together, seen) == [(20.0, Source.BALANCE), (20.0, Source.TOLD), (20.0, Source.BALANCE)]


def test_orders_with_a_look_between_them_are_told_apart() -> None:
    seen = balances((0, 100), (5, 70), (10, 60))

    assert known([charge(1, 2), charge(6, 7)], seen) == [(30.0, Source.BALANCE), (10.0, Source.BALANCE)]


@pytest.mark.parametrize(
    "seen",
    [
        [],
        balances((0, 100)),
        balances((5, 80)),
        balances((0, 100), (3, 500), (5, 480)),
        balances((0, 100), (5, 110)),
    ],
    ids=["no look", "none after", "none before", "topped up", "more than before"],
)
def test_without_a_clean_fall_nobody_knows(seen: list[Balance]) -> None:
    assert known([charge(1, 4)], seen) == [(0.0, Source.NOBODY)]


def test_a_fall_that_does_not_even_cover_what_was_told_says_nothing_of_the_rest() -> None:
    seen = balances((0, 100), (5, 90))

    assert known([charge(1, 2, 20.0), charge(1, 2)], seen) == [(20.0, Source.TOLD), (0.0, Source.NOBODY)]


def test_what_goes_on_is_not_known_yet() -> None:
    assert known([charge(1, None)], balances((0, 100), (5, 80))) == [(0.0, Source.NOBODY)]


def test_a_sum_keeps_apart_how_each_part_is_known() -> None:
    all_costs = [
        Cost(at(-1), 99.0, Source.TOLD),
        Cost(at(0), 12.5, Source.TOLD),
        Cost(at(1), 7.5, Source.TOLD),
        Cost(at(2), 20.0, Source.BALANCE),
        Cost(at(3), 0.0, Source.NOBODY),
    ]

    assert spend(all_costs, NOON) == Spend(20.0, 2, 20.0, 1, 1)
    assert spend([], NOON) == Spend()


@pytest.mark.parametrize(
    ("left", "fault"),
    [
        (-1.0, Fault.NO_CREDIT),
        (0.0, Fault.NO_CREDIT),
        (0.5, Fault.CREDIT_RESERVE),
        (49.9, Fault.CREDIT_RESERVE),
        (50.0, None),
    ],
)
def test_a_reserve_is_kept(left: float, fault: Fault | None) -> None:
    assert shortage(left, 50.0) is fault


@pytest.mark.parametrize(
    ("left", "told"),
    [(1_000_000.0, "1000000"), (59_162.25, "59162.25"), (0.5, "0.5"), (20.0, "20"), (-3.0, "-3"), (0.0, "0")],
)
def test_an_amount_is_told_with_its_fractions_and_nothing_rounded_away(left: float, told: str) -> None:
    assert amount(left) == told


def test_without_a_reserve_everything_can_be_spent() -> None:
    assert shortage(0.25, 0.0) is None
