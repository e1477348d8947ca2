"""The verdict, held against measurements made up for it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.clip import ClipKind, ClipRule
from bot.clips import limits, rules
from bot.clips.rules import Measurement, verdict
from bot.errors import ClipRejected

GOOD = Measurement(
    kind=ClipKind.MP4,
    codec="h264",
    width=640,
    height=480,
    video_tracks=1,
    video_microseconds=3_000_000,
    timeline_microseconds=3_020_000,
    video_packets=90,
    decoded_packets=90,
    frames=90,
    errors=0,
    complete=True,
    intact=True,
)
SIZE_BYTES = 1234


def refusal(**changes: object) -> ClipRejected:
    """The refusal of the good clip with some measurements changed."""
    with pytest.raises(ClipRejected) as caught:
        verdict(replace(GOOD, **changes), SIZE_BYTES)  # type: ignore[arg-type]  # names are checked by replace
    return caught.value


def rule_broken(judgement: Callable[[], object]) -> ClipRule | None:
    """The rule that a judgement finds broken, if any."""
    try:
        judgement()
    except ClipRejected as rejected:
        return rejected.rule
    return None


def test_a_good_clip_gives_its_facts() -> None:
    facts = verdict(GOOD, SIZE_BYTES)

    assert (facts.kind, facts.seconds, facts.size_bytes) == (ClipKind.MP4, 3.0, SIZE_BYTES)
    assert (facts.width, facts.height, facts.codec, facts.fps) == (640, 480, "h264", 30.0)


@pytest.mark.parametrize(
    ("microseconds", "rule"),
    [
        (0, ClipRule.TOO_SHORT),
        (949_999, ClipRule.TOO_SHORT),
        (950_000, None),
        (1_000_000, None),
        (4_000_000, None),
        (4_050_000, None),
        (4_050_001, ClipRule.TOO_LONG),
        (3_600_000_000, ClipRule.TOO_LONG),
    ],
)
def test_the_tolerance_is_fifty_milliseconds_at_both_ends(microseconds: int, rule: ClipRule | None) -> None:
    measured = replace(GOOD, video_microseconds=microseconds, timeline_microseconds=microseconds)

    assert rule_broken(lambda: verdict(measured, SIZE_BYTES)) is rule


def test_a_tail_of_sound_may_last_a_quarter_of_a_second() -> None:
    verdict(replace(GOOD, video_microseconds=4_000_000, timeline_microseconds=4_250_000), SIZE_BYTES)

    longer = refusal(video_microseconds=4_000_000, timeline_microseconds=4_250_001)

    assert longer.rule is ClipRule.TOO_LONG
    assert longer.found == "4.251 s with its sound"
    assert longer.accepted == "at most 4.25 s with its sound"


def test_a_refusal_for_length_carries_length_limit_and_hope() -> None:
    long = refusal(video_microseconds=6_254_000, timeline_microseconds=6_254_000)

    assert (long.found, long.seconds) == ("6.25 s", 6.254)
    assert long.accepted == "1 to 4 s, give or take 0.05 s"
    assert (long.size_bytes, long.kind, long.mendable) == (SIZE_BYTES, ClipKind.MP4, True)


def test_what_was_not_read_to_its_end_is_said_so() -> None:
    assert refusal(complete=False, video_microseconds=9_000_000).found == "more than 9.00 s"


def test_a_short_stretch_of_an_endless_clip_is_not_called_too_short() -> None:
    assert refusal(complete=False, video_microseconds=20_000).rule is ClipRule.TOO_COMPLEX


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"video_tracks": 0}, ClipRule.NO_VIDEO),
        ({"intact": False}, ClipRule.DAMAGED),
        ({"codec": "magicyuv"}, ClipRule.UNDECODABLE),
        ({"kind": ClipKind.WEBM, "codec": "h264"}, ClipRule.WRONG_CONTAINER),
        ({"width": 0}, ClipRule.UNDECODABLE),
        ({"width": 4097, "height": 1}, ClipRule.TOO_COMPLEX),
        ({"width": 4096, "height": 2305}, ClipRule.TOO_COMPLEX),
        ({"video_packets": 1201, "decoded_packets": 1201, "frames": 1201}, ClipRule.TOO_COMPLEX),
        ({"video_packets": 0, "video_microseconds": 0}, ClipRule.UNDECODABLE),
        ({"video_packets": 1, "decoded_packets": 1, "frames": 1}, ClipRule.UNDECODABLE),
        ({"frames": 0}, ClipRule.UNDECODABLE),
        ({"frames": 44}, ClipRule.UNDECODABLE),
        ({"errors": 10}, ClipRule.UNDECODABLE),
        ({"decoded_packets": 0, "frames": 0}, ClipRule.UNDECODABLE),
    ],
)
def test_each_rule_is_applied(changes: dict[str, object], rule: ClipRule) -> None:
    assert refusal(**changes).rule is rule


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 4096, "height": 2304},
        {"width": 1, "height": 4096},
        {"frames": 45},
        {"errors": 9},
        {"video_packets": 10, "decoded_packets": 10, "frames": 10, "errors": 2},
        {"decoded_packets": 60, "frames": 60},
        {"video_packets": 1200, "decoded_packets": 1200, "frames": 1200},
    ],
)
def test_what_is_within_the_limits_passes(changes: dict[str, object]) -> None:
    verdict(replace(GOOD, **changes), SIZE_BYTES)  # type: ignore[arg-type]  # names are checked by replace


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"video_microseconds": 9_000_000}, ClipRule.TOO_LONG),
        ({"timeline_microseconds": 9_000_000}, ClipRule.TOO_LONG),
        ({"codec": "mpeg2video"}, ClipRule.UNDECODABLE),
        ({"codec": "mpeg2video", "video_microseconds": 9_000_000}, ClipRule.UNDECODABLE),
        ({"kind": ClipKind.WEBM, "codec": "h264"}, ClipRule.WRONG_CONTAINER),
        ({"intact": False, "video_microseconds": 950_000}, ClipRule.DAMAGED),
    ],
)
def test_a_clip_with_enough_of_it_that_plays_can_be_mended(
    changes: dict[str, object], rule: ClipRule
) -> None:
    refused = refusal(**changes)

    assert (refused.rule, refused.mendable) == (rule, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"video_microseconds": 949_999},
        {"video_microseconds": 400_000, "timeline_microseconds": 9_000_000},
        {"video_microseconds": 9_000_000, "frames": 0},
        {"video_microseconds": 9_000_000, "errors": 10},
        {"codec": "mpeg2video", "video_microseconds": 949_999},
        {"codec": "mpeg2video", "video_packets": 1, "frames": 1, "decoded_packets": 1},
        {"kind": ClipKind.WEBM, "codec": "h264", "frames": 0},
        {"intact": False, "video_microseconds": 949_999},
        {"frames": 0},
        {"video_packets": 1201},
        {"complete": False},
        {"video_tracks": 0},
        {"width": 5000},
    ],
)
def test_a_clip_that_is_too_short_too_much_or_does_not_play_cannot_be_mended(
    changes: dict[str, object],
) -> None:
    assert not refusal(**changes).mendable


def test_of_several_video_tracks_the_first_is_judged() -> None:
    verdict(replace(GOOD, video_tracks=3), SIZE_BYTES)


def test_webm_is_given_the_millisecond_that_it_rounds_away() -> None:
    verdict(replace(GOOD, kind=ClipKind.WEBM, codec="vp8", video_microseconds=949_000), SIZE_BYTES)
    verdict(replace(GOOD, kind=ClipKind.WEBM, codec="vp8", video_microseconds=4_051_000), SIZE_BYTES)

    assert refusal(kind=ClipKind.WEBM, codec="vp8", video_microseconds=948_999).rule is ClipRule.TOO_SHORT
    assert refusal(kind=ClipKind.WEBM, codec="vp8", video_microseconds=4_051_001).rule is ClipRule.TOO_LONG


@pytest.mark.parametrize(
    ("microseconds", "told"),
    [
        (949_999, "0.949 s"),
        (940_000, "0.94 s"),
        (900_000, "0.90 s"),
        (4_050_001, "4.051 s"),
        (4_059_999, "4.060 s"),
        (4_060_000, "4.06 s"),
        (4_200_000, "4.20 s"),
    ],
)
def test_a_length_beyond_a_limit_never_reads_like_the_limit(microseconds: int, told: str) -> None:
    assert refusal(video_microseconds=microseconds, timeline_microseconds=microseconds).found == told


def test_frames_that_were_not_decoded_count_for_the_rate() -> None:
    assert verdict(replace(GOOD, decoded_packets=30, frames=30), SIZE_BYTES).fps == 30.0


@pytest.mark.parametrize(
    ("size_bytes", "rule"),
    [
        (0, ClipRule.EMPTY),
        (-1, ClipRule.EMPTY),
        (1, None),
        (10_000_000, None),
        (10_000_001, ClipRule.TOO_BIG),
    ],
)
def test_the_size_is_judged_to_the_byte(size_bytes: int, rule: ClipRule | None) -> None:
    assert rule_broken(lambda: rules.judge_size(size_bytes)) is rule


def test_a_file_that_is_too_big_can_be_mended_up_to_a_point() -> None:
    assert rules.too_big("x", limits.MEND_LIMIT_BYTES).mendable
    assert not rules.too_big("x", limits.MEND_LIMIT_BYTES + 1).mendable
    assert rules.too_big("x", None).mendable
