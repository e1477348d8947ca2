"""Reads a clip with PyAV: packets for its length, every frame within the budget for its health.

Runs in the child process only. PyAV 18 and 19 are both served.
"""

from collections.abc import Iterable
from io import BytesIO
from time import process_time
from typing import Any

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from tinytag import TinyTag

from bot.clips import limits, rules
from bot.clips.demux import BROKEN_FILE, COVER_ART, MOVIE_FORMATS, fraction, open_clip
from bot.clips.rules import Measurement
from bot.clips.timeline import Track, microseconds
from bot.errors import ClipRejected
from bot.model import ClipKind, ClipRule

DEMUXERS = {ClipKind.MP4: "mov", ClipKind.WEBM: "matroska", ClipKind.AVI: "avi"}
CLEARLY_TOO_LONG_SECONDS = 5
"""Above this no frame is decoded any more; reading on only tells by how much the clip is too long."""


class Decoding:
    """One decoder at work on one clip, and what it may still cost."""

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream
        self._pixels_left = limits.DECODED_PIXELS
        self._stops_at = process_time() + limits.DECODE_CPU_SECONDS
        self.packets = 0
        self.frames = 0
        self.errors = 0
        context = stream.codec_context
        context.thread_count = 1
        context.options = {"max_pixels": str(limits.AREA_PIXELS)}

    def affordable(self) -> bool:
        """Whether the budget of pixels and time allows another packet."""
        return self._pixels_left > 0 and process_time() < self._stops_at

    def feed(self, packet: "Packet[VideoStream]") -> None:
        """Puts one packet through the decoder; what an edit list hides is decoded, but gives no frame."""
        self.packets += not packet.is_discard
        self._decode(packet)

    def finish(self) -> None:
        """Lets out the frames that the decoder holds back for reordering."""
        self._decode(None)

    def _decode(self, packet: "Packet[VideoStream] | None") -> None:
        try:
            for frame in self._stream.decode(packet):
                self.frames += 1
                self._pixels_left -= frame.width * frame.height
                self.errors += frame.is_corrupt
        except EOFError:
            return
        except BROKEN_FILE:
            self.errors += 1


class Reading:
    """One pass over the packets of a clip."""

    def __init__(self, video: VideoStream, streams: Iterable[Any], size_bytes: int) -> None:
        self.tracks = {stream.index: Track(fraction(stream.time_base)) for stream in streams}
        self.video_index = video.index
        self.decoding = Decoding(video)
        self.packets = 0
        self.video_packets = 0
        self.bytes_left = size_bytes * limits.PACKET_BYTES_TIMES_FILE
        self.too_long = False

    def take(self, packet: "Packet[Any]") -> bool:
        """Notes one packet; False when the budget is used up."""
        self.packets += 1
        self.bytes_left -= packet.size
        if self.packets > limits.PACKETS or self.bytes_left < 0:
            return False
        time = packet.dts if packet.pts is None else packet.pts
        track = self.tracks[packet.stream_index]
        if time is not None and not packet.is_discard:
            track.add(time, packet.duration)
            self.too_long = self.too_long or track.rough_seconds(time) > CLEARLY_TOO_LONG_SECONDS
        if packet.stream_index == self.video_index:
            self.video_packets += not packet.is_discard
            if self._worth_decoding():
                self.decoding.feed(packet)
        return True

    def _worth_decoding(self) -> bool:
        few = self.video_packets <= limits.VIDEO_PACKETS
        return few and not self.too_long and self.decoding.affordable()

    def spans(self) -> tuple[int, int]:
        """Microseconds of the video track, and of all tracks together."""
        known = {index: span for index, track in self.tracks.items() if (span := track.span())}
        video = [span for index, span in known.items() if index == self.video_index]
        return microseconds(video), microseconds(list(known.values()))


def measure(content: bytes, kind: ClipKind) -> Measurement:
    """What a file that passed the scan really holds.

    Raises:
        ClipRejected: no_video, wrong_container, undecodable, damaged or too_complex; too long or too short is
            for the verdict to say.
    """
    try:
        with _open(content, kind) as container:
            return _read(container, kind, len(content))
    except MemoryError:
        raise rules.too_complex(kind, "more than fits in memory", rules.ACCEPTED_FRAMES) from None
    except BROKEN_FILE:
        raise rules.damaged(kind, "a file that cannot be read") from None


def header_seconds(content: bytes) -> float | None:
    """What the header of an MP4 claims, by an independent reader; None when it claims nothing."""
    try:
        return TinyTag.get(file_obj=BytesIO(content), tags=False).duration
    except Exception:  # noqa: BLE001  # a second opinion on a hostile file may fail in any way it likes
        return None


def _open(content: bytes, kind: ClipKind) -> InputContainer:
    demuxer = DEMUXERS[kind]
    formats = MOVIE_FORMATS if kind is ClipKind.MP4 else demuxer
    return open_clip(BytesIO(content), demuxer, formats, limits.CODECS[kind])


def _read(container: InputContainer, kind: ClipKind, size_bytes: int) -> Measurement:
    video = _video_stream(container, kind)
    # Noted before decoding: a broken stream changes them.
    width, height = video.codec_context.width, video.codec_context.height
    streams = [video, *(stream for stream in container.streams if stream.type == "audio")]
    reading = Reading(video, streams, size_bytes)
    complete = all(reading.take(packet) for packet in container.demux(streams) if packet.size)
    reading.decoding.finish()
    picture, timeline = reading.spans()
    return Measurement(
        kind=kind,
        codec=video.codec_context.codec.canonical_name,
        width=width,
        height=height,
        video_tracks=1,
        video_microseconds=picture,
        timeline_microseconds=timeline,
        video_packets=reading.video_packets,
        decoded_packets=reading.decoding.packets,
        frames=reading.decoding.frames,
        errors=reading.decoding.errors,
        complete=complete,
    )


def _video_stream(container: InputContainer, kind: ClipKind) -> VideoStream:
    """The one video track, found fit to be decoded."""
    videos = [stream for stream in container.streams.video if not int(stream.disposition) & COVER_ART]
    rules.judge_tracks(kind, len(videos))
    video = videos[0]
    # PyAV knows no context for a codec that FFmpeg has no name for; its types do not say so.
    context: Any = video.codec_context
    if context is None:
        raise ClipRejected(
            ClipRule.UNDECODABLE, found="an unknown codec", accepted=", ".join(limits.CODECS[kind]), kind=kind
        )
    rules.judge_codec(kind, context.codec.canonical_name)
    rules.judge_pixels(kind, context.width, context.height)
    return video
