"""A queue that never empties: how much of the provider's rate is used, and how often it has to refuse.

The rate is the default of `KIE_SUBMIT_RATE`; the provider's own limit is a little above it.
"""

import asyncio
import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from benchmarks import crowd
from benchmarks.durations import Durations
from benchmarks.figures import Line, processor_seconds, table
from benchmarks.waiting import BASELINE
from sandbox.bot_run import BotRun
from sandbox.box import Box, open_sandbox
from sandbox.kie.ledger import Submission
from sandbox.kie.outcomes import Outcome

SEED = 5
JOBS = 300
PRESSURE_SECONDS = 60.0
WINDOW_SECONDS = 10.0
RATE_PER_WINDOW = 18
"""The default of `KIE_SUBMIT_RATE`."""
SLOW_UPLOAD_SECONDS = 1.5
"""Three at a time, which we allow ourselves, are two a second: just enough, if none of them waits."""
START_SECONDS = 60.0
THROTTLED = 429
UPLOAD = "file-stream-upload"


@dataclass(frozen=True, slots=True)
class Pressure:
    """What the provider saw of one program. `fullest` is the most that it took in any window."""

    windows: tuple[int, ...]
    fullest: int
    refusals: int
    uploads: int
    processor_share: float

    @property
    def created(self) -> int:
        return sum(self.windows)


@dataclass(frozen=True, slots=True)
class Submitting:
    """Both programs, and ours once more over a slow line."""

    ours: Pressure
    ours_uploading_slowly: Pressure
    baseline: Pressure


async def measure() -> Submitting:
    """One after the other, each against a sandbox of its own."""
    ours, slowly = await _pressure("bot"), await _pressure("bot", SLOW_UPLOAD_SECONDS)
    return Submitting(ours, slowly, await _pressure(BASELINE))


async def _pressure(module: str, upload_seconds: float = 0.0) -> Pressure:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with open_sandbox() as box:
            box.kie.balance = Decimal(1_000_000)
            box.kie.default = Outcome.never()
            if upload_seconds:
                box.kie.faults.delay(UPLOAD, upload_seconds, times=None)
            seats = crowd.seat(box, JOBS, None, Durations(JOBS), random.Random(SEED))
            if module == BASELINE:
                arguments = [str(_orders(box, seats, folder / "orders.jsonl"))]
            else:
                arguments = ["run"]
                await crowd.remember_queued(seats, folder / "data")
            run = BotRun(box.environment(folder / "data"), folder, box.discord, module=module)
            try:
                await run.launch(*arguments)
                return await run.alive(_watch(box, run))
            finally:
                await run.close()


def _orders(box: Box, seats: Sequence[crowd.Seat], file: Path) -> Path:
    """For the baseline, whose clips lie at the provider already."""
    orders = [
        {
            "clip_url": f"{box.kie.file_base_url}/{one.task_id}.mp4",
            "thread_id": one.thread.id,
            "owner_id": one.owner.id,
        }
        for one in seats
    ]
    file.write_text("\n".join(map(json.dumps, orders)), "utf-8")
    return file


async def _watch(box: Box, run: BotRun) -> Pressure:
    """A minute from the first submission on."""
    first = await box.kie.wait_for_submission(START_SECONDS)
    used = processor_seconds(run.pid)
    await asyncio.sleep(PRESSURE_SECONDS)
    used = processor_seconds(run.pid) - used
    until = first.at + timedelta(seconds=PRESSURE_SECONDS)
    seen = [one for one in box.kie.ledger.submissions if one.at < until]
    accepted = sorted(one.at for one in seen if one.accepted)
    return Pressure(
        windows=_windows(accepted, first.at),
        fullest=max((_within(accepted, at) for at in accepted), default=0),
        refusals=sum(_is_throttled(one) for one in seen),
        uploads=len(box.kie.ledger.uploads),
        processor_share=used / PRESSURE_SECONDS,
    )


def _windows(accepted: Sequence[datetime], start: datetime) -> tuple[int, ...]:
    """How many were taken in each window, one after the other."""
    starts = [
        start + timedelta(seconds=number * WINDOW_SECONDS)
        for number in range(int(PRESSURE_SECONDS / WINDOW_SECONDS))
    ]
    return tuple(_within(accepted, at) for at in starts)


def _within(accepted: Sequence[datetime], start: datetime) -> int:
    return sum(start <= at < start + timedelta(seconds=WINDOW_SECONDS) for at in accepted)


def _is_throttled(one: Submission) -> bool:
    return one.code == THROTTLED


def report(found: Submitting) -> list[str]:
    """Lines to print."""
    ours, slow, plain = found.ours, found.ours_uploading_slowly, found.baseline
    wanted = RATE_PER_WINDOW * PRESSURE_SECONDS / WINDOW_SECONDS
    lines = [
        Line("submissions taken", ours.created, plain.created, digits=0, less_is_better=False),
        Line("refused with 429", ours.refusals, plain.refusals, digits=0),
        Line(
            f"most in any {WINDOW_SECONDS:.0f} s", ours.fullest, plain.fullest, digits=0, less_is_better=None
        ),
        Line("processor, of one core", ours.processor_share * 100, plain.processor_share * 100, "%", 0),
    ]
    slowly = f"If an upload takes {SLOW_UPLOAD_SECONDS} s, ours reaches {slow.created / wanted:.0%}"
    return [
        *table(f"{JOBS} jobs queued, {PRESSURE_SECONDS:.0f} s of submitting", lines),
        f"  Ours reaches {ours.created / wanted:.0%} of its {RATE_PER_WINDOW} in 10 s; {_by_window(ours)}.",
        f"  It uploaded {ours.uploads} clips on the way; those of the baseline lie at the provider already.",
        f"  {slowly}; {_by_window(slow)}; refused with 429: {slow.refusals}.",
        f"  The baseline asks until it is let in, to 20 in 10 s; {_by_window(plain)}.",
    ]


def _by_window(one: Pressure) -> str:
    return f"by windows {', '.join(map(str, one.windows))}"
