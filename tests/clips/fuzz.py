"""Feeds changed clips to real children, for long: `python -m tests.clips.fuzz --clips 2000 --seed 7`.

Prints its seed, the verdicts counted, the slowest clip and the largest child. Exits with 1 when a clip killed
or hung its child, made it talk nonsense, leaked memory into the bot, or raised anything but a refusal. Such a
clip is kept in a folder.
"""

import argparse
import asyncio
import logging
import os
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

import structlog

from bot.clips.endings import BROKEN, UNFINISHED
from bot.clips.probe import ClipProbe
from bot.errors import ClipRejected
from tests.clips.mutants import Herd, Mutant
from tests.clips.peaks import Watch, peak_bytes

CHUNK_BYTES = 65_536
WARM_CLIPS = 200
"""The bot's memory is measured from here on."""
LEAK_BYTES = 16_000_000
TOLD_EVERY = 500
MEGA = 1_000_000


@dataclass
class Findings:
    """What was seen so far."""

    verdicts: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "none")
    largest: tuple[int, str] = (0, "none")
    faults: list[str] = field(default_factory=list)
    bytes_before: int | None = None

    def leaked_bytes(self) -> int:
        """What the bot's own memory has grown by, at its largest."""
        return 0 if self.bytes_before is None else peak_bytes() - self.bytes_before


def quieten() -> None:
    """The bot logs headers that lie; here nearly all do."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    """A clip as it comes from Discord."""
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


async def judged(probe: ClipProbe, mutant: Mutant) -> tuple[str, str | None]:
    """The verdict in a word, and what is wrong with it, if anything."""
    try:
        await probe.judge(chunks(mutant.content), len(mutant.content))
    except ClipRejected as rejected:
        return rejected.rule.value, rejected.found if rejected.found in (UNFINISHED, BROKEN) else None
    except Exception as error:  # noqa: BLE001  # that nothing else comes is what is looked for
        return "error", repr(error)
    return "accepted", None


@dataclass
class Pasture:
    """What all who judge mutants share."""

    probe: ClipProbe
    herd: Herd
    numbers: Iterator[int]
    findings: Findings
    watch: Watch
    keep: Path


async def graze(pasture: Pasture) -> None:
    """One mutant after the other."""
    findings, keep = pasture.findings, pasture.keep
    for number in pasture.numbers:
        mutant = pasture.herd.mutant(number)
        named, before = f"mutant {number} of {mutant.origin!r}", time.monotonic()
        verdict, fault = await judged(pasture.probe, mutant)
        findings.verdicts[verdict] += 1
        findings.slowest = max(findings.slowest, (time.monotonic() - before, named))
        findings.largest = max(findings.largest, (pasture.watch.largest_bytes, named), key=itemgetter(0))
        if fault:
            (keep / f"{number}.bin").write_bytes(mutant.content)
            findings.faults.append(f"{named}: {fault}")
            tell(f"FAULT {findings.faults[-1]}")
        done = findings.verdicts.total()
        if done == WARM_CLIPS:
            findings.bytes_before = peak_bytes()
        if done % TOLD_EVERY == 0:
            tell(f"{done} clips, {len(findings.faults)} faults")


async def fuzz(probe: ClipProbe, herd: Herd, numbers: range, parallel: int, keep: Path) -> Findings:
    """Judges the mutants of these numbers, so many at once."""
    findings = Findings()
    with Watch() as watch:
        pasture = Pasture(probe, herd, iter(numbers), findings, watch, keep)
        await asyncio.gather(*(graze(pasture) for _ in range(parallel)))
    if findings.leaked_bytes() > LEAK_BYTES:
        findings.faults.append(f"the bot's own memory grew by {findings.leaked_bytes() / MEGA:.0f} MB")
    return findings


async def run(seed: int, numbers: range, parallel: int, keep: Path) -> Findings:
    """With children as the bot starts them."""
    async with ClipProbe(parallel=parallel) as probe:
        return await fuzz(probe, Herd(seed), numbers, parallel, keep)


def main() -> int:
    parser = argparse.ArgumentParser(description="Feed changed clips to the child that judges them.")
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=None, help="a number printed by an earlier run")
    parser.add_argument("--first", type=int, default=0, help="the number of the first mutant")
    parser.add_argument("--parallel", type=int, default=os.cpu_count() or 1, help="children at once")
    parser.add_argument("--keep", type=Path, default=None, help="where clips that do harm are written to")
    asked = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    keep = asked.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    quieten()
    tell(f"seed {seed}: {asked.clips} clips")
    began = time.monotonic()
    numbers = range(asked.first, asked.first + asked.clips)
    found = asyncio.run(run(seed, numbers, asked.parallel, keep))
    tell(", ".join(f"{count} {verdict}" for verdict, count in found.verdicts.most_common()))
    tell(f"slowest: {found.slowest[0]:.2f} s, {found.slowest[1]}")
    tell(f"largest child: {found.largest[0] / MEGA:.0f} MB, {found.largest[1]}")
    tell(f"the bot's own memory grew by {found.leaked_bytes() / MEGA:.1f} MB")
    for fault in found.faults:
        tell(fault)
    tell(f"seed {seed}: {len(found.faults)} faults in {time.monotonic() - began:.0f} s")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
