"""Judging clips: how long it takes beside ffprobe, what a bomb costs, how long the event loop stands."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.figures import MEGA, Line, quantile, table
from bot.clips.check import check_files
from bot.clips.probe import ClipProbe
from tests.clips.case import Case, small
from tests.clips.corpus import SORTS
from tests.clips.make import pad_to
from tests.clips.peaks import Watch, resident_bytes
from tests.clips.stands import Stand, timed_callbacks

LARGEST_BYTES = 10_000_000
LARGEST_CLIPS = 6
LOOP_LIMIT_SECONDS = 0.020
REFUSAL_LIMIT_SECONDS = 2.0
HEADERS = ("-show_format", "-show_streams")
FRAMES = ("-count_frames", "-show_streams")
"""What ffprobe is asked: what the headers say, or to decode every frame, as the bot does."""


@dataclass(frozen=True, slots=True)
class Judging:
    """Seconds for each file. ffprobe's are none where it is not installed.

    `grown_bytes` is what this process, which stands for the bot, held more than before while bombs were
    judged, `child_bytes` what the largest of its children held.
    """

    clip_seconds: tuple[float, ...]
    header_seconds: tuple[float, ...]
    frame_seconds: tuple[float, ...]
    bomb_seconds: tuple[float, ...]
    grown_bytes: int
    child_bytes: int
    stand: Stand


async def measure() -> Judging:
    """The corpus one by one, then the bombs, then many clips at once."""
    with tempfile.TemporaryDirectory() as name:
        clips = _written(Path(name), [case for sort in SORTS if sort != "costly" for case in SORTS[sort]()])
        bombs = _written(Path(name) / "bombs", [case for case in SORTS["costly"]() if case.rule])
        largest = Path(name) / "largest"
        largest.write_bytes(pad_to(small(), LARGEST_BYTES))
        async with ClipProbe(parallel=1) as probe:
            clip_seconds = [await _judged(probe, clip) for clip in clips]
            before = resident_bytes()
            with Watch() as watch:
                bomb_seconds = [await _judged(probe, bomb) for bomb in bombs]
        return Judging(
            clip_seconds=tuple(clip_seconds),
            header_seconds=tuple(await _ffprobe(clips, HEADERS)),
            frame_seconds=tuple(await _ffprobe(clips, FRAMES)),
            bomb_seconds=tuple(bomb_seconds),
            grown_bytes=watch.own_bytes - before,
            child_bytes=watch.largest_bytes,
            stand=await _stand([*clips[::10], *[largest] * LARGEST_CLIPS]),
        )


def _written(folder: Path, cases: Sequence[Case]) -> list[Path]:
    folder.mkdir(exist_ok=True)
    files = [folder / f"{number}.bin" for number in range(len(cases))]
    for file, case in zip(files, cases, strict=True):
        file.write_bytes(case.make())
    return files


async def _judged(probe: ClipProbe, file: Path) -> float:
    before = time.perf_counter()
    await check_files([file], probe)
    return time.perf_counter() - before


async def _ffprobe(files: Sequence[Path], asked: Sequence[str]) -> list[float]:
    """Seconds of one process for each file; none where there is no ffprobe."""
    found = shutil.which("ffprobe")
    seconds = []
    for file in files if found else []:
        before = time.perf_counter()
        arguments = (found or "", "-v", "quiet", *asked, str(file))
        silent = asyncio.subprocess.DEVNULL
        probe = await asyncio.create_subprocess_exec(*arguments, stdout=silent, stderr=silent)
        await probe.wait()
        seconds.append(time.perf_counter() - before)
    return seconds


async def _stand(files: Sequence[Path]) -> Stand:
    """What judging all of them, as many at once as the bot would, keeps the loop from its other work."""
    async with ClipProbe() as probe:
        with timed_callbacks() as stands:
            await check_files(files, probe)
    return Stand(
        max(stand.wall_seconds for stand in stands), max(stand.processor_seconds for stand in stands)
    )


def report(found: Judging) -> list[str]:
    """Lines to print."""
    refusal, wall = max(found.bomb_seconds), found.stand.wall_seconds
    of_refusal, of_loop = refusal / REFUSAL_LIMIT_SECONDS, wall / LOOP_LIMIT_SECONDS
    return [
        *_beside("ffprobe that reads headers", found.clip_seconds, found.header_seconds),
        *_beside("ffprobe that decodes every frame", found.clip_seconds, found.frame_seconds),
        *([] if found.header_seconds else ["  ffprobe is not installed: there is nothing to compare with."]),
        f"{len(found.bomb_seconds)} bombs, one after the other",
        f"  refused, median:               {median(found.bomb_seconds) * 1000:.0f} ms",
        f"  refused, slowest:              {refusal * 1000:.0f} ms, {of_refusal:.0%} of its limit",
        f"  the bot's own memory grew by:  {found.grown_bytes / MEGA:.1f} MB",
        f"  the largest child held:        {found.child_bytes / MEGA:.0f} MB",
        "The event loop while clips are judged",
        f"  stood still for at most:       {wall * 1000:.1f} ms, {of_loop:.0%} of its limit",
        f"  of the processor, at most:     {found.stand.processor_seconds * 1000:.1f} ms",
    ]


def _beside(title: str, ours: Sequence[float], theirs: Sequence[float]) -> list[str]:
    lines = [
        Line("median", median(ours) * 1000, median(theirs) * 1000 if theirs else None, "ms", 0),
        Line(
            "99th percentile",
            quantile(ours, 0.99) * 1000,
            quantile(theirs, 0.99) * 1000 if theirs else None,
            "ms",
            0,
        ),
    ]
    return table(f"{len(ours)} clips, one after the other, beside {title}", lines)
