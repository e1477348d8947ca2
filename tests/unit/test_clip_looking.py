"""Which moments of a clip are looked at."""

from fractions import Fraction

from bot.clips.looking import Wanted, middle_moments, moments, moments_at
from tests.unit.clip_footage import at_ticks, footage, with_look

HUGE = with_look(width=4096, height=2304)


def test_moments_are_spread_evenly_from_the_first_picture_on() -> None:
    wanted = moments(footage(seconds=12, ticks=20, key_every=30), 12)

    assert wanted == [Wanted(30 * second, Fraction(second)) for second in range(12)]


def test_the_picture_that_stands_at_a_moment_is_wanted() -> None:
    wanted = moments(footage(seconds=10, ticks=20, key_every=30), 12)

    # At ten twelfths of a second the picture stands that began one thirtieth of a second before it ended.
    assert wanted[1] == Wanted(0, Fraction(25, 30))


def test_a_clip_of_few_pictures_shows_each_once() -> None:
    slow = at_ticks(0, 600, 1200, last=600, keys=(0, 1, 2))

    assert moments(slow, 12) == [Wanted(number, Fraction(number)) for number in range(3)]


def test_where_decoding_to_each_moment_costs_too_much_key_frames_are_taken() -> None:
    wanted = moments(footage(seconds=100, ticks=20, key_every=250, look=HUGE), 8)

    assert [one.first for one in wanted] == [0, 250, 750, 1000, 1500, 1750, 2250, 2500]
    assert all(one.time == Fraction(one.first, 30) for one in wanted)


def test_a_large_clip_with_a_single_key_frame_shows_that() -> None:
    assert moments(footage(seconds=100, ticks=20, key_every=9999, look=HUGE), 8) == [Wanted(0, Fraction(0))]


def test_a_long_recording_with_a_single_key_frame_is_decoded_while_it_is_affordable() -> None:
    wanted = moments(footage(seconds=50, ticks=20, key_every=9999), 8)

    assert [one.first for one in wanted] == [0] * 8
    assert wanted[-1].time > 40


def test_a_large_clip_without_any_key_frame_shows_its_beginning() -> None:
    bare = at_ticks(*range(0, 600 * 300, 20), keys=())

    assert [one.time for one in moments(bare, 8)] == [0]


def test_a_poster_is_looked_for_in_the_middle_third() -> None:
    wanted = middle_moments(footage(seconds=3, ticks=20), 10)

    assert [one.time for one in wanted] == [1 + Fraction(number, 10) for number in range(10)]


def test_named_moments_are_those_of_the_pictures_that_stand_there_and_past_the_end_the_last() -> None:
    wanted = moments_at(footage(seconds=2, ticks=20, key_every=30), [0, 500, 1000, 9000])

    assert [one.time for one in wanted] == [0, Fraction(1, 2), 1, Fraction(59, 30)]
