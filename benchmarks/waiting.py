"""Jobs that wait at the provider: how soon people hear that one is done, and what the waiting costs.

The same crowd is followed three times: by the bot with callbacks, by the bot with polling alone, and by the
plain baseline.
"""

import asyncio
import contextlib
import random
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import crowd
from benchmarks.crowd import Seat
from benchmarks.figures import MEGA, Line, processor_seconds, quantile, resident_bytes, table
from sandbox.bot_run import BotRun
from sandbox.box import Box, open_sandbox

SEED = 4
DEFAULT_JOBS = 1000
ENDS = 640
ENDS_PER_SECOND = 16.0
"""The bot makes three requests for each end, and Discord takes 50 a second (Discord: Rate Limits, global)."""
WEBHOOK_KEY = "sandbox-webhook-key-0123456789"
START_SECONDS = 60.0
SETTLE_SECONDS = 60.0
LATE_SECONDS = 120.0
SAMPLE_SECONDS = 0.25
BASELINE = "benchmarks.baseline"


@dataclass(frozen=True, slots=True)
class Program:
    """Who follows the jobs."""

    module: str
    calls_back: bool = False

    @property
    def is_baseline(self) -> bool:
        return self.module == BASELINE


@dataclass(frozen=True, slots=True)
class Spell:
    """What one program showed while tasks ended.

    `delays_seconds` from the provider's end of a task to the message in its thread; `first_look_seconds` from
    the start of the process; `looks_per_minute` of one waiting job; `processor_share` of one core.
    """

    delays_seconds: tuple[float, ...]
    ended: int
    told_twice: int
    first_look_seconds: float
    looks_per_minute: float
    peak_bytes: int
    processor_share: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """The three programs beside each other."""

    jobs: int
    called_back: Spell
    polled: Spell
    baseline: Spell


async def measure(jobs: int = DEFAULT_JOBS) -> Waiting:
    """All three, one after the other, each against a sandbox of its own."""
    called_back = await _spell(jobs, Program("bot", calls_back=True))
    polled = await _spell(jobs, Program("bot"))
    return Waiting(jobs, called_back, polled, await _spell(jobs, Program(BASELINE)))


async def _spell(jobs: int, program: Program) -> Spell:
    chance = random.Random(SEED)
    async with _stage(program) as (box, folder, environment):
        seats = crowd.seat(box, jobs, environment.get("PUBLIC_BASE_URL"), chance)
        run = BotRun(environment, folder, box.discord, module=program.module)
        if program.is_baseline:
            arguments = [str(crowd.as_orders(seats, folder / "orders.jsonl"))]
        else:
            arguments = ["run"]
            await crowd.remember_waiting(seats, folder / "data", chance)
        try:
            first_look_seconds = await _until_first_look(box, run, arguments)
            if not program.is_baseline:
                await run.kill()
                first_look_seconds = await _until_first_look(box, run, arguments)
            await _settled(box, run, seats)
            return await _ends(box, run, seats, chance, first_look_seconds)
        finally:
            await run.close()


@asynccontextmanager
async def _stage(program: Program) -> AsyncIterator[tuple[Box, Path, dict[str, str]]]:
    """A sandbox, a folder, and the settings of the program in it."""
    key = WEBHOOK_KEY if program.calls_back else None
    with tempfile.TemporaryDirectory() as folder:
        async with open_sandbox(webhook_key=key) as box:
            environment = box.environment(Path(folder) / "data")
            del environment["POLL_SCHEDULE"]  # the bot's own is what is measured
            if program.calls_back:
                port = str(_free_port())
                environment |= {"WEB_PORT": port, "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}"}
            yield box, Path(folder), environment


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _until_first_look(box: Box, run: BotRun, arguments: Sequence[str]) -> float:
    """Starts the program; seconds until it asks the provider for a task."""
    exchanges, started_at = box.kie.ledger.exchanges, time.monotonic()
    seen = len(exchanges)
    await run.launch(*arguments)
    await run.alive(box.kie.ledger.wait_until(lambda: len(exchanges) > seen, START_SECONDS))
    return time.monotonic() - started_at


async def _settled(box: Box, run: BotRun, seats: Sequence[Seat]) -> None:
    """Until it is connected and has caught up with every job, or would not in any useful time."""
    ready = box.discord.until(lambda: True if box.discord.gateway.is_ready() else None, START_SECONDS)
    await run.alive(ready)
    seen = len(box.kie.ledger.exchanges)

    def caught_up() -> bool:
        fresh = box.kie.ledger.exchanges[seen:]
        return len({exchange.task_id for exchange in fresh}) >= len(seats)

    await run.alive(_until(caught_up, SETTLE_SECONDS))


