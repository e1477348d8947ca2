"""What is known of a clip before it is cut."""

from fractions import Fraction

import pytest

from bot.clip import ClipRule
from bot.clips.footage import Shot, demuxer_of, footage_of, judge_codec, judge_footage
from bot.errors import ClipRejected
from tests.clips.corpus import small
from tests.clips.make import make_clip
from tests.unit.clip_footage import LOOK, TICK, at_ticks, footage


@pytest.mark.parametrize(
    ("kind", "demuxer"), [("mp4", "mov"), ("webm", "matroska"), ("avi", "avi"), ("mov", "mov")]
)
def test_the_first_bytes_name_the_reader(kind: str, demuxer: str) -> None:
    assert demuxer_of(small(kind)[:512]) == demuxer


def test_a_gif_is_read_as_one() -> None:
    assert demuxer_of(make_clip(1, "gif", fps=10, size=(32, 32), codec="gif")[:512]) == "gif"


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a WAVE sound file"),
        (b"#EXTM3U\n", "a playlist"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "a text file"),
        (b"\x00\x01\x02\x03", "an unknown kind of file"),
    ],
)
def test_anything_else_is_called_by_its_name(head: bytes, found: str) -> None:
    with pytest.raises(ClipRejected) as caught:
        demuxer_of(head)

    assert (caught.value.rule, caught.value.found) == (ClipRule.WRONG_CONTAINER, found)
    assert caught.value.accepted == "MP4, MOV, 3GP, MKV, WebM, AVI or GIF"


def test_only_listed_codecs_are_decoded() -> None:
    judge_codec("prores")
    with pytest.raises(ClipRejected) as caught:
        judge_codec("png")

    assert (caught.value.rule, caught.value.found) == (ClipRule.UNDECODABLE, "png video")


def test_a_clip_spans_its_shown_packets() -> None:
    shots = (
        Shot(0, 20, 1, is_key=True, is_hidden=True),
        Shot(20, 20, 1, is_key=False, is_hidden=False),
        Shot(60, 20, 1, is_key=False, is_hidden=False),
        Shot(40, 20, 1, is_key=False, is_hidden=False),
    )

    clip = footage_of(shots, TICK, LOOK)

    assert (clip.start, clip.end, clip.times) == (Fraction(1, 30), Fraction(4, 30), (20, 40, 60))
    assert clip.spacing() == Fraction(1, 30)


def test_a_clip_that_shows_nothing_cannot_be_read() -> None:
    with pytest.raises(ClipRejected) as caught:
        footage_of((Shot(0, 20, 1, is_key=True, is_hidden=True),), TICK, LOOK)

    assert caught.value.rule is ClipRule.UNDECODABLE


def test_a_clip_of_a_second_can_be_cut_and_a_shorter_one_cannot() -> None:
    judge_footage(footage(seconds=0.967, ticks=20))
    with pytest.raises(ClipRejected) as caught:
        judge_footage(footage(seconds=0.9, ticks=20))

    assert (caught.value.rule, caught.value.found) == (ClipRule.TOO_SHORT, "0.90 s")
    assert caught.value.seconds == 0.9


def test_a_picture_that_is_shown_for_long_is_no_clip() -> None:
    with pytest.raises(ClipRejected) as caught:
        judge_footage(at_ticks(0, last=1800))

    assert caught.value.found == "a single picture"
