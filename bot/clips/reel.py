"""Reads a clip in an open file with PyAV, each time from its beginning: first packets, then pictures.

Runs in the child process only. Nothing is sought by an index, which damaged files have none of and hostile
ones lie in: reading past 300 MB takes 0.2 s.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from heapq import heappop, heappush
from itertools import islice
from time import process_time
from typing import Any, BinaryIO

# PyAV imports this when a picture brings more than pixels; by then no file can be opened any more.
from av.container import InputContainer
from av.packet import Packet
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from bot.clip import ClipRule
from bot.clips import limits, rules
from bot.clips.colours import RGB, Colours
from bot.clips.demux import BROKEN_FILE, COVER_ART, MOVIE_FORMATS, fraction, open_clip
from bot.clips.footage import (
    HEAD_BYTES,
    Footage,
    Look,
    Shot,
    demuxer_of,
    footage_of,
    judge_codec,
    nothing_to_see,
)
from bot.clips.looking import Wanted
from bot.clips.upright import turn_of
from bot.errors import ClipRejected

FORMATS = {"mov": MOVIE_FORMATS, "matroska": "matroska,webm"}
TIMELESS = ("avi",)
Picture = tuple[Fraction, VideoFrame]
"""A decoded picture, and when it is shown, in seconds by the clip's own clock."""


