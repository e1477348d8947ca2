"""Makes small clips with PyAV, the same bytes for the same arguments; the boxes and lies are in `craft`."""

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

NTSC = Fraction(30000, 1001)
FASTEST = {
    "libx264": {"preset": "ultrafast", "threads": "1"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "threads": "1"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "threads": "1"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:frame-threads=1"},
    "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
}
USUAL_CODEC = {"webm": "libvpx", "avi": "mjpeg", "gif": "gif"}
"""Of the muxers that are not named, H.264."""
PIXELS_BY_CODEC = {
    "mjpeg": "yuvj420p",
    "png": "rgb24",
    "gif": "rgb8",
    "huffyuv": "yuv422p",
    "cinepak": "rgb24",
    "msvideo1": "rgb555le",
    "msrle": "pal8",
    "magicyuv": "gbrp",
    "prores_ks": "yuv422p10le",
}
AUDIO_CODEC = {"webm": "libopus", "avi": "pcm_s16le"}
"""Of the muxers that are not named, AAC."""
AUDIO_RATE = 48_000
AUDIO_FRAME = 960
COVER_SIDE = 4


def make_clip(
    seconds: float | Fraction = 2.0,
    kind: str = "mp4",
    fps: float | Fraction = 25,
    size: tuple[int, int] = (320, 240),
    *,
    codec: str | None = None,
    audio_seconds: float | None = None,
    video_tracks: int = 1,
    start_seconds: int = 0,
    cover: bytes | None = None,
    encode: dict[str, str] | None = None,
    mux: dict[str, str] | None = None,
) -> bytes:
    """A playable clip of `round(seconds * fps)` frames; with no `seconds` of video, sound alone.

    Args:
        seconds: Length of the picture; what is really stored is `true_seconds(seconds, fps)`.
        kind: A muxer of FFmpeg: mp4, webm, avi, mov, matroska, 3gp, 3g2, ipod, gif.
        fps: Frames in a second.
        size: Width and height in pixels.
        codec: Name of the video encoder; the usual one of the kind by default.
        audio_seconds: Adds a silent track of this length.
        video_tracks: How many equal video tracks.
        start_seconds: The time stamp of the first frame.
        cover: A PNG picture to go with the clip.
        encode: Options for the video encoder, such as `{"bf": "2"}`.
        mux: Options for the muxer, such as `{"movflags": "frag_keyframe+empty_moov"}`.
    """
    rate = Fraction(fps).limit_denominator(1001)
    file = BytesIO()
    with av.open(file, "w", format=kind, options={"fflags": "+bitexact", **(mux or {})}) as container:
        encoder = codec or USUAL_CODEC.get(kind, "libx264")
        tracks = [_video_track(container, encoder, rate, size, encode or {}) for _ in range(video_tracks)]
        sound = _audio_track(container, AUDIO_CODEC.get(kind, "aac")) if audio_seconds else None
        if cover is not None:
            _write_cover(container, cover)
        first = start_seconds * rate
        _write_video(container, tracks, range(int(first), int(first) + round(seconds * rate)), rate)
        if sound is not None and audio_seconds:
            _write_silence(container, sound, audio_seconds)
    return file.getvalue()


def true_seconds(seconds: float | Fraction, fps: float | Fraction) -> Fraction:
    """What `make_clip` really stores: whole frames."""
    rate = Fraction(fps).limit_denominator(1001)
    return round(seconds * rate) / rate


def make_timed(
    times: Sequence[Fraction],
    end: Fraction,
    kind: str = "mp4",
    size: tuple[int, int] = (64, 48),
    *,
    time_base: Fraction = Fraction(1, 120_000),
    mux: dict[str, str] | None = None,
) -> bytes:
    """A clip whose frames are shown at `times`, the last one until `end`; each a whole number of `time_base`.

    One hundred and twenty thousand ticks a second are whole for every usual frame rate, and for milliseconds.
    """
    file = BytesIO()
    options = {"fflags": "+bitexact", **(mux or {})}
    if kind in ("mp4", "mov"):
        options["video_track_timescale"] = str(1 / time_base)
    with av.open(file, "w", format=kind, options=options) as container:
        track = _video_track(container, USUAL_CODEC.get(kind, "libx264"), Fraction(25), size, {})
        track.time_base = time_base
        durations = [after - before for before, after in pairwise([*times, end])]
        for packet, time, duration in zip(_encoded(track, len(times)), times, durations, strict=True):
            packet.time_base = time_base
            packet.pts = packet.dts = int(time / time_base)
            packet.duration = int(duration / time_base)
            container.mux(packet)
    return file.getvalue()


def make_repeated(count: int, fps: int, size: tuple[int, int]) -> bytes:
    """A WebM in which one key frame is shown again and again: much to decode, and next to nothing to make."""
    file = BytesIO()
    with av.open(file, "w", format="webm", options={"fflags": "+bitexact"}) as container:
        track = _video_track(container, "libvpx", Fraction(fps), size, {})
        (frame,) = _encoded(track, 1)
        for index in range(count):
            packet = av.Packet(bytes(frame))
            packet.stream, packet.time_base, packet.is_keyframe = track, Fraction(1, fps), index == 0
            packet.pts = packet.dts = index
            packet.duration = 1
            container.mux(packet)
    return file.getvalue()


def make_jpegs(count: int, size: tuple[int, int] = (64, 48)) -> list[bytes]:
    """Single pictures, as AVI stores them."""
    with av.open(BytesIO(), "w", format="avi") as container:
        track = _video_track(container, "mjpeg", Fraction(25), size, {})
        return [bytes(packet) for packet in _encoded(track, count)]


def pad_to(clip: bytes, size_bytes: int) -> bytes:
    """The same MP4 with a `free` box at its end, exactly `size_bytes` long (at least 8 more than before)."""
    gap = size_bytes - len(clip)
    if gap == 0:
        return clip
    return clip + gap.to_bytes(4) + b"free" + bytes(gap - 8)


def _video_track(
    container: OutputContainer, codec: str, rate: Fraction, size: tuple[int, int], encode: dict[str, str]
) -> VideoStream:
    if codec == "libsvtav1":
        os.environ["SVT_LOG"] = "1"  # else it tells everybody about itself
    options = {"flags": "+bitexact", **FASTEST.get(codec, {}), **encode}
    stream: Any = container.add_stream(codec, rate=rate, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = PIXELS_BY_CODEC.get(codec, "yuv420p")
    stream.bit_rate = 200_000
    stream.time_base = 1 / rate
    track: VideoStream = stream
    return track


def _audio_track(container: OutputContainer, codec: str) -> AudioStream:
    stream: Any = container.add_stream(codec, rate=AUDIO_RATE, layout="mono")
    track: AudioStream = stream
    return track


def _write_video(
    container: OutputContainer, tracks: list[VideoStream], frames: range, rate: Fraction
) -> None:
    for index in frames:
        for stream in tracks:
            container.mux(stream.encode(_picture(stream, index, rate)))
    for stream in tracks:
        container.mux(stream.encode(None))


def _encoded(stream: VideoStream, count: int) -> Iterator["av.Packet[VideoStream]"]:
    """So many frames as packets, in an encoder that neither reorders nor drops any."""
    rate = Fraction(25)
    for index in range(count):
        yield from stream.encode(_picture(stream, index, rate))
    yield from stream.encode(None)


def _picture(stream: VideoStream, index: int, rate: Fraction) -> av.VideoFrame:
    """A flat picture whose grey moves with time, so that no two neighbours are equal."""
    frame = av.VideoFrame(stream.width, stream.height, stream.pix_fmt or "yuv420p")
    for number, plane in enumerate(frame.planes):
        plane.update(bytes([(index * 7 + number * 40) % 200 + 20]) * plane.buffer_size)
    frame.pts, frame.time_base = index, 1 / rate
    return frame


def _write_cover(container: OutputContainer, picture: bytes) -> None:
    stream: Any = container.add_stream("png")
    stream.width = stream.height = COVER_SIDE
    stream.pix_fmt = "gray"
    stream.disposition = Disposition.attached_pic
    packet = av.Packet(picture)
    packet.stream = stream
    packet.pts = packet.dts = 0
    container.mux(packet)


def _write_silence(container: OutputContainer, stream: AudioStream, seconds: float) -> None:
    for start in range(0, round(seconds * AUDIO_RATE), AUDIO_FRAME):
        frame = av.AudioFrame(format=stream.format.name, layout="mono", samples=AUDIO_FRAME)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts, frame.sample_rate, frame.time_base = start, AUDIO_RATE, Fraction(1, AUDIO_RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
