"""Runs the benchmarks and prints what they found: figures compare, they are no verdict."""

import argparse
import asyncio
import logging
import os
import platform
from collections.abc import Awaitable, Callable

import structlog

from benchmarks import clips, first_response, mending, polling, submitting, waiting


async def main(names: list[str], sizes: list[int]) -> None:
    """What was asked for, one after the other."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    load = os.getloadavg()[0]
    print(f"{machine}, load {load:.1f} before we begin, Python {platform.python_version()}", flush=True)
    for name in (known for known in ALL if known in names):
        await ALL[name](sizes)


async def _first_response(_: list[int]) -> None:
    _print(first_response.report(await first_response.measure()))


async def _judging(_: list[int]) -> None:
    # The bot logs headers that lie; in the corpus many do.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    _print(clips.report(await clips.measure()))


async def _polling(_: list[int]) -> None:
    _print(polling.report())


async def _submitting(_: list[int]) -> None:
    _print(submitting.report(await submitting.measure()))


async def _waiting(sizes: list[int]) -> None:
    for size in sizes:
        _print(waiting.report(await waiting.measure(size)))
    if sizes == [waiting.DEFAULT_JOBS]:
        _print([f'  Ten times as many take ten minutes: make bench BENCH="waiting --jobs {LARGE}".'])


async def _mending(_: list[int]) -> None:
    _print(mending.report(await mending.measure()))


def _print(lines: list[str]) -> None:
    print("\n".join(lines), flush=True)


LARGE = 10 * waiting.DEFAULT_JOBS
ALL: dict[str, Callable[[list[int]], Awaitable[None]]] = {
    "first_response": _first_response,
    "judging": _judging,
    "polling": _polling,
    "submitting": _submitting,
    "waiting": _waiting,
    "mending": _mending,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ALL, []], help="all of them by default")
    parser.add_argument("--jobs", type=int, nargs="+", default=[waiting.DEFAULT_JOBS], help="how many wait")
    chosen = parser.parse_args()
    asyncio.run(main(chosen.names or list(ALL), chosen.jobs))
