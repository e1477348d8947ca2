"""The crowd of a benchmark is in a steady state."""

import random
from statistics import fmean

import pytest

from benchmarks.durations import Durations

DRAWS = 40_000
DURATIONS = Durations(500.0)


def test_durations_have_the_mean() -> None:
    chance = random.Random(1)

    assert fmean(DURATIONS.of_ended(chance) for _ in range(DRAWS)) == pytest.approx(500.0, rel=0.02)


def test_as_many_end_each_second_as_the_mean_says_now_and_later() -> None:
    chance = random.Random(1)
    left = [DURATIONS.of_running(chance)[1] for _ in range(DRAWS)]

    for begin, end in ((0.0, 20.0), (20.0, 60.0)):
        ending = sum(begin <= seconds < end for seconds in left)
        assert ending == pytest.approx(DRAWS / 500.0 * (end - begin), rel=0.1)
