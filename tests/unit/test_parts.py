"""Which pieces of a clip may be kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clip import Part
from bot.orders import parts

SECONDS = st.floats(1.0, 4000.0)
ANY = st.integers(-5_000, 5_000_000)


@pytest.mark.parametrize(
    ("seconds", "suggested"),
    [
        (1.0, Part(0, 1000)),
        (3.217, Part(0, 3217)),
        (4.0, Part(0, 4000)),
        (4.2, Part(0, 4000)),
        (5.0, Part(500, 4000)),
        (14.2, Part(5000, 4000)),
        (600.0, Part(298_000, 4000)),
    ],
)
def test_the_whole_of_a_short_clip_is_suggested_and_of_a_long_one_its_middle(
    seconds: float, suggested: Part
) -> None:
    assert parts.suggestion(seconds) == suggested


def test_lengths_go_in_half_seconds_and_end_with_all_there_is() -> None:
    assert parts.lengths(14.2) == [1000, 1500, 2000, 2500, 3000, 3500, 4000]
    assert parts.lengths(2.7) == [1000, 1500, 2000, 2500, 2700]
    assert parts.lengths(1.0) == [1000]


def test_a_part_may_begin_wherever_it_still_fits() -> None:
    assert parts.starts(5.2, 4000) == [0, 500, 1000]
    assert parts.starts(4.0, 4000) == [0]


@given(seconds=SECONDS, start=ANY, length=ANY)
def test_whatever_is_wished_what_comes_of_it_is_in_the_clip_and_is_offered(
    seconds: float, start: int, length: int
) -> None:
    part = parts.fitted(start, length, seconds)

    assert part.start_milliseconds >= 0
    assert parts.SHORTEST <= part.length_milliseconds <= parts.LONGEST
    assert part.end_milliseconds <= seconds * 1000
    assert parts.is_offered(part, seconds)


@given(seconds=SECONDS)
def test_what_is_suggested_is_offered(seconds: float) -> None:
    assert parts.is_offered(parts.suggestion(seconds), seconds)


@pytest.mark.parametrize(
    "part", [Part(-500, 2000), Part(0, 500), Part(0, 4500), Part(8500, 4000), Part(250, 2000), Part(0, 2250)]
)
def test_anything_else_is_not(part: Part) -> None:
    assert not parts.is_offered(part, 12.0)


@pytest.mark.parametrize(
    ("seconds", "moments"), [(0.96, [0, 500]), (1.0, [0, 500, 1000]), (2.3, [0, 500, 1000, 1500, 2000])]
)
def test_a_picture_may_be_taken_every_half_second(seconds: float, moments: list[int]) -> None:
    assert parts.moments(seconds) == moments


@given(seconds=st.floats(0.95, 4.05))
def test_every_clip_has_moments_and_a_select_holds_them(seconds: float) -> None:
    assert 1 < len(parts.moments(seconds)) <= 25
