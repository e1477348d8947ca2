"""When to look, as the last completions teach it. Pure: durations in, seconds between looks out.

The past is kept as bins of equal probability, with no law assumed. A look has a price in seconds of delay;
the ages at which to look are those of least cost, found by dynamic programming from the last age backwards.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil, sqrt

REMEMBERED = 200
"""Completions that are looked back on: enough for forty bins, few enough to follow changes."""
KNOWN_ENOUGH = 30
"""With fewer nothing is concluded; from 30 on the delay is a fifth longer than with 200 at the most
(`make bench BENCH=polling`)."""
BINS = 40
"""Half as many would spread tasks over the time between two peaks: see `benchmarks/polling.py`."""
GRID_STEPS = 160
"""Ages that are weighed up: a plan takes about 4 ms, and twice as many would save nothing that shows."""
SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 60.0
BEFORE_SHORTEST = 0.9
"""Looking begins at this share of the shortest duration seen, at the earliest."""
GROWTH = 1.5
"""Past the longest duration seen, each wait is this many times the one before."""
LEAST_PRICE = 0.25
"""Seconds of delay that one look is worth when the budget is no concern: about ten looks in two minutes."""
MOST_PRICE = 6000.0
"""When even one look per task is more than the budget: the lane's own limit then decides."""
HALVINGS = 7
"""Of the span between the two, in its logarithm: to a twelfth."""
SPARED = 0.9
"""The part of the budget that is planned with; chance, and tasks that outlast all before, take the rest."""
CALLBACK_DISCOUNT = 10.0
"""With callbacks a look is only the net below them: the least delay that it is worth is ten times as long.

Where the budget makes looks dearer than that, they are worth no less: a callback that nobody heard, because
we were away or it was lost on its way, would be missed for as long as the longest task takes.
"""


@dataclass(frozen=True, slots=True)
class Curve:
    """Past durations in bins of equal probability: `edges[0]` is the shortest, `edges[-1]` the longest.

    In seconds, ascending. `outside` is the share of tasks expected on either side of all that was seen.
    """

    edges: tuple[float, ...]
    outside: float

    @property
    def mean_seconds(self) -> float:
        middles = [(start + end) / 2 for start, end in pairwise(self.edges)]
        return sum(middles) / len(middles)

    @property
    def start_seconds(self) -> float:
        return BEFORE_SHORTEST * self.edges[0]

    def share_done(self, age_seconds: float) -> float:
        """The share of tasks that end within this age."""
        number = bisect_right(self.edges, age_seconds) - 1
        if number < 0:
            width = self.edges[0] - self.start_seconds
            return self.outside * max(1 - (self.edges[0] - age_seconds) / width, 0.0)
        if number >= len(self.edges) - 1:
            return 1 - self.outside
        start, end = self.edges[number], self.edges[number + 1]
        within = (1 - 2 * self.outside) / (len(self.edges) - 1)
        return self.outside + within * (number + (age_seconds - start) / (end - start))


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait from a look at some age to the next one.

    `following[n]` is the step of the grid to look at after a look at step n; the grid begins at
    `start_seconds`, and its last step is the longest duration seen.
    """

    start_seconds: float
    step_seconds: float
    following: tuple[int, ...]

    @property
    def longest_seconds(self) -> float:
        """The longest duration seen."""
        return self.start_seconds + (len(self.following) - 1) * self.step_seconds

    def wait_seconds(self, age_seconds: float) -> float:
        """Seconds from a look at this age to the next; never under `SHORTEST_SECONDS`."""
        last = len(self.following) - 1
        step = int((age_seconds - self.start_seconds) / self.step_seconds + 1e-6)
        if step >= last:
            return self._after_longest(age_seconds - self.start_seconds - last * self.step_seconds)
        next_at = self.start_seconds + self.following[max(step, 0)] * self.step_seconds
        return max(next_at - age_seconds, SHORTEST_SECONDS)

    def _after_longest(self, beyond_seconds: float) -> float:
        """Waits that grow by half each time; as a function of age, so that nothing has to be remembered."""
        last_wait = max(self.following.count(len(self.following) - 1) * self.step_seconds, SHORTEST_SECONDS)
        return min(GROWTH * last_wait + (GROWTH - 1) * beyond_seconds, LONGEST_SECONDS)


def curve_of(seconds: Sequence[float]) -> Curve | None:
    """What these durations teach; None while there are too few."""
    if len(seconds) < KNOWN_ENOUGH:
        return None
    ordered = sorted(max(one, SHORTEST_SECONDS) for one in seconds)
    edges = tuple(_quantile(ordered, number / BINS) for number in range(BINS + 1))
    return Curve(edges, 1 / (len(ordered) + 1))


def price_of(curve: Curve, waiting: int, budget_per_second: float) -> float:
    """Seconds of delay that one look must be worth, so that `waiting` tasks keep to the budget in the mean.

    Tasks that last `mean` seconds and are looked at m times cause waiting * m / mean looks per second. The
    dearer a look, the smaller is m.
    """
    affordable = SPARED * budget_per_second * curve.mean_seconds / max(waiting, 1)
    if looks_of(curve, pace_of(curve, LEAST_PRICE)) <= affordable:
        return LEAST_PRICE
    too_cheap, enough = LEAST_PRICE, MOST_PRICE
    for _ in range(HALVINGS):
        price = sqrt(too_cheap * enough)
        if looks_of(curve, pace_of(curve, price)) <= affordable:
            enough = price
        else:
            too_cheap = price
    return enough


def looks_of(curve: Curve, pace: Pace) -> float:
    """How often a task is looked at in the mean: on its end, and at each age that finds it running."""
    looks, age = 1.0, pace.wait_seconds(0.0)
    while age < curve.edges[-1]:
        looks += 1 - curve.share_done(age)
        age += pace.wait_seconds(age)
    return looks


def pace_of(curve: Curve, price: float) -> Pace:
    """The looks of least cost: delay in seconds plus `price` for each look, both in the mean.

    With F the share done, looking at age u after a look at t costs the integral of F - F(t) over the wait
    (the delay) and the price times 1 - F(t); what follows from u on is known when t is judged.
    """
    step_seconds = max((curve.edges[-1] - curve.start_seconds) / GRID_STEPS, 1e-3)
    done = [curve.share_done(curve.start_seconds + step * step_seconds) for step in range(GRID_STEPS + 1)]
    area = [0.0, *accumulate((one + other) / 2 * step_seconds for one, other in pairwise(done))]
    nearest = ceil(SHORTEST_SECONDS / step_seconds)
    best = [0.0] * (GRID_STEPS + 1)
    following = [GRID_STEPS] * (GRID_STEPS + 1)
    for at in range(GRID_STEPS - 1, -1, -1):
        first, share, slope = min(at + nearest, GRID_STEPS), done[at], done[at] * step_seconds
        costs = [area[to] - slope * (to - at) + best[to] for to in range(first, GRID_STEPS + 1)]
        least = min(costs)
        following[at] = first + costs.index(least)
        best[at] = least - area[at] + price * (1 - share)
    return Pace(curve.start_seconds, step_seconds, tuple(following))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Linear between the two nearest of the ordered values."""
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])
