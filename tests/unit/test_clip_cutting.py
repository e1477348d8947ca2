"""How a part is cut out of a clip."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import pytest

from bot.clip import ClipRule, Part
from bot.clips.cutting import (
    Cut,
    filling_box,
    kept,
    key_before,
    most_bits_per_second,
    plan,
    within_box,
    within_bytes,
    within_sides,
    without_gaps,
)
from bot.clips.upright import Turn
from bot.errors import ClipRejected
from tests.unit.clip_footage import at_ticks, footage, with_look

HD = (1920, 1080)
START = Fraction(0)


def shown(cut: Cut, times: Iterable[Fraction]) -> list[tuple[Fraction, int]]:
    """The kept pictures, by their numbers."""
    return list(kept(((time, number) for number, time in enumerate(times)), cut))


def every(seconds: Fraction, count: int) -> list[Fraction]:
    return [number * seconds for number in range(count)]


def test_a_part_starts_and_lasts_as_asked() -> None:
    cut = plan(footage(), Part(2000, 2500))

    assert (cut.start, cut.seconds) == (Fraction(2), Fraction(5, 2))


def test_decoding_starts_at_the_key_frame_before() -> None:
    assert plan(footage(key_every=30), Part(2500, 1000)).first == 60


def test_a_part_is_counted_from_the_first_picture_whatever_the_clock_says() -> None:
    cut = plan(footage(start_ticks=60_000), Part(2000, 1000))

    assert (cut.start, cut.first) == (Fraction(102), 60)


def test_a_start_between_two_pictures_is_that_of_the_nearer() -> None:
    assert plan(footage(ticks=20), Part(1010, 1000)).start == 1
    assert plan(footage(ticks=20), Part(1020, 1000)).start == Fraction(31, 30)


def test_a_start_in_the_middle_of_a_long_picture_stays_where_it_is() -> None:
    slow = at_ticks(*range(0, 600, 20), 1200, 2400, 2420)

    assert plan(slow, Part(2500, 1600)).start == Fraction(5, 2)


def test_a_part_ends_with_its_clip() -> None:
    assert plan(footage(seconds=10), Part(8000, 4000)).seconds == 2


def test_a_part_is_never_longer_than_four_seconds() -> None:
    assert plan(footage(seconds=4.03), Part(0, 4030)).seconds == 4


def test_what_is_forgiven_a_clip_becomes_a_whole_second() -> None:
    assert plan(footage(seconds=0.967, ticks=20), Part(0, 967)).seconds == 1


@pytest.mark.parametrize(("start", "found"), [(9100, "0.90 s"), (10_000, "0.00 s"), (99_000, "0.00 s")])
def test_less_than_a_second_is_too_short(start: int, found: str) -> None:
    with pytest.raises(ClipRejected) as caught:
        plan(footage(seconds=10), Part(start, 2000))

    assert (caught.value.rule, caught.value.found) == (ClipRule.TOO_SHORT, found)


def test_a_part_in_which_nothing_moves_is_a_picture() -> None:
    with pytest.raises(ClipRejected) as caught:
        plan(at_ticks(*range(0, 600, 20), 3000, 3020), Part(2000, 2000))

    assert (caught.value.rule, caught.value.found) == (ClipRule.UNDECODABLE, "a single picture")


def test_a_clip_of_one_picture_is_a_picture() -> None:
    with pytest.raises(ClipRejected) as caught:
        plan(at_ticks(0, last=1800), Part(0, 2000))

    assert caught.value.found == "a single picture"


@pytest.mark.parametrize(("ticks", "one_in"), [(25, 1), (20, 1), (12, 2), (10, 2), (5, 4), (2, 10)])
def test_of_many_pictures_a_second_one_in_a_few_is_kept(ticks: int, one_in: int) -> None:
    cut = plan(footage(ticks=ticks), Part(0, 2000))

    assert cut.every == one_in
    assert len(shown(cut, every(Fraction(ticks, 600), 100_000 // ticks))) == 2 * 600 / (ticks * one_in)


def test_pictures_are_timed_from_the_start_of_the_part() -> None:
    cut = plan(footage(ticks=20), Part(1000, 1000))

    pictures = shown(cut, every(Fraction(1, 30), 300))

    assert pictures == [(Fraction(number, 30), 30 + number) for number in range(30)]


def test_what_stands_when_a_part_begins_is_its_first_picture() -> None:
    slow = at_ticks(0, 30, 60, 90, 900, 1500, 1530, 1560, last=900)
    cut = plan(slow, Part(2000, 2000))

    pictures = shown(cut, [Fraction(ticks, 600) for ticks in slow.times])

    assert pictures[0] == (START, 4)
    assert pictures[1] == (Fraction(1, 2), 5)


def test_no_picture_is_shown_for_an_instant() -> None:
    cut = plan(footage(ticks=20), Part(0, 1010))

    assert shown(cut, every(Fraction(1, 30), 300))[-1][0] == Fraction(29, 30)


def test_pictures_before_the_key_frame_is_reached_are_no_part() -> None:
    cut = plan(footage(), Part(1000, 1000))

    late = [Fraction(11, 10) + number * Fraction(1, 30) for number in range(300)]

    assert shown(cut, late)[0] == (START, 0)


def test_a_part_of_which_less_than_half_comes_out_is_refused() -> None:
    cut = plan(footage(ticks=20), Part(0, 1000))

    assert len(shown(cut, every(Fraction(1, 30), 16))) == 16
    with pytest.raises(ClipRejected) as caught:
        shown(cut, every(Fraction(1, 30), 15))

    assert (caught.value.rule, caught.value.found) == (
        ClipRule.UNDECODABLE,
        "14 of 29 frames could be read",
    )


def timed(cut: Cut, *times: Fraction) -> list[tuple[Fraction, Fraction, str]]:
    return list(without_gaps(((time, str(time)) for time in times), cut))


def test_every_picture_is_shown_until_the_next_and_the_last_to_the_end() -> None:
    cut = plan(footage(), Part(0, 1000))

    pictures = timed(cut, Fraction(0), Fraction(1, 10), Fraction(9, 10))

    assert pictures[0] == (START, Fraction(1, 10), "0")
    assert pictures[-1] == (Fraction(9, 10), Fraction(1, 10), "9/10")


def test_what_stands_long_is_repeated_without_a_break() -> None:
    cut = plan(footage(), Part(0, 2000))

    pictures = timed(cut, Fraction(0), Fraction(1, 3))

    assert len(pictures) == 3 + 17
    assert all(seconds <= Fraction(3, 20) for _, seconds, _ in pictures)
    ends = [at + seconds for at, seconds, _ in pictures]
    assert [at for at, _, _ in pictures] == [0, *ends[:-1]]
    assert ends[-1] == 2


def test_an_index_that_begins_with_no_key_frame_is_decoded_from_its_beginning() -> None:
    assert key_before(at_ticks(0, 20, 40, keys=(2,)), Fraction(1, 30)) == 0


@pytest.mark.parametrize(
    ("facts", "size"),
    [
        ({"width": 3840, "height": 2160}, (1920, 1080)),
        ({"width": 2160, "height": 3840}, (1080, 1920)),
        ({"width": 3840, "height": 2160, "turn": Turn.LEFT}, (1080, 1920)),
        ({"width": 1280, "height": 720}, (1280, 720)),
        ({"width": 1440, "height": 1440}, (1080, 1080)),
        ({"width": 4096, "height": 2304}, (1920, 1080)),
        ({"width": 3000, "height": 1000}, (1920, 640)),
        ({"width": 321, "height": 241}, (320, 240)),
        ({"width": 720, "height": 576, "pixel_aspect": Fraction(64, 45)}, (1024, 576)),
        ({"width": 1440, "height": 1080, "pixel_aspect": Fraction(4, 3)}, (1920, 1080)),
        ({"width": 720, "height": 480, "pixel_aspect": Fraction(8, 9)}, (720, 540)),
        ({"width": 1, "height": 1}, (2, 2)),
    ],
)
def test_a_result_is_upright_even_and_no_larger_than_its_source(
    facts: dict[str, Any], size: tuple[int, int]
) -> None:
    assert within_sides(with_look(**facts), *HD) == size


def test_a_poster_is_no_larger_than_its_source_and_a_sheet_is_filled() -> None:
    small = with_look(width=160, height=90)

    assert within_box(small, 640, 640) == (160, 90)
    assert within_box(with_look(width=1080, height=1920), 640, 640) == (360, 640)
    assert filling_box(small, 320, 560) == (320, 180)


def test_the_rate_keeps_a_clip_within_its_bytes() -> None:
    with_sound = most_bits_per_second(Fraction(4), has_sound=True)

    assert most_bits_per_second(Fraction(4), has_sound=False) == 17_600_000
    assert with_sound == 17_472_000
    assert most_bits_per_second(Fraction(1), has_sound=False) == 24_000_000


def of_sizes(*sizes: int) -> tuple[list[int], Any]:
    """The rates that are tried, and an encoder that misses them like this."""
    rates: list[int] = []

    def encode(rate: int) -> bytes:
        rates.append(rate)
        return bytes(sizes[len(rates) - 1])

    return rates, encode


def test_a_clip_that_fits_is_encoded_once() -> None:
    rates, encode = of_sizes(10_000_000)

    assert len(within_bytes(encode, 1000)) == 10_000_000
    assert rates == [1000]


def test_a_clip_that_does_not_fit_is_encoded_once_more_at_a_lower_rate() -> None:
    rates, encode = of_sizes(10_000_001, 7_000_000)

    assert len(within_bytes(encode, 1000)) == 7_000_000
    assert rates == [1000, 700]


def test_a_clip_that_never_fits_is_refused() -> None:
    _, encode = of_sizes(10_000_001, 10_000_001)

    with pytest.raises(ClipRejected) as caught:
        within_bytes(encode, 1000)

    assert (caught.value.rule, caught.value.mendable) == (ClipRule.TOO_BIG, False)
