"""When a part can be copied instead of encoded."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from bot.clip import Part
from bot.clips.colours import HLG, Colours
from bot.clips.copy_plan import Copy, copy_plan, decoding_times
from bot.clips.cutting import plan
from bot.clips.footage import Footage, footage_of
from bot.clips.upright import Turn
from tests.unit.clip_footage import TICK, footage, reordered, with_look


def copy_of(clip: Footage, start_milliseconds: int, length_milliseconds: int) -> Copy | None:
    return copy_plan(clip, plan(clip, Part(start_milliseconds, length_milliseconds)))


def test_a_part_from_a_key_frame_on_is_copied() -> None:
    copy = copy_of(footage(ticks=20, key_every=30), 2000, 3000)

    times = tuple(range(0, 1800, 20))
    assert copy == Copy(60, times, times, 20, Fraction(2), Fraction(3))


@pytest.mark.parametrize(("start", "first"), [(1000, 30), (1100, 30), (950, 30), (1167, None), (500, None)])
def test_a_key_frame_a_tenth_away_is_near_enough(start: int, first: int | None) -> None:
    copy = copy_of(footage(ticks=20, key_every=30), start, 2000)

    assert (copy.first if copy else None) == first


def test_the_last_picture_makes_the_length_exact() -> None:
    copy = copy_of(footage(ticks=20), 0, 1010)

    assert copy is not None
    assert len(copy.shown) == 30
    assert copy.shown[-1] + copy.last_ticks == 606


def test_a_part_whose_key_frame_is_too_late_for_its_length_is_encoded() -> None:
    assert copy_of(footage(seconds=10, ticks=20, key_every=30), 7950, 2050) is None


@pytest.mark.parametrize(
    "facts",
    [
        {"codec": "hevc"},
        {"pixel_format": "yuvj420p"},
        {"pixel_format": "yuv420p10le"},
        {"pixel_format": "yuv444p"},
        {"turn": Turn.LEFT},
        {"pixel_aspect": Fraction(4, 3)},
        {"width": 3840, "height": 2160},
        {"width": 1921, "height": 1080},
        {"colours": Colours(transfer=HLG)},
    ],
)
def test_what_has_to_change_is_encoded(facts: dict[str, Any]) -> None:
    assert copy_of(footage(look=with_look(**facts)), 0, 2000) is None


def test_sixty_pictures_a_second_are_copied_and_more_are_not() -> None:
    assert copy_of(footage(ticks=10), 0, 2000) is not None
    assert copy_of(footage(ticks=5), 0, 2000) is None


def test_what_does_not_fit_is_encoded() -> None:
    assert copy_of(footage(ticks=20, shot_bytes=73_000), 0, 4000) is not None
    assert copy_of(footage(ticks=20, shot_bytes=74_000), 0, 4000) is None


def test_reordered_pictures_are_copied_where_a_group_ends_with_the_part() -> None:
    clip = reordered(ticks=20, group=3)

    assert copy_of(clip, 0, 4000) is None
    copy = copy_of(clip, 0, 2033)
    assert copy is not None
    assert len(copy.shown) == 61
    assert copy.shown[:5] == (0, 60, 20, 40, 120)
    assert copy.decoded[:5] == (-20, 0, 20, 40, 60)


def test_reordered_pictures_of_an_odd_length_are_encoded() -> None:
    clip = reordered(ticks=20, group=3)

    assert copy_of(clip, 0, 2045) is None


def test_pictures_are_decoded_one_after_the_other_and_before_they_are_shown() -> None:
    shown = (0, 80, 40, 20, 60, 160, 120, 100, 140)

    decoded = decoding_times(shown)

    assert list(decoded) == sorted(set(decoded))
    assert all(before <= time for before, time in zip(decoded, shown, strict=True))


def test_what_hangs_on_pictures_before_its_key_frame_is_encoded() -> None:
    plain = footage(ticks=20, key_every=30)
    shots = list(plain.shots)
    # An open group: two pictures shown before the key frame are decoded after it.
    shots[58:61] = [shots[60], shots[58], shots[59]]

    assert copy_of(footage_of(tuple(shots), TICK, plain.look), 2000, 2000) is None


def test_what_an_edit_list_hides_is_not_copied() -> None:
    plain = footage(ticks=20, key_every=30)
    shots = [shot._replace(is_hidden=number == 70) for number, shot in enumerate(plain.shots)]

    assert copy_plan(replace(plain, shots=tuple(shots)), plan(plain, Part(2000, 2000))) is None
