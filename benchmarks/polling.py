"""Looks per task against the delay between "done" and "seen", for every way of choosing when to look.

A simulation: completion times are drawn from four laws, all with a median near two minutes.
"""

import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import erf, exp, log, sqrt
from statistics import fmean

from bot.jobs.learned import curve_of, pace_of

DRAWS = 100_000
TARGETS = (4.0, 8.0)
"""Mean looks per task at which the ways are compared."""
REPEATS = 20
"""Schedules learned from different pasts, of which the mean is shown."""
SEED = 20261123
HORIZON_SECONDS = 1200
HALVINGS = 24
CAP_SECONDS = 60.0
LONGEST_GAP_SECONDS = 300

Draw = Callable[[random.Random], float]
Law = Callable[[float], float]
Times = list[float]


@dataclass(frozen=True, slots=True)
class Shape:
    """One law of completion times, in seconds: how to draw from it, and its distribution function."""

    name: str
    draw: Draw
    law: Law


@dataclass(frozen=True, slots=True)
class Cost:
    """What a schedule costs in the mean: looks per task, and seconds from done to seen."""

    polls: float
    delay: float

    def at(self, price: float) -> float:
        return self.delay + price * self.polls


def _log_normal(median: float, sigma: float) -> tuple[Draw, Law]:
    def law(seconds: float) -> float:
        return 0.0 if seconds <= 0 else (1 + erf(log(seconds / median) / (sigma * sqrt(2)))) / 2

    return lambda chance: chance.lognormvariate(log(median), sigma), law


def _mixed(first: tuple[Draw, Law], second: tuple[Draw, Law], share: float) -> tuple[Draw, Law]:
    def draw(chance: random.Random) -> float:
        return first[0](chance) if chance.random() < share else second[0](chance)

    return draw, lambda seconds: share * first[1](seconds) + (1 - share) * second[1](seconds)


def _floored(floor: float, mean: float) -> tuple[Draw, Law]:
    def law(seconds: float) -> float:
        return 0.0 if seconds <= floor else 1 - exp((floor - seconds) / mean)

    return lambda chance: floor + chance.expovariate(1 / mean), law


SHAPES = (
    Shape("narrow log-normal", *_log_normal(120, 0.25)),
    Shape("wide log-normal", *_log_normal(120, 0.64)),
    Shape("two peaks", *_mixed(_log_normal(45, 0.12), _log_normal(150, 0.12), 0.6)),
    Shape("floor + exponential", *_floored(60, 60)),
)


class Population:
    """Drawn durations, ordered and summed up, so that a schedule is judged without visiting each."""

    def __init__(self, seconds: Sequence[float]) -> None:
        self._ordered = sorted(seconds)
        self._sums = [0.0, *accumulate(self._ordered)]

    def cost(self, times: Sequence[float]) -> Cost:
        """Of looking at these ages; whoever is not done at the last one is left out of the delay."""
        polls, delay, done = 0.0, 0.0, 0
        for at in times:
            until = bisect_right(self._ordered, at)
            polls += len(self._ordered) - done
            delay += at * (until - done) - (self._sums[until] - self._sums[done])
            done = until
        return Cost(polls / len(self._ordered), delay / len(self._ordered))


def walked(wait_seconds: Callable[[float, int], float]) -> Times:
    """The ages at which a rule looks, which is given the age and the number of looks so far."""
    times: Times = []
    at = 0.0
    while at < HORIZON_SECONDS:
        at += wait_seconds(at, len(times))
        times.append(at)
    return times


def backoff(first_seconds: float) -> Times:
    """Doubling, capped at a minute: what is recommended everywhere."""
    return walked(lambda _, polls: min(first_seconds * 2.0 ** min(polls, 20), CAP_SECONDS))


def fixed(seconds: float) -> Times:
    return walked(lambda _age, _polls: seconds)


def learned(past: Sequence[float], price: float) -> Times:
    """What the bot does, without its jitter."""
    curve = curve_of(past)
    if curve is None:
        raise ValueError(len(past))
    pace = pace_of(curve, price)
    return walked(lambda age, _: pace.wait_seconds(age))


def optimum(law: Law, price: float, step_seconds: float = 1.0) -> Times:
    """The schedule of least cost, by dynamic programming over ages on a grid, from the last age backwards."""
    count = int(HORIZON_SECONDS / step_seconds)
    done = [law(number * step_seconds) for number in range(count + 1)]
    area = [0.0, *accumulate((a + b) / 2 * step_seconds for a, b in pairwise(done))]
    reach = int(LONGEST_GAP_SECONDS / step_seconds)
    best, following = [0.0] * (count + 1), [count] * (count + 1)
    for at in range(count - 1, -1, -1):
        here, below, look = done[at], area[at], price * (1 - done[at])
        costs = [
            area[to] - below - here * (to - at) * step_seconds + best[to]
            for to in range(at + 1, min(at + reach, count) + 1)
        ]
        least = min(costs)
        best[at], following[at] = look + least, at + 1 + costs.index(least)
    times: Times = []
    at = 0
    while at < count:
        at = following[at]
        times.append(at * step_seconds)
    return times


def tuned(cost_of: Callable[[float], Cost], target_polls: float, most: float) -> Cost:
    """The cost at the parameter (a wait or a price: more means fewer looks) that needs the target's looks."""
    low, high = 0.001, most
    for _ in range(HALVINGS):
        middle = sqrt(low * high)
        if cost_of(middle).polls > target_polls:
            low = middle
        else:
            high = middle
    return cost_of(high)


def rows(shape: Shape, draws: int = DRAWS) -> list[tuple[str, list[Cost]]]:
    """Each way of looking with its cost at each target."""
    chance = random.Random(SEED)
    population = Population([shape.draw(chance) for _ in range(draws)])
    pasts = {
        count: [[shape.draw(chance) for _ in range(count)] for _ in range(REPEATS)] for count in (200, 30)
    }

    def mean_learned(count: int, price: float) -> Cost:
        costs = [population.cost(learned(past, price)) for past in pasts[count]]
        return Cost(fmean(cost.polls for cost in costs), fmean(cost.delay for cost in costs))

    ways: list[tuple[str, Callable[[float], Cost]]] = [
        ("backoff, at most 60 s", lambda first: population.cost(backoff(first))),
        ("fixed interval", lambda seconds: population.cost(fixed(seconds))),
        ("learned from 200", lambda price: mean_learned(200, price)),
        ("learned from 30", lambda price: mean_learned(30, price)),
        ("exact optimum", lambda price: population.cost(optimum(shape.law, price))),
    ]
    return [(name, [tuned(cost_of, target, 1000.0) for target in TARGETS]) for name, cost_of in ways]


def report(draws: int = DRAWS) -> list[str]:
    """Lines to print."""
    looks = " and ".join(f"{target:g}" for target in TARGETS)
    lines = [f"Mean seconds from done to seen, at {looks} looks per task ({draws:,} simulated tasks)"]
    for shape in SHAPES:
        lines.append(f"  {shape.name}")
        for name, costs in rows(shape, draws):
            delays = "".join(f"{cost.delay:7.1f} s ({cost.polls:.1f})" for cost in costs)
            lines.append(f"    {name:<22}{delays}")
    return lines
