"""Decides which moments of a clip are shown on a contact sheet, within what decoding may cost; pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from bot.clips import limits
from bot.clips.cutting import key_before
from bot.clips.footage import Footage


@dataclass(frozen=True, slots=True)
class Wanted:
    """A moment in the clip's own clock, in seconds, and the packet to decode from to get there."""

    first: int
    time: Fraction


def moments(footage: Footage, count: int) -> list[Wanted]:
    """Up to `count` moments, evenly from the first picture on; all pictures where there are no more."""
    if len(footage.times) <= count:
        return _affordable(footage, [ticks * footage.time_base for ticks in footage.times])
    return _affordable(footage, [footage.start + footage.seconds * number / count for number in range(count)])


def middle_moments(footage: Footage, count: int) -> list[Wanted]:
    """Up to `count` moments of the middle third."""
    start, third = footage.start + footage.seconds / 3, footage.seconds / 3
    return _affordable(footage, [start + third * number / count for number in range(count)])


def moments_at(footage: Footage, milliseconds: Sequence[int]) -> list[Wanted]:
    """The pictures that stand at these times after the first one; past the end it is the last."""
    return _affordable(footage, [footage.start + Fraction(one, 1000) for one in milliseconds])


def _affordable(footage: Footage, times: list[Fraction]) -> list[Wanted]:
    """The pictures that stand at these times; where that costs too much, the key frames near them."""
    began = sorted({_began(footage, time) for time in times})
    exact = [Wanted(key_before(footage, time), time) for time in began]
    return exact if _cost_pixels(footage, exact) <= limits.SHEET_DECODED_PIXELS else _at_keys(footage, exact)


def _began(footage: Footage, time: Fraction) -> Fraction:
    """When the picture began that stands at `time`."""
    before = bisect_right(footage.times, time / footage.time_base) - 1
    return footage.times[max(0, before)] * footage.time_base


def _cost_pixels(footage: Footage, wanted: list[Wanted]) -> int:
    """All pictures from the key frames to the moments, each once."""
    numbers = {shot.time: number for number, shot in enumerate(footage.shots)}
    pictures, done = 0, -1
    for one in wanted:
        last = numbers[round(one.time / footage.time_base)]
        pictures += max(0, last - max(done, one.first - 1))
        done = max(done, last)
    return pictures * footage.look.width * footage.look.height


def _at_keys(footage: Footage, wanted: list[Wanted]) -> list[Wanted]:
    keys = {n: shot.time * footage.time_base for n, shot in enumerate(footage.shots) if shot.is_key}
    if not keys:
        return wanted[:1]
    nearest = {min(keys, key=lambda n: abs(keys[n] - one.time)) for one in wanted}
    return [Wanted(number, keys[number]) for number in sorted(nearest)]
