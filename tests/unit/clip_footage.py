"""Footage out of thin air, for tests of what is decided about it."""

from dataclasses import replace
from fractions import Fraction

from bot.clips.colours import Colours
from bot.clips.footage import Footage, Look, Shot, footage_of
from bot.clips.upright import Turn

TICK = Fraction(1, 600)
LOOK = Look("h264", "yuv420p", 1280, 720, Fraction(1), Turn.NONE, Colours())
SHOT_BYTES = 1000


def footage(
    seconds: float = 10,
    ticks: int = 20,
    *,
    key_every: int = 30,
    start_ticks: int = 0,
    look: Look = LOOK,
    shot_bytes: int = SHOT_BYTES,
) -> Footage:
    """Pictures `ticks` 600ths of a second apart, a key frame every so many of them."""
    count = round(seconds * 600 / ticks)
    shots = (
        Shot(start_ticks + number * ticks, ticks, shot_bytes, number % key_every == 0, is_hidden=False)
        for number in range(count)
    )
    return footage_of(tuple(shots), TICK, look)


def at_ticks(*times: int, last: int = 20, keys: tuple[int, ...] = (0,)) -> Footage:
    """Pictures at these times in the order of decoding, each shown until the next; `keys` by number."""
    in_order = [*sorted(times), max(times) + last]
    shots = (
        Shot(time, in_order[in_order.index(time) + 1] - time, SHOT_BYTES, number in keys, is_hidden=False)
        for number, time in enumerate(times)
    )
    return footage_of(tuple(shots), TICK, LOOK)


def reordered(seconds: float = 10, ticks: int = 20, group: int = 3) -> Footage:
    """Pictures in groups that are decoded last one first, as with B-frames; key frames as usual."""
    plain = footage(seconds, ticks)
    shots: list[Shot] = [plain.shots[0]]
    for first in range(1, len(plain.shots), group):
        *between, last = plain.shots[first : first + group]
        shots += [last, *between]
    keys = {shot.time for shot in plain.shots if shot.is_key}
    return footage_of(tuple(replaced(shot, keys) for shot in shots), TICK, LOOK)


def replaced(shot: Shot, keys: set[int]) -> Shot:
    return shot._replace(is_key=shot.time in keys)


def with_look(**facts: object) -> Look:
    changed: Look = replace(LOOK, **facts)  # type: ignore[arg-type]  # a test names the fields it changes
    return changed
