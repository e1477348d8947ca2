"""Clips whose time is unusual: variable rates, held frames, edit lists, late starts, odd clocks."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial

from tests.clips import craft, craft_webm
from tests.clips.case import FRAGMENTED, ORDERED_ODDLY, SMALL, TWO, Case, small
from tests.clips.make import make_clip, make_repeated, make_timed

MILLISECOND = Fraction(1, 1000)
JITTER = (31, 35, 33, 34, 30, 37, 33)
"""What a telephone calls thirty frames a second, in milliseconds."""


def times() -> Iterator[Case]:
    """All of them."""
    yield from variable()
    yield from clocks()
    yield from orders()
    yield from edits()


def variable() -> Iterator[Case]:
    """Frames that do not last equally long."""
    for kind in ("mp4", "webm"):
        shaky, end = _jittering(3000)
        yield Case(f"a telephone's rate in {kind}", partial(make_timed, shaky, end, kind), None, kind, end)
        slow = [Fraction(number * number, 100) for number in range(16)]
        name = f"ever slower frames in {kind}"
        yield Case(name, partial(make_timed, slow, Fraction(256, 100), kind), None, kind, Fraction(256, 100))
        late = [*(Fraction(number, 25) for number in range(10)), Fraction(7, 2)]
        name = f"a gap of three seconds in {kind}"
        yield Case(name, partial(make_timed, late, Fraction(18, 5), kind), None, kind, Fraction(18, 5))
    held = [Fraction(number, 25) for number in range(25)]
    for last, rule in ((3, None), (5, "too_long")):
        make, end = partial(make_timed, held, Fraction(last)), Fraction(last)
        yield Case(f"a last frame held until {last} s", make, rule, "mp4", end, mendable=rule == "too_long")
    unknown = craft_webm.without_frame_rate
    shaky, end = _jittering(2000)
    made = partial(make_timed, shaky, end, "webm")
    yield Case("a recorder's rate, nowhere said", lambda: unknown(made()), None, "webm")


def _jittering(milliseconds: int) -> tuple[list[Fraction], Fraction]:
    found, at = [], 0
    while at < milliseconds:
        found.append(at * MILLISECOND)
        at += JITTER[len(found) % len(JITTER)]
    return found, at * MILLISECOND


def clocks() -> Iterator[Case]:
    """Time bases far from the usual, as timelapses and converters write them."""
    for ticks in (1, 600, 90_000, 1_000_000, 16_777_216):
        make = partial(make_timed, [Fraction(number) for number in range(4)], Fraction(4))
        name = f"one frame a second, {ticks:,} ticks"
        yield Case(name, partial(make, time_base=Fraction(1, ticks)), None, "mp4", Fraction(4))
    timelapse = partial(make_clip, 4, fps=Fraction(1, 2), size=SMALL)
    yield Case("two frames in four seconds", timelapse, None, "mp4", Fraction(4))
    minute = partial(make_timed, [Fraction(number) for number in range(60)], Fraction(60))
    yield Case("a minute of a frame a second", minute, "too_long", "mp4", Fraction(60), mendable=True)
    film = partial(make_repeated, 25_000, 60, (16, 16))
    yield Case("seven minutes of 60 frames a second", film, "too_long", "webm", mendable=True)
    yield Case("240 frames a second", partial(make_clip, 4, fps=240, size=SMALL), None, "mp4", Fraction(4))
    fast = partial(make_clip, 3, fps=300, size=(16, 16))
    yield Case("half a minute of pictures in 3 s", fast, None, "mp4", Fraction(3))
    yield Case(
        "a still held for 3 s",
        partial(make_clip, 3, fps=Fraction(1, 3), size=SMALL),
        "undecodable",
        "mp4",
        Fraction(3),
    )
    yield Case("a still repeated for 3 s", partial(make_repeated, 75, 25, SMALL), None, "webm", Fraction(3))
    for kind, mux in (("webm", None), ("mp4", None), ("mp4", FRAGMENTED)):
        late = partial(make_clip, 2, kind, size=SMALL, start_seconds=100, mux=mux)
        how = " of fragments" if mux else ""
        yield Case(f"a {kind}{how} that starts at second 100", late, None, kind, TWO)


def orders() -> Iterator[Case]:
    """Frames that are decoded in another order than they are shown."""
    for kind in ("mp4", "avi", "matroska"):
        clip = partial(make_clip, 2, kind, size=SMALL, codec="libx264", encode=ORDERED_ODDLY)
        foreign = kind == "matroska"
        rule, found = ("wrong_container", None) if foreign else (None, kind)
        yield Case(f"reordered frames in {kind}", clip, rule, found, TWO, mendable=foreign)
    negative = partial(
        make_clip, 2, size=SMALL, encode=ORDERED_ODDLY, mux={"movflags": "negative_cts_offsets"}
    )
    yield Case("frames shown before they are decoded", negative, None, "mp4", TWO)
    yield Case(
        "reordered frames in fragments",
        partial(make_clip, 2, size=SMALL, encode=ORDERED_ODDLY, mux=FRAGMENTED),
        None,
        "mp4",
        TWO,
    )


def edits() -> Iterator[Case]:
    """Edit lists: what they show is the clip, whatever else is stored (all in milliseconds)."""

    def case(
        name: str, stored: float, *shown: tuple[int, int], rule: str | None = None, seconds: float
    ) -> Case:
        make: Callable[[], bytes] = lambda: craft.edited(small(seconds=stored), *shown)  # noqa: E731
        length = Fraction(seconds).limit_denominator(1000)
        return Case(f"edit: {name}", make, rule, "mp4", length, mendable=rule == "too_long")

    yield case("the first 3 s of 10 s", 10.0, (3000, 0), seconds=3)
    yield case("3 s from the middle of 10 s", 10.0, (3000, 4000), seconds=3)
    yield case("the last 2 s of 30 s", 30.0, (2000, 28_000), seconds=2)
    yield case("5 s of 10 s", 10.0, (5000, 2000), rule="too_long", seconds=5)
    yield case("0.4 s of 3 s", 3.0, (400, 1000), rule="too_short", seconds=0.4)
    yield case("nothing for a second, then 2 s", 2.0, (1000, -1), (2000, 0), seconds=2)
    yield case("two parts in a row", 10.0, (1000, 0), (1000, 5000), seconds=2)
    yield case(
        "two parts that are too long together", 10.0, (3000, 0), (3000, 5000), rule="too_long", seconds=6
    )
    yield case("the same second three times", 3.0, *[(1000, 1000)] * 3, seconds=3)
