"""Takes the sound of a part out of a clip, as frames for the AAC encoder; in the child process only."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

# PyAV imports these with the first filter and the first sound; by then no file can be opened any more.
import av.audio.codeccontext
import av.audio.stream
import av.error
import av.filter.loudnorm
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.filter.graph import Graph

from bot.clips import limits
from bot.clips.demux import BROKEN_FILE, fraction
from bot.clips.reel import Reel, readable, time_of

RATE = 48_000
FRAME_SAMPLES = 1024
"""Of AAC. Only whole frames are taken, so that the sound ends with the picture or a moment before."""
PREROLL_SECONDS = Fraction(1, 4)
"""Decoders of MP3, AAC and Opus need to have heard what came before."""


def sound_of(reel: Reel, start: Fraction, seconds: Fraction) -> list[AudioFrame]:
    """What is heard from `start` on, by the clip's own clock; nothing where there is none to be had."""
    with reel.opened() as (container, _):
        stream = _sound_stream(container)
        if stream is None:
            return []
        try:
            return list(_mixed(_decoded(container, stream, start, seconds), seconds))
        except BROKEN_FILE:
            return []


def _sound_stream(container: InputContainer) -> AudioStream | None:
    for stream in container.streams.audio:
        # PyAV knows no context for a codec that FFmpeg has no name for; its types do not say so.
        context: Any = stream.codec_context
        if context is not None and context.codec.canonical_name in limits.EDIT_SOUND_CODECS:
            return stream
    return None


def _decoded(
    container: InputContainer, stream: AudioStream, start: Fraction, seconds: Fraction
) -> Iterator[AudioFrame]:
    """The frames of a part, with their times from its start."""
    time_base = fraction(stream.time_base)
    for packet in readable(container.demux(stream)):
        time = time_of(packet)
        if time is None or time * time_base < start - PREROLL_SECONDS:
            continue
        if time * time_base > start + seconds:
            return
        try:
            frames = stream.decode(packet)
        except BROKEN_FILE:
            continue
        for frame in frames:
            if frame.pts is not None:
                frame.pts = round((frame.pts * fraction(frame.time_base) - start) * frame.sample_rate)
                frame.time_base = Fraction(1, frame.sample_rate)
                yield frame


def _mixed(frames: Iterable[AudioFrame], seconds: Fraction) -> Iterator[AudioFrame]:
    """One or two channels of whole AAC frames from 0 on; gaps are silent."""
    graph: Graph | None = None
    form = None
    for frame in frames:
        if graph is None:
            form = (frame.format.name, frame.layout.name, frame.sample_rate)
            graph = _graph(frame, seconds)
        # A track that changes its form half-way is heard as far as it keeps it.
        if (frame.format.name, frame.layout.name, frame.sample_rate) == form:
            graph.push(frame)
            yield from _pulled(graph)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _graph(first: AudioFrame, seconds: Fraction) -> Graph:
    layout = "mono" if first.layout.nb_channels == 1 else "stereo"
    samples = int(seconds * RATE) // FRAME_SAMPLES * FRAME_SAMPLES
    graph = Graph()
    graph.threads = 1
    nodes = (
        graph.add_abuffer(
            sample_rate=first.sample_rate,
            format=first.format.name,
            layout=first.layout.name,
            time_base=Fraction(1, first.sample_rate),
        ),
        graph.add("aresample", f"{RATE}:async=1:first_pts=0"),
        graph.add("aformat", f"sample_fmts=fltp:sample_rates={RATE}:channel_layouts={layout}"),
        graph.add("atrim", f"end_sample={samples}"),
        graph.add("asetnsamples", f"n={FRAME_SAMPLES}:p=0"),
        graph.add("abuffersink"),
    )
    graph.link_nodes(*nodes).configure()
    return graph


def _pulled(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(frame, AudioFrame):
            yield frame
