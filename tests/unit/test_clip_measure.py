"""The reader's own budgets, each made small enough to be reached by an ordinary clip."""

from collections.abc import Iterator
from itertools import islice
from math import inf
from typing import Any

import av.error
import pytest
from av.container import InputContainer

from bot.clip import ClipKind, ClipRule
from bot.clips import limits, measure
from bot.clips.container import Container, Demuxer
from bot.clips.rules import Measurement, verdict
from bot.errors import ClipRejected
from tests.clips import craft
from tests.clips.corpus import ORDERED_ODDLY, small
from tests.clips.make import make_clip

PIXELS = 64 * 48
DEMUXERS = {
    ClipKind.MP4: Demuxer.MOV,
    ClipKind.WEBM: Demuxer.MATROSKA,
    ClipKind.AVI: Demuxer.AVI,
}


def measured(clip: bytes, kind: ClipKind = ClipKind.MP4) -> Measurement:
    """What the reader says of a clip."""
    return measure.measure(clip, Container(DEMUXERS[kind], kind, len(clip)))


def test_beyond_the_pixel_budget_a_clip_is_accepted_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DECODED_PIXELS", 10 * PIXELS)

    seen = measured(small())

    assert (seen.decoded_packets, seen.frames, seen.video_packets) == (10, 10, 50)
    assert verdict(seen, 1).fps == 25.0


def test_beyond_the_time_budget_no_frame_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DECODE_CPU_SECONDS", 0)

    assert measured(small()).decoded_packets == 0


@pytest.mark.parametrize("kind", ClipKind)
def test_a_decoder_refuses_pictures_that_are_too_large(
    monkeypatch: pytest.MonkeyPatch, kind: ClipKind
) -> None:
    with measure._open(small(kind.value), DEMUXERS[kind]) as container:
        monkeypatch.setattr(limits, "AREA_PIXELS", PIXELS - 1)
        decoding = measure.Decoding(container.streams.video[0], stops_at=inf)
        for packet in container.demux(container.streams.video[0]):
            decoding.feed(packet)

    assert decoding.frames == 0
    assert decoding.errors


def test_opening_decodes_no_pictures_that_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    # The size of MPEG-4 pictures stands in the pictures alone: whoever knows it has decoded one.
    clip = small(codec="mpeg4")
    with measure._open(clip, Demuxer.MOV) as container:
        assert container.streams.video[0].codec_context.width == 64

    monkeypatch.setattr(limits, "AREA_PIXELS", PIXELS - 1)
    with measure._open(clip, Demuxer.MOV) as container:
        assert container.streams.video[0].codec_context.width == 0


def test_opening_starts_no_decoder_that_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EDIT_CODECS", ("h264",))

    with measure._open(small(codec="mpeg4"), Demuxer.MOV) as container:
        assert container.streams.video[0].codec_context.width == 0


@pytest.mark.parametrize(("budget", "value"), [("PACKETS", 10), ("PACKET_BYTES_TIMES_FILE", 0.5)])
def test_a_clip_that_is_never_read_to_its_end_is_too_complex(
    monkeypatch: pytest.MonkeyPatch, budget: str, value: float
) -> None:
    monkeypatch.setattr(limits, budget, value)

    seen = measured(small())

    assert not seen.complete
    with pytest.raises(ClipRejected) as caught:
        verdict(seen, 1)
    assert caught.value.rule is ClipRule.TOO_COMPLEX


def test_frames_held_back_for_reordering_are_counted() -> None:
    clip = make_clip(size=(64, 48), encode=ORDERED_ODDLY)

    assert measured(clip).frames == 50


def test_packets_that_are_only_told_when_to_be_decoded_count_by_that() -> None:
    clip = small("avi")
    with measure._open(clip, Demuxer.AVI) as container:
        video = container.streams.video[0]
        reading = measure.Reading(measure.Decoding(video, stops_at=inf), [video], len(clip))
        for packet in container.demux(video):
            packet.pts = None
            reading.take(packet)

    assert reading.spans() == (2_000_000, 2_000_000)


def test_pictures_behind_long_sound_are_decoded() -> None:
    clip = make_clip(3, size=(64, 48), audio_seconds=6)
    with measure._open(clip, Demuxer.MOV) as container:
        streams = container.streams
        reading = measure.Reading(measure.Decoding(streams.video[0], stops_at=inf), streams, len(clip))
        packets = [packet for packet in container.demux() if packet.size]
        in_front = sorted(packets, key=lambda packet: packet.stream_index == reading.video_index)

        assert reading.run(iter(in_front))
        reading.decoding.finish()

    assert (reading.video_packets, reading.decoding.frames) == (75, 75)


def test_a_file_that_breaks_off_keeps_what_was_read() -> None:
    clip = small()
    with measure._open(clip, Demuxer.MOV) as container:
        video = container.streams.video[0]
        reading = measure.Reading(measure.Decoding(video, stops_at=inf), [video], len(clip))

        assert reading.run(breaking_off(container, 30))

    assert not reading.intact
    assert reading.spans() == (1_200_000, 1_200_000)


def breaking_off(container: InputContainer, packets: int) -> Iterator[Any]:
    """The first packets, and then what FFmpeg says of a file that it cannot go on with."""
    yield from islice(container.demux(container.streams.video[0]), packets)
    raise av.error.InvalidDataError(1, "broken")


def test_too_many_streams_are_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STREAMS", 0)

    with pytest.raises(ClipRejected) as caught:
        measured(small())

    assert caught.value.rule in (ClipRule.TOO_COMPLEX, ClipRule.DAMAGED)


def test_decoding_stops_once_a_clip_is_clearly_too_long() -> None:
    seen = measured(small(seconds=30.0))

    assert seen.video_microseconds == 30_000_000
    assert seen.decoded_packets < 130


@pytest.mark.parametrize("kind", [ClipKind.WEBM, ClipKind.AVI])
def test_the_demuxer_is_forced(kind: ClipKind) -> None:
    with pytest.raises(ClipRejected) as caught:
        measured(small(), kind)

    assert caught.value.rule is ClipRule.DAMAGED


@pytest.mark.parametrize("kind", ClipKind)
@pytest.mark.parametrize(
    "script",
    [
        b"#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
    ],
)
def test_scripts_are_not_followed_even_behind_the_scan(kind: ClipKind, script: bytes) -> None:
    with pytest.raises(ClipRejected):
        measured(script, kind)


def test_the_second_opinion_reads_headers() -> None:
    assert measure.header_seconds(small()) == pytest.approx(2.0)
    assert measure.header_seconds(craft.header_says(small(), 3600)) == pytest.approx(3600)


@pytest.mark.parametrize("content", [b"", b"\0", b"ftyp", small("webm"), craft.nested(b"moov", 60_000)])
def test_the_second_opinion_fails_in_silence(content: bytes) -> None:
    assert measure.header_seconds(content) is None
