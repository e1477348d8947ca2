"""Lengths out of packets."""

from fractions import Fraction

from bot.clips.timeline import Track, microseconds

TICK = Fraction(1, 30)
START = Fraction(0)


def track(*packets: tuple[int, int | None]) -> Track:
    """A track at 30 ticks a second."""
    made = Track(TICK)
    for time, duration in packets:
        made.add(time, duration)
    return made


def test_a_track_lasts_from_its_first_start_to_its_last_end() -> None:
    assert track((0, 1), (1, 1), (2, 1)).span() == (START, 3 * TICK)


def test_order_does_not_matter() -> None:
    assert track((2, 1), (0, 1), (1, 1)).span() == (START, 3 * TICK)


def test_a_late_start_is_no_length() -> None:
    assert microseconds([(Fraction(100), Fraction(103))]) == 3_000_000


def test_a_last_packet_without_duration_lasts_as_long_as_the_others() -> None:
    assert track((0, 20), (20, 20), (40, None)).span() == (START, 60 * TICK)


def test_a_last_packet_of_one_tick_lasts_as_long_as_the_others() -> None:
    assert track((0, 20), (20, 20), (40, 1)).span() == (START, 60 * TICK)


def test_one_packet_lasts_what_it_says() -> None:
    assert track((5, 90)).span() == (5 * TICK, 95 * TICK)


def test_of_packets_that_start_together_the_longest_counts() -> None:
    assert track((0, 1), (1, 0), (1, 2)).span() == (START, 3 * TICK)


def test_no_packets_are_no_length() -> None:
    assert track().span() is None
    assert microseconds([]) == 0


def test_several_tracks_last_from_the_first_to_the_last() -> None:
    assert microseconds([(Fraction(-1, 50), Fraction(4)), (Fraction(0), Fraction(41, 10))]) == 4_120_000
