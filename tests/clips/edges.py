"""The edges of 1 and 4 s: the last frame that is still inside, and the first one that is not."""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from math import ceil, floor

from tests.clips.case import SMALL, Case
from tests.clips.make import NTSC, make_clip, make_timed

SHORTEST, LONGEST = Fraction(95, 100), Fraction(405, 100)
"""1 and 4 s, with the tolerance of 0.05 s that is told to everybody."""
FILM = Fraction(24000, 1001)
RATES = (FILM, Fraction(24), Fraction(25), NTSC, Fraction(30), Fraction(60))
TICK = Fraction(1, 60_000)
"""Two of the ticks that are stored: one alone would look like no duration at all."""
OTHERS = (
    *(("webm", rate) for rate in (Fraction(25), Fraction(30), Fraction(60))),
    *(("avi", rate) for rate in (FILM, Fraction(30), Fraction(60))),
)


def edges() -> Iterator[Case]:
    """All of them."""
    for rate in RATES:
        yield from in_frames("mp4", rate)
        yield from to_the_tick(rate)
    for kind, rate in OTHERS:
        yield from in_frames(kind, rate)


def in_frames(kind: str, rate: Fraction) -> Iterator[Case]:
    """What whole frames can do: just outside, just inside, and the two lengths that people aim at."""
    fewest, most = ceil(SHORTEST * rate), floor(LONGEST * rate)
    for frames in (fewest - 1, fewest, round(rate), round(4 * rate), most, most + 1):
        make = partial(make_clip, Fraction(frames) / rate, kind, rate, SMALL)
        yield _case(f"{frames} frames at {float(rate):.5g} in {kind}", make, kind, frames / rate)


def to_the_tick(rate: Fraction) -> Iterator[Case]:
    """The last frame held so that the clip ends exactly at the edge, and one tick further out."""
    for end in (SHORTEST, SHORTEST - TICK, LONGEST, LONGEST + TICK):
        times = [frame / rate for frame in range(ceil(end * rate))]
        make = partial(make_timed, times, end)
        yield _case(f"{_in_ticks(end)} at {float(rate):.5g}", make, "mp4", end)


def _in_ticks(end: Fraction) -> str:
    return f"{float(end)} s" if end in (SHORTEST, LONGEST) else f"a tick beyond {float(end):.2f} s"


def _case(name: str, make: partial[bytes], kind: str, length: Fraction) -> Case:
    rule = "too_short" if length < SHORTEST else "too_long" if length > LONGEST else None
    return Case(name, make, rule, kind, length, mendable=rule == "too_long")
