"""How long the tasks of a crowd run: a steady state, in which as many end as begin."""

import random
from dataclasses import dataclass
from math import log

SPREAD = 0.5
"""Of the logarithm: half of all tasks take between 0.7 and 1.4 times the median."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Log-normal durations with a mean."""

    mean_seconds: float

    def of_ended(self, chance: random.Random) -> float:
        """Of one among those that have ended, in seconds."""
        return chance.lognormvariate(self._middle, SPREAD)

    def of_running(self, chance: random.Random) -> tuple[float, float]:
        """The age of one that runs just now, and how long it still will, in seconds.

        What takes long is found running more often, in proportion to its duration; that moves the middle.
        """
        seconds = chance.lognormvariate(self._middle + SPREAD**2, SPREAD)
        age = chance.uniform(0, seconds)
        return age, seconds - age

    @property
    def _middle(self) -> float:
        return log(self.mean_seconds) - SPREAD**2 / 2