async def _until(condition: Callable[[], bool], limit_seconds: float) -> None:
    """Looked at twice a second: at every change it would cost more than what is measured."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_seconds):
            while not condition():  # noqa: ASYNC110 - there are far more events than looks are wanted
                await asyncio.sleep(0.5)


async def _ends(
    box: Box, run: BotRun, seats: Sequence[Seat], chance: random.Random, first_look_seconds: float
) -> Spell:
    """Ends tasks at random moments, and waits until people were told."""
    ending = chance.sample(seats, min(ENDS, len(seats)))
    span_seconds = len(ending) / ENDS_PER_SECOND
    moments = sorted(chance.uniform(0, span_seconds) for _ in ending)
    peak = [resident_bytes(run.pid)]
    sampler = asyncio.create_task(_sample(run.pid, peak))
    looks, used, began = len(box.kie.ledger.exchanges), processor_seconds(run.pid), time.monotonic()
    for one, moment in zip(ending, moments, strict=True):
        await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
        box.kie.finish(one.task_id)
    passed_seconds = time.monotonic() - began
    looks = len(box.kie.ledger.exchanges) - looks
    used = processor_seconds(run.pid) - used
    await run.alive(_until(lambda: all(_told(box, one) for one in ending), LATE_SECONDS))
    sampler.cancel()
    told = [delay for one in ending if (delay := _delay_seconds(box, one)) is not None]
    return Spell(
        delays_seconds=tuple(told),
        ended=len(ending),
        told_twice=sum(len(_told(box, one)) > 1 for one in ending),
        first_look_seconds=first_look_seconds,
        looks_per_minute=looks / (len(seats) - len(ending) / 2) / passed_seconds * 60,
        peak_bytes=max(peak),
        processor_share=used / passed_seconds,
    )


async def _sample(pid: int, peak: list[int]) -> None:
    while True:
        peak.append(resident_bytes(pid))
        await asyncio.sleep(SAMPLE_SECONDS)


def _told(box: Box, one: Seat) -> list[float]:
    """When the thread was told of its character, as seconds since 1970."""
    character_id = box.kie.task(one.task_id).character_id
    return [
        (message.history[0] if message.history else message.version).at.timestamp()
        for message in one.thread.messages
        if character_id in message.text
    ]


def _delay_seconds(box: Box, one: Seat) -> float | None:
    told, end = _told(box, one), box.kie.task(one.task_id).end
    return told[0] - end.at.timestamp() if told and end else None


def report(found: Waiting) -> list[str]:
    """Lines to print."""
    plain = found.baseline
    title = (
        f"{found.jobs:,} jobs waiting; {plain.ended} of them end within "
        f"{plain.ended / ENDS_PER_SECOND:.0f} s, which Discord's 50 requests a second allow"
    )
    arms = (("callbacks", found.called_back), ("polling", found.polled))
    lines = [line for name, ours in arms for line in _lines(name, ours, plain)]
    return [
        *table(title, lines),
        "  The first look of ours is that of a restart after SIGKILL, from the database. The baseline knows",
        "  no job after a restart: it was started once, and handed them all.",
    ]


def _lines(name: str, ours: Spell, plain: Spell) -> list[Line]:
    def both(figure: str, of: Callable[[Spell], float], unit: str = "", digits: int = 2) -> Line:
        return Line(f"{name}: {figure}", of(ours), of(plain), unit, digits)

    told = Line(
        f"{name}: told of {ours.ended}",
        len(ours.delays_seconds),
        len(plain.delays_seconds),
        digits=0,
        less_is_better=False,
    )
    return [
        both("done to told, median", lambda one: quantile(one.delays_seconds, 0.5), "s"),
        both("done to told, 99th percentile", lambda one: quantile(one.delays_seconds, 0.99), "s"),
        told,
        both("told twice", lambda one: one.told_twice, digits=0),
        both("looks per waiting job and minute", lambda one: one.looks_per_minute),
        both("memory at most", lambda one: one.peak_bytes / MEGA, "MB", 0),
        both("processor, of one core", lambda one: one.processor_share * 100, "%", 0),
        both("process start to first look", lambda one: one.first_look_seconds, "s"),
    ]
