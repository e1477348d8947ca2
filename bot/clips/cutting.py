"""Decides how a part is cut out of a clip: where decoding starts, what is kept of it, how large; pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TypeVar

from bot.clip import ClipRule, Part
from bot.clips import limits, rules
from bot.clips.footage import Footage, Look, few_pictures, judge_footage, judge_length, still_picture
from bot.errors import ClipRejected

MILLISECONDS = 1000
LONGEST_GAP = Fraction(1, 10)
"""Pictures that stand longer, as in slow GIFs, are repeated: players and providers expect a video."""
LEAST_GAP = Fraction(1, 100)
FPS_TOLERANCE = Fraction(1, 20)
BUDGET_SHARE = Fraction(88, 100)
"""Of the bytes allowed; measured, the rest is what x264 goes over its maximum on noise, and the container."""
HIGHEST_BITS_PER_SECOND = 24_000_000
"""H.264 level 4, which every player takes, allows 25 million."""
SECOND_TRY = Fraction(7, 10)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cut:
    """A part in the clip's own clock, in seconds; `first` is the packet to decode from.

    Pictures are usually `spacing` seconds apart, and one in `every` is kept. After the first, `promised` of
    them begin within the part.
    """

    first: int
    start: Fraction
    seconds: Fraction
    spacing: Fraction
    every: int
    promised: int

    @property
    def step(self) -> Fraction:
        """The usual time from one kept picture to the next."""
        return self.spacing * self.every

    @property
    def least_gap(self) -> Fraction:
        """A picture that comes sooner after the one before is left out."""
        return self.step - self.spacing / 2 if self.every > 1 else LEAST_GAP


def plan(footage: Footage, part: Part) -> Cut:
    """How a part is cut; it ends with the clip where that is shorter.

    Raises:
        ClipRejected: undecodable, or too_short: less than a second is left.
    """
    judge_footage(footage)
    spacing = footage.spacing()
    asked = footage.start + Fraction(max(0, part.start_milliseconds), MILLISECONDS)
    longest = Fraction(limits.LONGEST_SECONDS)
    seconds = min(Fraction(part.length_milliseconds, MILLISECONDS), footage.end - asked, longest)
    judge_length(max(seconds, Fraction(0)))
    start = _snapped(footage, asked, spacing)
    # What is forgiven a clip is not passed on: its last picture then stands a little longer.
    seconds = max(seconds, Fraction(limits.SHORTEST_SECONDS))
    every = max(1, ceil(1 / (spacing * limits.CUT_FPS) - FPS_TOLERANCE))
    promised = _between(footage, start, start + _latest(seconds, spacing * every))
    if promised < 1:
        raise still_picture()
    return Cut(key_before(footage, start), start, seconds, spacing, every, promised)


def _latest(seconds: Fraction, step: Fraction) -> Fraction:
    """When the last picture of a part may begin: none is shown for less than half its usual time."""
    return seconds - min(step, LONGEST_GAP) / 2


def _between(footage: Footage, start: Fraction, end: Fraction) -> int:
    """How many pictures begin after `start`, and at `end` at the latest."""
    before = bisect_right(footage.times, start / footage.time_base)
    return bisect_right(footage.times, end / footage.time_base) - before


def _snapped(footage: Footage, start: Fraction, spacing: Fraction) -> Fraction:
    """The start of the picture that is nearest, if one is near: so that none is shown for an instant."""
    after = bisect_left(footage.times, start / footage.time_base)
    near = [ticks * footage.time_base for ticks in footage.times[max(0, after - 1) : after + 1]]
    nearest = min(near, key=lambda time: abs(time - start))
    return nearest if abs(nearest - start) * 2 <= spacing else start


def key_before(footage: Footage, time: Fraction) -> int:
    """The number of the last key frame that is shown at `time` or before; else of the first packet."""
    ticks = floor(time / footage.time_base)
    keys = (number for number, shot in enumerate(footage.shots) if shot.is_key and shot.time <= ticks)
    return max(keys, default=0)


def kept(pictures: Iterable[tuple[Fraction, T]], cut: Cut) -> Iterator[tuple[Fraction, T]]:
    """The pictures to be shown, each with its time from the start of the part, the first at 0.

    What stands when the part begins is its first picture.

    Raises:
        ClipRejected: at the end, when less than half of the pictures came that were promised.
    """
    standing: list[T] = []
    last, came = Fraction(0), 0
    for time, picture in pictures:
        at = time - cut.start
        if at <= 0:
            standing = [picture]
            continue
        if at > _latest(cut.seconds, cut.step):
            break
        if came == 0:
            # A part may begin before the clip's first picture does.
            yield Fraction(0), standing[0] if standing else picture
        came += 1
        if at - last >= cut.least_gap:
            yield at, picture
            last = at
    if came < cut.promised * limits.LEAST_FRAME_SHARE:
        raise few_pictures(came, cut.promised)


def without_gaps(pictures: Iterable[tuple[Fraction, T]], cut: Cut) -> Iterator[tuple[Fraction, Fraction, T]]:
    """Each picture with its time and how long it is shown; what stands too long is repeated."""
    before: tuple[Fraction, T] | None = None
    for at, picture in pictures:
        if before is not None:
            yield from _repeated(before[0], at, before[1])
        before = at, picture
    if before is not None:
        yield from _repeated(before[0], cut.seconds, before[1])


def _repeated(start: Fraction, end: Fraction, picture: T) -> Iterator[tuple[Fraction, Fraction, T]]:
    times = max(1, round((end - start) / LONGEST_GAP)) if end - start > LONGEST_GAP * 3 / 2 else 1
    seconds = (end - start) / times
    for number in range(times):
        yield start + number * seconds, seconds, picture


def within_sides(look: Look, long_side: int, short_side: int) -> tuple[int, int]:
    """Width and height as shown, even, whichever of them is the longer; never more than the source has."""
    width, height = _shown_size(look)
    scale = min(long_side / max(width, height), short_side / min(width, height), Fraction(1))
    return _scaled(width, height, scale)


def within_box(look: Look, box_width: int, box_height: int) -> tuple[int, int]:
    """Width and height as shown, even; never more than the source has."""
    width, height = _shown_size(look)
    return _scaled(width, height, min(box_width / width, box_height / height, Fraction(1)))


def filling_box(look: Look, box_width: int, box_height: int) -> tuple[int, int]:
    """Width and height as shown, even, as large as the box allows."""
    width, height = _shown_size(look)
    return _scaled(width, height, min(box_width / width, box_height / height))


def _shown_size(look: Look) -> tuple[Fraction, Fraction]:
    """Upright and with square pixels: the narrower side of a pixel is drawn out, as players do it."""
    width, height = Fraction(look.width), Fraction(look.height)
    if look.pixel_aspect > 1:
        width *= look.pixel_aspect
    else:
        height /= look.pixel_aspect
    return (height, width) if look.turn.swaps_sides else (width, height)


def _scaled(width: Fraction, height: Fraction, scale: Fraction) -> tuple[int, int]:
    return _even(width * scale), _even(height * scale)


def _even(side: Fraction) -> int:
    """H.264 in 4:2:0 has no odd sides."""
    return max(2, 2 * round(side / 2))


def most_bits_per_second(seconds: Fraction, *, has_sound: bool) -> int:
    """The most that pictures may take."""
    sound = limits.CUT_AUDIO_BITS_PER_SECOND if has_sound else 0
    budget = int(limits.LIMIT_BYTES * 8 * BUDGET_SHARE / seconds) - sound
    return min(budget, HIGHEST_BITS_PER_SECOND)


def within_bytes(encode: Callable[[int], bytes], bits_per_second: int) -> bytes:
    """What is encoded at the rate, or at a lower one when the encoder has missed it.

    Raises:
        ClipRejected: too_big, even then.
    """
    clip = encode(bits_per_second)
    if len(clip) > limits.LIMIT_BYTES:
        clip = encode(int(bits_per_second * SECOND_TRY))
    if len(clip) > limits.LIMIT_BYTES:
        found = f"{len(clip):,} bytes at the lowest quality"
        raise ClipRejected(ClipRule.TOO_BIG, found=found, accepted=rules.ACCEPTED_BYTES)
    return clip
