"""Which way up a picture is shown: a display matrix read as one of the eight ways to turn and mirror it."""

import struct
from enum import StrEnum

WORDS = struct.Struct("=9i")
"""FFmpeg's AV_PKT_DATA_DISPLAYMATRIX (libavutil/display.h): a, b, u, c, d, v, x, y, w in native order."""


class Turn(StrEnum):
    """What has to be done to a stored picture before it is shown. Turns are counter-clockwise."""

    NONE = "none"
    LEFT = "left"
    OVER = "over"
    RIGHT = "right"
    MIRROR = "mirror"
    FLIP = "flip"
    TRANSPOSE = "transpose"
    TRANSVERSE = "transverse"

    @property
    def swaps_sides(self) -> bool:
        """Whether width and height change places."""
        return self in (Turn.LEFT, Turn.RIGHT, Turn.TRANSPOSE, Turn.TRANSVERSE)


# By the signs of a, b, c, d: a point (x, y) is shown at (ax + cy, bx + dy), y downwards.
TURNS = {
    (1, 0, 0, 1): Turn.NONE,
    (0, -1, 1, 0): Turn.LEFT,
    (-1, 0, 0, -1): Turn.OVER,
    (0, 1, -1, 0): Turn.RIGHT,
    (-1, 0, 0, 1): Turn.MIRROR,
    (1, 0, 0, -1): Turn.FLIP,
    (0, 1, 1, 0): Turn.TRANSPOSE,
    (0, -1, -1, 0): Turn.TRANSVERSE,
}


def turn_of(matrix: bytes) -> Turn:
    """The turn that a display matrix asks for; NONE for what is no matrix, or a slant."""
    if len(matrix) != WORDS.size:
        return Turn.NONE
    a, b, _, c, d, *_ = WORDS.unpack(matrix)
    # A hair's breadth of slant is rounding; the scale is of no interest.
    largest = max(abs(word) for word in (a, b, c, d))
    a, b, c, d = (0 if abs(word) * 8 < largest else (word > 0) - (word < 0) for word in (a, b, c, d))
    return TURNS.get((a, b, c, d), Turn.NONE)
