"""Decides whether a part can be cut out without encoding its pictures anew; pure."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction

from bot.clips import limits
from bot.clips.cutting import BUDGET_SHARE, Cut, within_sides
from bot.clips.footage import Footage, Look, Shot
from bot.clips.upright import Turn

LATEST_KEY_SECONDS = Fraction(1, 10)
"""A key frame so near to the start that was asked for is as good."""
EXACT_SECONDS = Fraction(1, 1000)
COPIED_FPS = 60
"""What the encoder makes has fewer; but nothing is gained by taking away what fits."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Packets to be copied, from number `first` on, and their times in ticks from the start of the part.

    The picture that is shown last stands for `last_ticks`. `start` is by the clip's own clock, in seconds.
    """

    first: int
    shown: tuple[int, ...]
    decoded: tuple[int, ...]
    last_ticks: int
    start: Fraction
    seconds: Fraction


def copy_plan(footage: Footage, cut: Cut) -> Copy | None:
    """The packets that make exactly the part, starting with a key frame; None where there are none such."""
    if not _fits(footage.look) or cut.spacing * COPIED_FPS < 1 - EXACT_SECONDS:
        return None
    first = _key_near(footage, cut.start)
    if first is None:
        return None
    start = footage.time(footage.shots[first])
    if start + cut.seconds > footage.end + EXACT_SECONDS:
        return None
    shots = _until(footage, first, start + cut.seconds - cut.spacing / 2)
    return _exact(footage, first, shots, cut)


def _fits(look: Look) -> bool:
    size = within_sides(look, limits.CUT_LONG_SIDE_PIXELS, limits.CUT_SHORT_SIDE_PIXELS)
    plain = (look.codec, look.pixel_format, look.turn) == ("h264", "yuv420p", Turn.NONE)
    return plain and size == (look.width, look.height) and not look.colours.is_hdr


def _key_near(footage: Footage, time: Fraction) -> int | None:
    keys = {
        number: abs(footage.time(shot) - time)
        for number, shot in enumerate(footage.shots)
        if shot.is_key and not shot.is_hidden and abs(footage.time(shot) - time) <= LATEST_KEY_SECONDS
    }
    return min(keys, key=lambda number: keys[number], default=None)


def _until(footage: Footage, first: int, end: Fraction) -> list[Shot]:
    """What is decoded before the first picture that is shown from `end` on; it needs no other."""
    shots = []
    for shot in footage.shots[first:]:
        if footage.time(shot) >= end:
            break
        shots.append(shot)
    return shots


def _exact(footage: Footage, first: int, shots: list[Shot], cut: Cut) -> Copy | None:
    """The copy, if these packets are all that is shown in the part, and it is as long as was asked for."""
    times = [shot.time for shot in shots]
    start, last = footage.time(shots[0]), max(times)
    shown = footage.times[bisect_left(footage.times, times[0]) : bisect_right(footage.times, last)]
    whole = tuple(sorted(times)) == shown and not any(shot.is_hidden for shot in shots)
    last_ticks = round((start + cut.seconds) / footage.time_base) - last
    natural = abs(last_ticks * footage.time_base - cut.spacing) <= EXACT_SECONDS
    # Where pictures are reordered, the muxer derives how long the last one is shown.
    exact = natural or times == sorted(times)
    size_bytes = sum(shot.size_bytes for shot in shots)
    if not (whole and exact) or size_bytes > limits.LIMIT_BYTES * BUDGET_SHARE:
        return None
    after_start = tuple(time - times[0] for time in times)
    return Copy(first, after_start, decoding_times(after_start), last_ticks, start, cut.seconds)


def decoding_times(shown: tuple[int, ...]) -> tuple[int, ...]:
    """When each packet is decoded, which not every file says: in turn, and none after it is shown."""
    in_order = sorted(shown)
    latest = max(due - time for due, time in zip(in_order, shown, strict=True))
    return tuple(time - latest for time in in_order)
