"""The storm at length: `python -m tests.acceptance.soak --jobs 1000 --kills 200 --database postgresql`.

Prints its seed, every violation and, if there was one, where the bot's log lies; exits with 1 then.
"""

import argparse
import asyncio
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.acceptance.crowd import crowd_of, later
from tests.acceptance.databases import KINDS, open_database
from tests.acceptance.pair import open_pair
from tests.acceptance.rig import NotAtRest, Rig, open_rig
from tests.acceptance.storm import Weather, storm
from tests.acceptance.witness import POSTGRESQL, SQLITE
from tests.postgres.server import started

PASSES_OF = 100
"""Orders of one server; each server is judged by itself, and a new one is opened for the next."""

PATIENCE_SECONDS = 600.0
"""A soak is left to itself on a machine that may be busy with other things."""


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def soak(asked: argparse.Namespace, seed: int) -> list[str]:
    """All violations of a storm in as many servers as the jobs need, with and without callbacks in turn."""
    chance, found = random.Random(seed), []
    rounds = max(1, asked.jobs // PASSES_OF)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    async with open_database(asked.database, folder, started) as url, _bots(asked.bots, folder, url) as rigs:
        for number in range(rounds):
            for rig in rigs:
                await rig.begin(callbacks=number % 2 == 0)
            weather = Weather(
                jobs=_share(asked.jobs, rounds, number),
                kills=_share(asked.kills, rounds, number),
                chance=chance,
                tell=tell,
            )
            found += await _told(storm([crowd_of(rig, f"soak {number}") for rig in rigs], weather))
            tell(f"round {number + 1} of {rounds}: {len(found)} violations")
        for rig in rigs:
            found += await _told(later(crowd_of(rig, "ten minutes later")))
    if found:
        tell(f"logs and clips are in {folder}")
    else:
        shutil.rmtree(folder)
    return found


@asynccontextmanager
async def _bots(count: int, folder: Path, database_url: str) -> AsyncIterator[Sequence[Rig]]:
    """One bot, or two that share the database, with patience for a machine that is busy."""
    async with AsyncExitStack() as stack:
        if count == 1:
            rigs = [await stack.enter_async_context(open_rig(folder, database_url))]
        else:
            pair = await stack.enter_async_context(open_pair(folder, database_url))
            rigs = [pair.survivor, pair.victim]
        for rig in rigs:
            rig.rest_seconds = rig.house.bot.start_seconds = PATIENCE_SECONDS
        yield rigs


async def _told(judging: Awaitable[list[str]]) -> list[str]:
    """The violations, each of them told; that it came to a stop is one of them."""
    try:
        found = await judging
    except (NotAtRest, TimeoutError) as stuck:
        found = [f"it came to a stop: {stuck}"]
    for sentence in found:
        tell(sentence)
    return found


def _share(whole: int, parts: int, number: int) -> int:
    """The size of one of `parts` nearly equal parts."""
    return whole * (number + 1) // parts - whole * number // parts


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill the bot at random moments while it carries many jobs.")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="a number printed by an earlier run")
    parser.add_argument(
        "--database", choices=KINDS, default=SQLITE, help="what the bot works on; a server is started for it"
    )
    parser.add_argument("--bots", type=int, choices=(1, 2), default=1, help="2 need postgresql")
    asked = parser.parse_args()
    if asked.bots > 1 and asked.database != POSTGRESQL:
        parser.error("two bots need --database postgresql")
    seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    tell(f"seed {seed}: {asked.jobs} jobs, {asked.kills} kills, {asked.bots} bots on {asked.database}")
    began = time.monotonic()
    found = asyncio.run(soak(asked, seed))
    tell(f"seed {seed}: {len(found)} violations in {time.monotonic() - began:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
