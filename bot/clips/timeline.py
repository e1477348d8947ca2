"""How long a track is, told by its packets alone, in exact fractions."""

from fractions import Fraction
from itertools import pairwise
from statistics import median

from bot.clips import limits

ABSURDLY_SHORT = 4
"""A last packet of one tick, this many times shorter than its neighbours' spacing, carries no real duration:
writers that were told none put down the shortest there is."""


class Track:
    """The times of one track's packets, in ticks of its own time base."""

    def __init__(self, time_base: Fraction) -> None:
        self.time_base = time_base
        self._durations: dict[int, int] = {}

    def add(self, time: int, duration: int | None) -> None:
        """Notes a packet that starts at `time`; of several that start together the longest counts."""
        self._durations[time] = max(self._durations.get(time, 0), duration or 0)

    def span(self) -> tuple[Fraction, Fraction] | None:
        """When the first packet starts and the last one ends, in seconds; None without packets."""
        if not self._durations:
            return None
        times = sorted(self._durations)
        last = self._durations[times[-1]]
        spacing = round(median([after - before for before, after in pairwise(times)] or [0]))
        unknown = last <= 1 and last * ABSURDLY_SHORT < spacing
        rounded_down = ABSURDLY_SHORT < last == spacing - 1
        if unknown or rounded_down:
            last = spacing
        return times[0] * self.time_base, (times[-1] + last) * self.time_base

    def rough_seconds(self, time: int) -> Fraction:
        """How far `time` is from the first packet, without sorting; good enough to stop early."""
        first = next(iter(self._durations), time)
        return abs(time - first) * self.time_base


def microseconds(spans: list[tuple[Fraction, Fraction]]) -> int:
    """From the earliest start to the latest end; what is beyond all sense is told as the largest count."""
    if not spans:
        return 0
    seconds = max(end for _, end in spans) - min(start for start, _ in spans)
    return min(round(seconds * limits.MICROSECONDS), limits.LARGEST_COUNT)
