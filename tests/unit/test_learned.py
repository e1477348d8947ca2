"""What the last completions teach about when to look."""

import random
from itertools import pairwise
from statistics import fmean

import pytest

from benchmarks.polling import SHAPES, Population, Shape, learned, optimum, walked
from bot.jobs.learned import (
    LEAST_PRICE,
    LONGEST_SECONDS,
    MOST_PRICE,
    SHORTEST_SECONDS,
    Curve,
    Pace,
    curve_of,
    pace_of,
    price_of,
)
from bot.jobs.polling import BUDGET_PER_SECOND

DRAWS = 5000
PASTS = 5
PRICES = (0.5, 2.0)
WITHIN = 1.15
"""The share of the least possible cost that is allowed."""
GRID_SECONDS = 2.0


def drawn(shape: Shape, count: int, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [shape.draw(chance) for _ in range(count)]


def taught(shape: Shape, seed: int = 1) -> Curve:
    curve = curve_of(drawn(shape, 200, seed))
    assert curve is not None
    return curve


def looks(pace: Pace) -> list[float]:
    return walked(lambda age, _: pace.wait_seconds(age))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize("price", PRICES)
def test_what_200_completions_teach_costs_little_more_than_the_exact_optimum(
    shape: Shape, price: float
) -> None:
    population = Population(drawn(shape, DRAWS, seed=0))
    least = population.cost(optimum(shape.law, price, GRID_SECONDS)).at(price)

    schedules = [learned(drawn(shape, 200, seed), price) for seed in range(1, PASTS + 1)]
    found = fmean(population.cost(times).at(price) for times in schedules)

    assert found <= WITHIN * least


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize("waiting", [1, 30, 80, 150, 220])
def test_in_the_mean_the_looks_keep_to_the_budget(shape: Shape, waiting: int) -> None:
    curve = taught(shape)
    seconds = drawn(shape, DRAWS, seed=0)

    pace = pace_of(curve, price_of(curve, waiting, BUDGET_PER_SECOND))
    per_second = Population(seconds).cost(looks(pace)).polls * waiting / fmean(seconds)

    assert per_second <= BUDGET_PER_SECOND
    if waiting >= 150:
        assert per_second >= 0.7 * BUDGET_PER_SECOND, "delay is not bought for nothing"


def test_the_more_tasks_wait_the_dearer_is_a_look() -> None:
    curve = taught(SHAPES[0])
    prices = [price_of(curve, waiting, BUDGET_PER_SECOND) for waiting in (0, 1, 100, 200, 250, 300, 10_000)]

    assert prices == sorted(prices)
    assert prices[0] == prices[1] == LEAST_PRICE
    assert LEAST_PRICE < prices[3] < prices[4] < MOST_PRICE
    assert prices[-1] == MOST_PRICE


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_dearer_look_is_taken_less_often(shape: Shape) -> None:
    curve = taught(shape)
    population = Population(drawn(shape, DRAWS, seed=0))
    polls = [population.cost(looks(pace_of(curve, price))).polls for price in (0.25, 2.5, 25.0)]

    assert polls == sorted(polls, reverse=True)
    assert polls[0] > 2 * polls[-1]


def test_nobody_looks_before_anything_was_ever_done() -> None:
    curve = taught(SHAPES[3])

    first = pace_of(curve, LEAST_PRICE).wait_seconds(0)

    assert 0.9 * curve.edges[0] <= first <= 1.1 * curve.edges[0]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize("price", [1e-9, 1.0, MOST_PRICE])
def test_no_wait_is_shorter_than_a_second_and_past_the_longest_none_than_a_minute(
    shape: Shape, price: float
) -> None:
    curve = taught(shape)
    pace = pace_of(curve, price)

    assert all(pace.wait_seconds(age) >= SHORTEST_SECONDS for age in range(1000))
    assert all(pace.wait_seconds(curve.edges[-1] + age) <= LONGEST_SECONDS for age in range(1, 1000))


def test_past_the_longest_each_wait_is_half_as_long_again_up_to_a_minute() -> None:
    curve = taught(SHAPES[0])
    pace = pace_of(curve, 1.0)
    beyond = [at for at in looks(pace) if at >= curve.edges[-1] - 0.01]
    waits = [later - earlier for earlier, later in pairwise(beyond)]
    growing = [wait for wait in waits if wait < LONGEST_SECONDS - 0.01]

    assert len(growing) >= 3
    assert all(later == pytest.approx(1.5 * earlier) for earlier, later in pairwise(growing))
    assert waits[len(growing) :] == pytest.approx([LONGEST_SECONDS] * (len(waits) - len(growing)))


def test_too_few_completions_teach_nothing() -> None:
    assert curve_of([60.0] * 29) is None
    assert curve_of([60.0] * 30) is not None


@pytest.mark.parametrize("seconds", [41.0, 0.0, 1e-6, 1e6])
def test_tasks_that_all_take_the_same_time_are_looked_at_when_they_end(seconds: float) -> None:
    curve = curve_of([seconds] * 200)
    assert curve is not None

    first = pace_of(curve, price_of(curve, 1, BUDGET_PER_SECOND)).wait_seconds(0)

    assert first == pytest.approx(max(seconds, SHORTEST_SECONDS), rel=0.1)


def test_the_curve_is_a_distribution_over_all_ages() -> None:
    curve = taught(SHAPES[2])
    shares = [curve.share_done(age / 2) for age in range(800)]

    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == pytest.approx(200 / 201)
    assert curve.share_done(curve.edges[len(curve.edges) // 2]) == pytest.approx(0.5)
