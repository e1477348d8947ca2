"""Headers that claim another length than is there: packets decide."""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from tests.clips import craft, craft_webm
from tests.clips.case import TWO, Case, small, streamed
from tests.clips.craft_avi import Avi
from tests.clips.make import make_jpegs

UNKNOWN_TICKS = 0xFFFF_FFFF_FFFF_FFFF


def lies() -> Iterator[Case]:
    """Shorter than they are, longer than they are, and nothing at all."""
    yield from in_mp4()
    yield from in_webm()
    yield from in_avi()


def _lying(seconds: float, claim: float) -> bytes:
    return craft.header_says(craft.without_edits(small(seconds=seconds)), claim)


def in_mp4() -> Iterator[Case]:
    """Movie, track and media headers."""
    for name, seconds, claim, rule in (
        ("30 s called 3 s", 30.0, 3, "too_long"),
        ("5 s called 4 s", 5.0, 4, "too_long"),
        ("2 s called an hour", 2.0, 3600, None),
        ("2 s called nothing", 2.0, 0, None),
        ("2 s called unknown", 2.0, 4e9, None),
        ("0.4 s called 3 s", 0.4, 3, "too_short"),
    ):
        make = partial(_lying, seconds, claim)
        length = Fraction(seconds).limit_denominator(10)
        yield Case(f"mp4: {name}", make, rule, "mp4", length, mendable=rule == "too_long")
    shown = craft.word_at(small(seconds=30.0), b"elst", 8, 3000)
    yield Case("mp4: 30 s shown as 3 s", lambda: shown, None, "mp4", Fraction(3))
    for ticks in (UNKNOWN_TICKS, 10**18, 1):
        name = f"mp4: 2 s called {ticks:,} ticks"
        yield Case(name, partial(craft.long_header_says, small(), ticks), None, "mp4", TWO)
    for claim in (1, 3600):
        make = partial(_fragments_called, claim)
        yield Case(f"mp4: fragments of 2 s called {claim} s", make, None, "mp4", TWO)
    long = partial(_fragments_called, 2, 20.0)
    yield Case("mp4: fragments of 20 s called 2 s", long, "too_long", "mp4", Fraction(20), mendable=True)

    for width, height in ((0, 0), (65_535, 1), (65_535, 65_535)):
        sized = partial(lambda width, height: craft.sized(small(codec="mjpeg"), width, height), width, height)
        yield Case(f"mp4: pictures called {width} x {height}", sized, None, "mp4", TWO)


def _fragments_called(claim: float, seconds: float = 2.0) -> bytes:
    return craft.header_says(streamed(seconds), claim)


def in_webm() -> Iterator[Case]:
    """The duration in the segment's header."""
    for name, seconds, claim, rule in (
        ("30 s called 3 s", 30.0, 3, "too_long"),
        ("2 s called an hour", 2.0, 3600, None),
        ("2 s called minus one", 2.0, -1, None),
        ("2 s called not a number", 2.0, float("nan"), None),
        ("2 s called endless", 2.0, float("inf"), None),
        ("0.4 s called 3 s", 0.4, 3, "too_short"),
    ):
        make = partial(
            lambda seconds, claim: craft_webm.length_says(small("webm", seconds), claim), seconds, claim
        )
        length = Fraction(seconds).limit_denominator(10)
        yield Case(f"webm: {name}", make, rule, "webm", length, mendable=rule == "too_long")


def in_avi() -> Iterator[Case]:
    """The number of frames in the header of the file and in that of the track."""
    for name, frames, claim, rule in (
        ("2 s called no frames", 50, 0, None),
        ("2 s called an hour", 50, 90_000, None),
        ("2 s called endless", 50, 0xFFFFFFFF, None),
        ("30 s called 3 s", 750, 75, "too_long"),
        ("0.4 s called 3 s", 10, 75, "too_short"),
    ):
        for index in (True, False):
            make = partial(_avi, frames, claim, index=index)
            told = "" if index else ", without an index"
            yield Case(
                f"avi: {name}{told}", make, rule, "avi", Fraction(frames, 25), mendable=rule == "too_long"
            )


def _avi(frames: int, claim: int, *, index: bool) -> bytes:
    avi = Avi(make_jpegs(frames), claimed_frames=claim)
    return avi.indexed() if index else avi.unindexed()
