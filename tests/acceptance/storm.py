"""Many jobs of every kind, and a bot that is killed at random moments while it carries them."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.kie.outcomes import CallbackScript, Outcome
from tests.acceptance.crowd import Crowd
from tests.acceptance.rig import Rig

ORDERS = ("good", "good", "good", "failing", "private", "unusable")
YOUNG_SECONDS = 1.0
"""A bot is killed at most so long after it began to start; half of them do not get to connect."""
GROWN_SECONDS = 0.8
"""Or so long after it was ready to work."""
SLOW_SECONDS = (0.0, 0.1, 0.5, 2.0)
HASTE = 2
"""Only every second life of a bot takes orders."""
TROUBLED = ("createTask", "recordInfo", "file-stream-upload")


@dataclass(frozen=True, slots=True)
class Weather:
    """How much is to go on; everything random comes from `chance`."""

    jobs: int
    kills: int
    chance: random.Random
    tell: Callable[[str], None] = lambda _: None


async def storm(rig: Rig, crowd: Crowd, weather: Weather) -> list[str]:
    """Place the orders while the bot is killed so often; what must not have happened and did."""
    chance, placed = weather.chance, 0
    for kill in range(weather.kills):
        lives_left = weather.kills - kill
        rig.plan()
        await _start(rig, to_the_end=chance.random() < 0.5 or lives_left == 1)
        left = weather.jobs - placed
        count = left if lives_left == 1 else min(left, -(-HASTE * left // lives_left))
        if rig.is_connected:
            placed += count
            await _order(rig, crowd, chance, count)
        await asyncio.sleep(chance.uniform(0, GROWN_SECONDS))
        await rig.kill()
        weather.tell(f"kill {kill + 1} of {weather.kills}, {placed} of {weather.jobs} orders placed")
    rig.plan()
    await rig.house.bot.start()
    return await rig.judged(crowd.scene.guild, crowd.retry)


async def _start(rig: Rig, *, to_the_end: bool) -> None:
    if not rig.house.bot.is_running:
        await rig.house.bot.launch()
    if to_the_end:
        await rig.house.bot.connected()


async def _order(rig: Rig, crowd: Crowd, chance: random.Random, count: int) -> None:
    """Orders of every kind, and something that goes wrong beside the kills."""
    rig.house.kie.default = Outcome(
        seconds=chance.choice(SLOW_SECONDS), callback=CallbackScript(deliveries=chance.choice((0, 1, 1, 2)))
    )
    faults = rig.house.kie.faults
    trouble = chance.choice(("none", "none", "lost", "refused", "slow"))
    if trouble == "lost":
        faults.reset(chance.choice(TROUBLED), when="after")
    elif trouble == "refused":
        faults.refuse(chance.choice(TROUBLED), code=429)
    elif trouble == "slow":
        faults.delay(chance.choice(TROUBLED), chance.choice(SLOW_SECONDS), when="after")
    if chance.random() < 0.3:
        rig.house.discord.faults.reset("POST", "/channels/*/messages", when="after")
    await crowd.order_some(*chance.choices(ORDERS, k=count))
    await crowd.retry(await rig.reader.books(crowd.scene.guild.id))
