"""For how long single callbacks keep an event loop from everything else."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Stand:
    """One callback: how long it took by the clock, whatever else was running, and of the processor."""

    wall_seconds: float
    processor_seconds: float


@contextmanager
def timed_callbacks() -> Iterator[list[Stand]]:
    """Times everything that the loop does: asyncio runs each callback through its handle."""
    stands: list[Stand] = []
    handles: Any = asyncio.Handle  # there is no other place where all callbacks pass
    run = handles._run

    def timed(handle: asyncio.Handle) -> None:
        wall, processor = time.perf_counter(), time.thread_time()
        run(handle)
        stands.append(Stand(time.perf_counter() - wall, time.thread_time() - processor))

    handles._run = timed
    try:
        yield stands
    finally:
        handles._run = run
