"""Which pieces and pictures of a clip may be chosen, and which piece is suggested.

Pure; all times in milliseconds.
"""

from bot.clip import Part

SHORTEST, LONGEST = 1000, 4000
"""What a clip may last."""
STEP = 500


def suggestion(seconds: float) -> Part:
    """The whole of a clip that is short enough, else the longest piece from its middle."""
    whole = _milliseconds(seconds)
    if whole <= LONGEST:
        return Part(0, whole)
    return Part((whole - LONGEST) // 2 // STEP * STEP, LONGEST)


def lengths(seconds: float) -> list[int]:
    """How long a piece of the clip may be, the shortest first; the last is as much as there can be."""
    most = min(_milliseconds(seconds), LONGEST)
    return [*range(SHORTEST, most, STEP), most]


def starts(seconds: float, length: int) -> list[int]:
    """Where a piece of this length may begin."""
    return list(range(0, _milliseconds(seconds) - length + 1, STEP))


def moments(seconds: float) -> list[int]:
    """Where a picture of a whole clip may be taken."""
    return list(range(0, _milliseconds(seconds) + 1, STEP))


def fitted(start: int, length: int, seconds: float) -> Part:
    """The piece that is nearest to what is wished."""
    length = min(lengths(seconds), key=lambda possible: abs(possible - length))
    return Part(min(starts(seconds, length), key=lambda possible: abs(possible - start)), length)


def is_offered(part: Part, seconds: float) -> bool:
    """Whether the clip has this piece, and it is one of those that are offered."""
    return part == fitted(part.start_milliseconds, part.length_milliseconds, seconds)


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