class Reel:
    """A clip in a seekable file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)
        self._demuxer = demuxer_of(file.read(HEAD_BYTES))

    @contextmanager
    def opened(self) -> Iterator[tuple[InputContainer, VideoStream]]:
        """The clip from its beginning, and its first video track, found fit to be decoded.

        Raises:
            ClipRejected: no_video, undecodable, damaged or too_complex.
        """
        self._file.seek(0)
        formats = FORMATS.get(self._demuxer, self._demuxer)
        codecs = (*limits.EDIT_CODECS, *limits.EDIT_SOUND_CODECS)
        try:
            container = open_clip(self._file, self._demuxer, formats, codecs)
        except MemoryError:
            raise rules.too_complex(None, "more than fits in memory", rules.ACCEPTED_FRAMES) from None
        except BROKEN_FILE:
            raise rules.damaged(None, "a file that cannot be read") from None
        with container:
            yield container, _video_stream(container)

    def survey(self) -> Footage:
        """What all packets tell, and the look of the first picture.

        Raises:
            ClipRejected: as in `opened`, or there is no picture.
        """
        with self.opened() as (container, video):
            time_base = fraction(video.time_base)
            shots = tuple(_shots(container, video))
        return footage_of(shots, time_base, self._look())

    def pictures(self, first: int = 0) -> Iterator[Picture]:
        """All pictures from the packet with this number on, which should be a key frame.

        Raises:
            ClipRejected: as in `opened`, or it takes too long.
        """
        with self.opened() as (container, video):
            decoder = self._decoder(video)
            for packet in islice(readable(container.demux(video)), first, None):
                yield from decoder.feed(packet)
            yield from decoder.feed(None)

    def chosen(self, wanted: Sequence[Wanted]) -> Iterator[Picture]:
        """What is shown at each of these moments, in their order, as far as it can be read.

        Raises:
            ClipRejected: as in `opened`, or it takes too long.
        """
        with self.opened() as (container, video):
            yield from Choosing(wanted, self._decoder(video)).over(readable(container.demux(video)))

    def _decoder(self, video: VideoStream) -> "Decoder":
        return Decoder(video, has_times=self._demuxer not in TIMELESS)

    def _look(self) -> Look:
        with self.opened() as (container, video):
            decoder = self._decoder(video)
            for packet in (*readable(container.demux(video)), None):
                for _, frame in decoder.feed(packet):
                    return _look_of(video, frame)
        raise nothing_to_see()


class Decoder:
    """One decoder at work. Pictures come out in the order in which they are shown."""

    def __init__(self, stream: VideoStream, *, has_times: bool) -> None:
        self._stream = stream
        self._time_base = fraction(stream.time_base)
        self._has_times = has_times
        self._due: list[int] = []
        context = stream.codec_context
        context.thread_count = 1
        context.options = {"max_pixels": str(limits.AREA_PIXELS)}

    def feed(self, packet: "Packet[VideoStream] | None") -> Iterator[Picture]:
        """The pictures that come out when this goes in; None lets out what is held back for reordering."""
        if packet is not None:
            heappush(self._due, time_of(packet) or 0)
        try:
            frames = self._stream.decode(packet)
        except MemoryError:
            raise
        except BROKEN_FILE:
            return
        for frame in frames:
            # A file that stores no times numbers its packets in the order of decoding.
            due = heappop(self._due) if self._due else None
            ticks = frame.pts if self._has_times else due
            # What could not be read whole is not shown: what stands before it stands a little longer.
            if ticks is not None and not frame.is_corrupt:
                yield ticks * self._time_base, frame

    def restart(self) -> None:
        """Forgets all that went in, so that another key frame may follow."""
        self._stream.codec_context.flush_buffers()
        self._due.clear()


def time_of(packet: "Packet[Any]") -> int | None:
    """When a packet is shown, in ticks, as far as its file knows."""
    return packet.dts if packet.pts is None else packet.pts


class Choosing:
    """One pass over a clip in which only what leads to the wanted moments is decoded."""

    def __init__(self, wanted: Sequence[Wanted], decoder: Decoder) -> None:
        self._wanted = deque(wanted)
        self._decoder = decoder
        self._fed = -1
        self._standing: Picture | None = None

    def over(self, packets: "Iterable[Packet[VideoStream]]") -> Iterator[Picture]:
        """The picture at each wanted moment."""
        for number, packet in enumerate(packets):
            if not self._wanted:
                return
            if number < self._wanted[0].first:
                continue
            if self._fed not in (-1, number - 1):
                self._decoder.restart()
                self._standing = None
            self._fed = number
            yield from self._answered(self._decoder.feed(packet))
        yield from self._answered(self._decoder.feed(None))
        while self._wanted and self._standing is not None:
            self._wanted.popleft()
            yield self._standing

    def _answered(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        for picture in pictures:
            while self._wanted and picture[0] >= self._wanted[0].time:
                # What stands at a moment began at it, or is the last that began before.
                exact = picture[0] == self._wanted.popleft().time
                yield picture if exact or self._standing is None else self._standing
            self._standing = picture


def readable(packets: "Iterable[Packet[Any]]") -> "Iterator[Packet[Any]]":
    """The packets until the file breaks or ends.

    Raises:
        ClipRejected: the time for all that is done with a clip is used up.
    """
    packets = iter(packets)
    while True:
        if process_time() > limits.EDIT_SOFT_CPU_SECONDS:
            raise rules.too_complex(None, "a clip that takes too long to read", rules.ACCEPTED_FRAMES)
        try:
            packet = next(packets)
        except StopIteration:
            return
        except MemoryError:
            raise
        except BROKEN_FILE:
            return
        if packet.size:
            yield packet


def _shots(container: InputContainer, video: VideoStream) -> Iterator[Shot]:
    """All packets of pictures, as far as the time for reading goes."""
    stops_at = process_time() + limits.EDIT_READ_CPU_SECONDS
    for count, packet in enumerate(readable(container.demux(video))):
        if count >= limits.EDIT_PACKETS or process_time() > stops_at:
            return
        time = time_of(packet)
        hidden = packet.is_discard or time is None
        yield Shot(time or 0, packet.duration or 0, packet.size, packet.is_keyframe, hidden)


def _video_stream(container: InputContainer) -> VideoStream:
    """The first video track; of others nothing is taken."""
    videos = [stream for stream in container.streams.video if not int(stream.disposition) & COVER_ART]
    if not videos:
        raise ClipRejected(ClipRule.NO_VIDEO, found="no video track", accepted="a video")
    # PyAV knows no context for a codec that FFmpeg has no name for; its types do not say so.
    context: Any = videos[0].codec_context
    if context is None:
        raise ClipRejected(ClipRule.UNDECODABLE, found="an unknown codec", accepted=rules.ACCEPTED_FRAMES)
    judge_codec(context.codec.canonical_name)
    rules.judge_pixels(None, context.width, context.height)
    return videos[0]


def _look_of(video: VideoStream, frame: VideoFrame) -> Look:
    aspect = video.codec_context.sample_aspect_ratio
    return Look(
        codec=video.codec_context.codec.canonical_name,
        pixel_format=frame.format.name,
        width=frame.width,
        height=frame.height,
        pixel_aspect=fraction(aspect) if aspect else Fraction(1),
        turn=turn_of(_display_matrix(frame)),
        colours=Colours(
            RGB if frame.format.is_rgb else frame.colorspace,
            frame.color_range,
            frame.color_trc,
            frame.color_primaries,
        ),
    )


def _display_matrix(frame: VideoFrame) -> bytes:
    # What PyAV's own types take for a dictionary of another kind.
    sides: Any = frame.side_data
    try:
        return bytes(sides[Type.DISPLAYMATRIX])
    except KeyError:
        return b""
