"""Reads a clip with PyAV: packets for its length, every frame within the budget for its health.

Runs in the child process only. PyAV 18 and 19 are both served.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO
from time import process_time
from typing import Any

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from tinytag import TinyTag

from bot.clip import ClipKind
from bot.clips import limits, rules
from bot.clips.container import Container, Demuxer
from bot.clips.demux import BROKEN_FILE, COVER_ART, fraction, open_clip
from bot.clips.rules import Measurement
from bot.clips.timeline import Track, microseconds

UNKNOWN_CODEC = "unknown"
LONGEST_CLAIM_SECONDS = 1e9
"""Some 30 years. Headers that do not know write the largest number they have room for."""
CLEARLY_TOO_LONG_SECONDS = 5
"""Above this no frame is decoded any more; reading on only tells by how much the clip is too long."""


class Decoding:
    """One decoder at work on one clip, and what it may still cost: pixels, and the time of this process."""

    def __init__(self, stream: VideoStream, stops_at: float) -> None:
        self.stream = stream
        self._pixels_left = limits.DECODED_PIXELS
        self._stops_at = stops_at
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
            for frame in self.stream.decode(packet):
                self.frames += 1
                self._pixels_left -= frame.width * frame.height
                self.errors += frame.is_corrupt
        except EOFError:
            return
        except BROKEN_FILE:
            self.errors += 1


class Reading:
    """One pass over the packets of a clip."""

    def __init__(self, decoding: Decoding, streams: Iterable[Any], size_bytes: int) -> None:
        self.tracks = {stream.index: Track(fraction(stream.time_base)) for stream in streams}
        self.video_index = decoding.stream.index
        self.decoding = decoding
        self.intact = True
        self.packets = 0
        self.video_packets = 0
        self.bytes_left = size_bytes * limits.PACKET_BYTES_TIMES_FILE
        self.too_long = False

    def run(self, packets: Iterator["Packet[Any]"]) -> bool:
        """Takes all packets; False when they are more than the budget allows."""
        try:
            return all(self.take(packet) for packet in packets if packet.size)
        except BROKEN_FILE:
            self.intact = False
            return True

    def take(self, packet: "Packet[Any]") -> bool:
        """Notes one packet; False when the budget is used up. One that the end of the file cuts is none."""
        self.packets += 1
        self.bytes_left -= packet.size
        if self.packets > limits.PACKETS or self.bytes_left < 0:
            return False
        if packet.is_corrupt:
            return True
        time = packet.dts if packet.pts is None else packet.pts
        track, is_video = self.tracks[packet.stream_index], packet.stream_index == self.video_index
        if time is not None and not packet.is_discard:
            track.add(time, packet.duration)
            self.too_long |= is_video and track.rough_seconds(time) > CLEARLY_TOO_LONG_SECONDS
        if is_video:
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


def measure(content: bytes, found: Container) -> Measurement:
    """What a file that passed the scan really holds.

    Raises:
        ClipRejected: no_video, wrong_container, undecodable, damaged or too_complex; what a length or a codec
            of another container means is for the verdict to say.
    """
    stops_at = process_time() + limits.DECODE_CPU_SECONDS
    try:
        with _open(content, found.demuxer) as opened:
            return _read(opened, found.kind, len(content), stops_at)
    except MemoryError:
        raise rules.too_complex(found.kind, "more than fits in memory", rules.ACCEPTED_FRAMES) from None
    except BROKEN_FILE:
        raise rules.damaged(found.kind, "a file that cannot be read") from None


def header_seconds(content: bytes) -> float | None:
    """What the header of an MP4 claims, by an independent reader; None when it claims nothing sensible."""
    try:
        claimed = TinyTag.get(file_obj=BytesIO(content), tags=False).duration
    except Exception:  # noqa: BLE001  # a second opinion on a hostile file may fail in any way it likes
        return None
    return claimed if claimed is not None and 0 < claimed <= LONGEST_CLAIM_SECONDS else None


def _open(content: bytes, demuxer: Demuxer) -> InputContainer:
    return open_clip(BytesIO(content), demuxer.value, demuxer.value, limits.EDIT_CODECS)


def _read(opened: InputContainer, kind: ClipKind, size_bytes: int, stops_at: float) -> Measurement:
    videos = [stream for stream in opened.streams.video if not int(stream.disposition) & COVER_ART]
    rules.judge_tracks(kind, len(videos))
    video = videos[0]
    codec = _judge_stream(video, kind)
    # Noted before decoding: a broken stream changes them.
    width, height = video.codec_context.width, video.codec_context.height
    streams = [*videos, *(stream for stream in opened.streams if stream.type == "audio")]
    reading = Reading(Decoding(video, stops_at), streams, size_bytes)
    complete = reading.run(opened.demux(streams))
    reading.decoding.finish()
    picture, timeline = reading.spans()
    return Measurement(
        kind=kind,
        codec=codec,
        width=width,
        height=height,
        video_tracks=len(videos),
        video_microseconds=picture,
        timeline_microseconds=timeline,
        video_packets=reading.video_packets,
        decoded_packets=reading.decoding.packets,
        frames=reading.decoding.frames,
        errors=reading.decoding.errors,
        complete=complete,
        intact=reading.intact,
    )


def _judge_stream(video: VideoStream, kind: ClipKind) -> str:
    """The codec of a track that is fit to be decoded."""
    # PyAV knows no context for a codec that FFmpeg has no name for; its types do not say so.
    context: Any = video.codec_context
    codec: str = UNKNOWN_CODEC if context is None else context.codec.canonical_name
    rules.judge_decoder(kind, codec)
    rules.judge_pixels(kind, context.width, context.height)
    return codec
