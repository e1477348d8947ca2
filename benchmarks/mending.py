"""What mending costs: a long clip looked at, cut by encoding and by copying, and a poster of the result."""

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.error
from av.container import OutputContainer
from av.filter.graph import Graph

from benchmarks.figures import MEGA, resident_bytes
from bot.clip import Part
from bot.clips.editor import ChildEditor

SECONDS = 30
FPS = 30
WIDTH, HEIGHT = 1920, 1080
GRAIN = 10
"""Noise on the pictures, like that of a phone in a room."""
KEY_EVERY = 30
AUDIO_RATE = 48_000
AUDIO_SAMPLES = 1024
BETWEEN_KEYS, AT_A_KEY = Part(10_500, 4000), Part(10_000, 4000)
CHUNK_BYTES = 262_144
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one piece of work. The processor is the child's, memory in bytes the child's at most."""

    work: str
    wall_seconds: float
    processor_seconds: float
    child_bytes: int
    made_bytes: int


@dataclass(frozen=True, slots=True)
class Mending:
    """All pieces of work, and the memory of the bot's own process."""

    clip_bytes: int
    costs: tuple[Cost, ...]
    idle_bytes: int
    peak_bytes: int


async def measure() -> Mending:
    """One clip from the disc, each piece of work in a fresh child, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "clip.mp4"
        # In another process: what making it takes is not the bot's.
        maker = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, str(clip))
        assert await maker.wait() == 0
        async with ChildEditor(folder / "spool") as editor:
            return await _measured(editor, clip, folder / "cut.mp4")


async def _measured(editor: ChildEditor, clip: Path, cut: Path) -> Mending:
    own: list[int] = [resident_bytes(os.getpid())]

    async def preview() -> bytes:
        return (await editor.preview(_chunks(clip))).sheet

    async def encode() -> bytes:
        content = await editor.cut(_chunks(clip), BETWEEN_KEYS)
        await asyncio.to_thread(cut.write_bytes, content)
        return content

    async def poster() -> bytes:
        return await editor.poster(_chunks(cut)) or b""

    works: dict[str, Callable[[], Awaitable[bytes]]] = {
        "a contact sheet": preview,
        "4 s, encoded": encode,
        "4 s, copied": lambda: editor.cut(_chunks(clip), AT_A_KEY),
        "a poster of 4 s": poster,
    }
    costs = [await _cost(work, do, own) for work, do in works.items()]
    clip_bytes = (await asyncio.to_thread(clip.stat)).st_size
    return Mending(clip_bytes, tuple(costs), own[0], max(own))


async def _cost(work: str, do: Callable[[], Awaitable[bytes]], own: list[int]) -> Cost:
    children: list[int] = [0]
    sampler = asyncio.create_task(_sample(own, children))
    began, used = time.perf_counter(), _children_seconds()
    content = await do()
    wall_seconds, used = time.perf_counter() - began, _children_seconds() - used
    sampler.cancel()
    return Cost(work, wall_seconds, used, max(children), len(content))


async def _sample(own: list[int], children: list[int]) -> None:
    """Notes the memory of this process and of its children, again and again."""
    pid = os.getpid()
    while True:
        own.append(resident_bytes(pid))
        children += _children_bytes(pid)
        await asyncio.sleep(SAMPLE_SECONDS)


def _children_bytes(pid: int) -> list[int]:
    """What each child of the main thread has resident (Linux: proc(5), children)."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
        with suppress(OSError):
            found.append(resident_bytes(int(child)))
    return found


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    file: BinaryIO = await asyncio.to_thread(path.open, "rb")
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk


def make_clip(path: Path) -> None:
    """A moving test picture with grain, and a tone."""
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "crf": "28"}
        video: Any = container.add_stream("libx264", rate=FPS, options=options)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.gop_size = KEY_EVERY
        audio: Any = container.add_stream("aac", rate=AUDIO_RATE, layout="stereo")
        graph = _graph(
            ("testsrc2", f"size={WIDTH}x{HEIGHT}:rate={FPS}:duration={SECONDS}"),
            ("noise", f"alls={GRAIN}:allf=t"),
            ("format", "yuv420p"),
            ("buffersink", None),
        )
        _encode(container, video, graph)
        tone = f"frequency=440:sample_rate={AUDIO_RATE}:duration={SECONDS}:samples_per_frame={AUDIO_SAMPLES}"
        form = f"sample_fmts=fltp:sample_rates={AUDIO_RATE}:channel_layouts=stereo"
        _encode(container, audio, _graph(("sine", tone), ("aformat", form), ("abuffersink", None)))


def _graph(*filters: tuple[str, str | None]) -> Graph:
    graph = Graph()
    graph.link_nodes(*(graph.add(name, arguments) for name, arguments in filters)).configure()
    return graph


def _encode(container: OutputContainer, stream: Any, graph: Graph) -> None:
    with suppress(av.error.EOFError):
        while True:
            frame: Any = graph.pull()
            if stream.type == "video":
                # Each picture that a filter draws calls itself a key frame, and the encoder would obey.
                frame.pict_type = 0
            container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def report(found: Mending) -> list[str]:
    """Lines to print."""
    idle, peak = found.idle_bytes / MEGA, found.peak_bytes / MEGA
    clip = f"{SECONDS} s of {HEIGHT}p{FPS}, H.264 with sound, {found.clip_bytes / MEGA:.0f} MB"
    return [
        f"mending: {clip}, each in a fresh child with one thread",
        *(
            f"  {cost.work + ':':<17} {cost.wall_seconds:5.1f} s, processor {cost.processor_seconds:4.1f} s,"
            f" memory {cost.child_bytes / MEGA:3.0f} MB, made {cost.made_bytes / 1000:5,.0f} kB"
            for cost in found.costs
        ),
        f"  the bot's own:    {idle:.0f} MB idle, {peak:.0f} MB at most",
    ]


if __name__ == "__main__":
    make_clip(Path(sys.argv[1]))
