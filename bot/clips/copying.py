"""Cuts a part out of a clip without encoding its pictures anew, where that comes out exactly as asked.

Runs in the child process only. Whatever is copied is decoded once before it is passed on.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from typing import Any

from av.audio.frame import AudioFrame
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.stream import VideoStream

from bot.clips import limits
from bot.clips.copy_plan import EXACT_SECONDS, Copy
from bot.clips.demux import BROKEN_FILE
from bot.clips.recut import new_mp4, sound_track, write_sound
from bot.clips.reel import Reel, readable
from bot.clips.upright import Turn
from bot.errors import ClipRejected

WITHOUT_REMARKS = "filter_units=remove_types=6"
"""H.264's SEI: decoding from a key frame needs nothing of it, and cameras write into it what they like."""


def copied(reel: Reel, copy: Copy, sound: Sequence[AudioFrame]) -> bytes | None:
    """The part as a clip; None where the copy is not as planned."""
    try:
        clip = _remuxed(reel, copy, sound)
        return clip if len(clip) <= limits.LIMIT_BYTES and _is_right(clip, copy) else None
    except (*BROKEN_FILE, ClipRejected):
        return None


def _remuxed(reel: Reel, copy: Copy, sound: Sequence[AudioFrame]) -> bytes:
    file = BytesIO()
    with reel.opened() as (container, video), new_mp4(file) as target:
        track = target.add_stream_from_template(video)
        track.metadata.clear()
        audio = sound_track(target, sound)
        for packet in _packets(readable(container.demux(video)), video, copy):
            packet.stream = track
            target.mux(packet)
        write_sound(target, audio, sound)
    return file.getvalue()


def _packets(packets: "Iterator[Packet[Any]]", video: VideoStream, copy: Copy) -> "Iterator[Packet[Any]]":
    """The packets of the part, their clock starting with it."""
    remarks = BitStreamFilterContext(WITHOUT_REMARKS, video)
    part = islice(packets, copy.first, copy.first + len(copy.shown))
    for packet, shown, decoded in zip(part, copy.shown, copy.decoded, strict=True):
        packet.pts, packet.dts = shown, decoded
        if shown == max(copy.shown):
            packet.duration = copy.last_ticks
        yield from remarks.filter(packet)
    yield from remarks.filter(None)


def _is_right(clip: bytes, copy: Copy) -> bool:
    """Whether each picture comes out whole, upright and in time."""
    made = Reel(BytesIO(clip))
    footage = made.survey()
    # One at a time: all pictures of 4 s would be hundreds of megabytes.
    whole = sum(1 for _ in made.pictures()) == len(footage.shots) == len(copy.shown)
    off = abs(footage.seconds - copy.seconds)
    within = limits.SHORTEST_SECONDS <= footage.seconds <= limits.LONGEST_SECONDS
    return whole and within and off <= EXACT_SECONDS and footage.look.turn is Turn.NONE
