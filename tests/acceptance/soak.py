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
from collections.abc import Awaitable
from pathlib import Path

from tests.acceptance.crowd import Crowd, later
from tests.acceptance.databases import KINDS, open_database
from tests.acceptance.rig import NotAtRest, open_rig
from tests.acceptance.scene import Scene
from tests.acceptance.storm import Weather, storm
from tests.acceptance.witness import SQLITE
from tests.postgres.server import started

PASSES_OF = 100
"""Orders of one server; each server is judged by itself, and a new one is opened for the next."""

PATIENCE_SECONDS = 600.0
"""A soak is left to itself on a machine that may be busy with other things."""


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def soak(jobs: int, kills: int, seed: int, database: str) -> list[str]:
    """All violations of a storm in as many servers as the jobs need, with and without callbacks in turn."""
    chance, found = random.Random(seed), []
    rounds = max(1, jobs // PASSES_OF)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    async with open_database(database, folder, started) as url, open_rig(folder, url) as rig:
        rig.rest_seconds = rig.house.bot.start_seconds = PATIENCE_SECONDS
        for number in range(rounds):
            await rig.begin(callbacks=number % 2 == 0)
            crowd = Crowd(rig, Scene(rig.house, f"soak {number}"))
            weather = Weather(
                jobs=_share(jobs, rounds, number),
                kills=_share(kills, rounds, number),
                chance=chance,
                tell=tell,
            )
            found += await _told(storm(rig, crowd, weather))
            tell(f"round {number + 1} of {rounds}: {len(found)} violations")
        found += await _told(later(Crowd(rig, Scene(rig.house, "ten minutes later"))))
    if found:
        tell(f"the log is {rig.house.bot.log_file}")
    else:
        shutil.rmtree(folder)
    return found


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
    asked = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    tell(f"seed {seed}: {asked.jobs} jobs, {asked.kills} kills on {asked.database}")
    began = time.monotonic()
    found = asyncio.run(soak(asked.jobs, asked.kills, seed, asked.database))
    tell(f"seed {seed}: {len(found)} violations in {time.monotonic() - began:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
