"""Display matrices."""

import struct

import pytest

from bot.clips.upright import Turn, turn_of

ONE = 1 << 16


def matrix(a: float, b: float, c: float, d: float) -> bytes:
    """As FFmpeg hands it out."""
    words = (a, b, 0, c, d, 0, 0, 0, 1 << 14)
    return struct.pack("=9i", *(round(word * ONE) for word in words[:8]), 1 << 30)


@pytest.mark.parametrize(
    ("words", "turn"),
    [
        ((1, 0, 0, 1), Turn.NONE),
        ((0, -1, 1, 0), Turn.LEFT),
        ((-1, 0, 0, -1), Turn.OVER),
        ((0, 1, -1, 0), Turn.RIGHT),
        ((-1, 0, 0, 1), Turn.MIRROR),
        ((1, 0, 0, -1), Turn.FLIP),
        ((0, 1, 1, 0), Turn.TRANSPOSE),
        ((0, -1, -1, 0), Turn.TRANSVERSE),
    ],
)
def test_the_eight_ways_to_hold_a_camera(words: tuple[int, int, int, int], turn: Turn) -> None:
    assert turn_of(matrix(*words)) is turn
    assert turn_of(matrix(*(word * 0.5 for word in words))) is turn


def test_a_hair_of_slant_is_none() -> None:
    assert turn_of(matrix(0.01, 1, -1, -0.01)) is Turn.RIGHT


@pytest.mark.parametrize("words", [(0.7, 0.7, -0.7, 0.7), (0, 0, 0, 0), (1, 1, 1, 1), (1, 0, 1, 0)])
def test_what_is_no_quarter_turn_is_left_alone(words: tuple[float, float, float, float]) -> None:
    assert turn_of(matrix(*words)) is Turn.NONE


@pytest.mark.parametrize("content", [b"", b"x" * 35, b"x" * 37])
def test_what_is_no_matrix_turns_nothing(content: bytes) -> None:
    assert turn_of(content) is Turn.NONE


def test_quarter_turns_swap_the_sides() -> None:
    swapping = [turn for turn in Turn if turn.swaps_sides]

    assert swapping == [Turn.LEFT, Turn.RIGHT, Turn.TRANSPOSE, Turn.TRANSVERSE]
