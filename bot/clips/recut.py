"""Makes a clip anew with PyAV: H.264 in MP4, its header in front, nothing of the source but what is shown."""

from collections.abc import Iterable
from fractions import Fraction
from io import BytesIO
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from bot.clips.cutting import Cut

TIME_BASE = Fraction(1, 90_000)
X264 = {"preset": "veryfast", "crf": "21", "bf": "0", "g": "60", "profile": "high", "threads": "1"}
"""No B-frames: then each packet's duration is its picture's, and no edit list is needed."""
MUXER = {"movflags": "+faststart", "fflags": "+bitexact"}
"""Bit-exact output has no date and names no program."""

Shown = tuple[Fraction, Fraction, VideoFrame]
"""From when and for how long a picture is shown, in seconds."""


def new_mp4(file: BytesIO) -> OutputContainer:
    """An MP4 to be written to memory; when it is closed its header is moved to the front."""
    container: OutputContainer = av.open(
        file, "w", format="mp4", options=MUXER, io_open=lambda *_: BytesIO(file.getvalue())
    )
    return container


def encoded(pictures: Iterable[Shown], cut: Cut, size: tuple[int, int], bits_per_second: int) -> bytes:
    """The pictures as a whole clip."""
    file = BytesIO()
    with new_mp4(file) as container:
        stream = _video_track(container, cut, size, bits_per_second)
        durations: dict[int | None, int] = {}
        for at, seconds, frame in pictures:
            frame.pts, frame.time_base = round(at / TIME_BASE), TIME_BASE
            frame.pict_type = 0
            durations[frame.pts] = round((at + seconds) / TIME_BASE) - frame.pts
            _write(container, stream.encode(frame), durations)
        _write(container, stream.encode(None), durations)
    return file.getvalue()


def _video_track(
    container: OutputContainer, cut: Cut, size: tuple[int, int], bits_per_second: int
) -> VideoStream:
    options = {**X264, "maxrate": str(bits_per_second), "bufsize": str(bits_per_second // 2)}
    stream: Any = container.add_stream("libx264", rate=round(1 / cut.step), options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = TIME_BASE
    stream.thread_count = 1
    track: VideoStream = stream
    return track


def _write(
    container: OutputContainer, packets: "Iterable[Packet[Any]]", durations: dict[int | None, int]
) -> None:
    for packet in packets:
        packet.duration = durations[packet.pts]
        container.mux(packet)
