"""Jobs that wait at the provider: how soon people hear that one is done, and what the waiting costs.

The same crowd is followed three times: by the bot with callbacks, by the bot with polling alone, and by the
plain baseline. It is a steady state: two tasks end each second, as many as the provider takes on.
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
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

from benchmarks import crowd
from benchmarks.crowd import Seat
from benchmarks.durations import Durations
from benchmarks.figures import MEGA, Line, processor_seconds, quantile, resident_bytes, table
from bot.jobs.polling import BUDGET_PER_SECOND
from sandbox.bot_run import BotRun
from sandbox.box import Box, open_sandbox

SEED = 4
DEFAULT_JOBS = 1000
ENDS_PER_SECOND = 2.0
"""What the provider takes on: 20 in 10 s. In the long run no more can end."""
SPELL_SECONDS = 60.0
LATE_SECONDS = 180.0
"""How long it is waited for what was not told within the spell."""
WEBHOOK_KEY = "sandbox-webhook-key-0123456789"
START_SECONDS = 60.0
SETTLE_SECONDS = 5.0
SAMPLE_SECONDS = 0.5
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

    `delays_seconds` from the provider's end of a task to the message in its thread, infinite where there was
    none yet; `first_look_seconds` from the start of the process; `looks_per_job` and `calls_per_job` (to
    Discord) are requests in the spell for each task that ended in it, which in a steady state is what a job
    costs in its life; `processor_share` of one core.
    """

    delays_seconds: tuple[float, ...]
    told_twice: int
    first_look_seconds: float
    looks_per_job: float
    calls_per_job: float
    peak_bytes: int
    processor_share: float

    @property
    def ended(self) -> int:
        return len(self.delays_seconds)

    @property
    def told(self) -> int:
        return sum(delay < inf for delay in self.delays_seconds)


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
    chance, durations = random.Random(SEED), Durations(jobs / ENDS_PER_SECOND)
    async with _stage(program) as (box, folder, environment):
        seats = crowd.seat(box, jobs, environment.get("PUBLIC_BASE_URL"), durations, chance)
        run = BotRun(environment, folder, box.discord, module=program.module)
        if program.is_baseline:
            arguments = [str(crowd.as_orders(seats, folder / "orders.jsonl"))]
        else:
            arguments = ["run"]
            await crowd.remember_waiting(seats, folder / "data", durations, chance)
        ending = asyncio.create_task(_end_in_time(box, seats))
        try:
            first_look_seconds = await _until_first_look(box, run, arguments)
            if not program.is_baseline:
                await run.kill()
                first_look_seconds = await _until_first_look(box, run, arguments)
            await run.alive(_connected(box))
            await asyncio.sleep(SETTLE_SECONDS)
            return await _watch(box, run, seats, first_look_seconds)
        finally:
            ending.cancel()
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


async def _end_in_time(box: Box, seats: Sequence[Seat]) -> None:
    """Ends each task at its time."""
    for one in sorted(seats, key=lambda one: one.ends_at):
        await asyncio.sleep(max(0.0, (one.ends_at - datetime.now(UTC)).total_seconds()))
        box.kie.finish(one.task_id)


async def _until_first_look(box: Box, run: BotRun, arguments: Sequence[str]) -> float:
    """Starts the program; seconds until it asks the provider for a task."""
    exchanges, started_at = box.kie.ledger.exchanges, time.monotonic()
    seen = len(exchanges)
    await run.launch(*arguments)
    await run.alive(box.kie.ledger.wait_until(lambda: len(exchanges) > seen, START_SECONDS))
    return time.monotonic() - started_at


async def _connected(box: Box) -> None:
    await box.discord.until(lambda: True if box.discord.gateway.is_ready() else None, START_SECONDS)


async def _watch(box: Box, run: BotRun, seats: Sequence[Seat], first_look_seconds: float) -> Spell:
    """Lets a spell pass, and waits for what is told of it."""
    peak = [resident_bytes(run.pid)]
    sampler = asyncio.create_task(_sample(run.pid, peak))
    began, began_at = time.monotonic(), datetime.now(UTC)
    looks, calls, used = len(box.kie.ledger.exchanges), len(box.discord.requests), processor_seconds(run.pid)
    await run.alive(asyncio.sleep(SPELL_SECONDS))
    passed_seconds = time.monotonic() - began
    looks, calls = len(box.kie.ledger.exchanges) - looks, len(box.discord.requests) - calls
    used = processor_seconds(run.pid) - used
    span = (began_at, began_at + timedelta(seconds=passed_seconds))
    ended = [one for one in seats if span[0] <= one.ends_at < span[1]]
    await run.alive(_until(lambda: all(_told(box, one) for one in ended), LATE_SECONDS))
    sampler.cancel()
    return Spell(
        delays_seconds=tuple(_delay_seconds(box, one) for one in ended),
        told_twice=sum(len(_told(box, one)) > 1 for one in ended),
        first_look_seconds=first_look_seconds,
        looks_per_job=looks / len(ended),
        calls_per_job=calls / len(ended),
        peak_bytes=max(peak),
        processor_share=used / passed_seconds,
    )


async def _until(condition: Callable[[], bool], limit_seconds: float) -> None:
    """Looked at twice a second: at every change it would cost more than what is measured."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_seconds):
            while not condition():  # noqa: ASYNC110 - there are far more events than looks are wanted
                await asyncio.sleep(0.5)


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


def _delay_seconds(box: Box, one: Seat) -> float:
    told, end = _told(box, one), box.kie.task(one.task_id).end
    return told[0] - end.at.timestamp() if told and end else inf


def report(found: Waiting) -> list[str]:
    """Lines to print."""
    title = (
        f"{found.jobs:,} jobs waiting, {ENDS_PER_SECOND:.0f} of them end each second; "
        f"{SPELL_SECONDS:.0f} s of that"
    )
    arms = (("callbacks", found.called_back), ("polling", found.polled))
    lines = [line for name, ours in arms for line in _lines(name, ours, found.baseline)]
    return [
        *table(title, lines),
        "  The first look of ours is that of a restart after SIGKILL, from the database. The baseline knows",
        "  no job after a restart: it was started once, and handed them all.",
        f"  What was not told within {LATE_SECONDS:.0f} s after the spell has an infinite delay.",
        f"  Our look-ups keep to a budget of {BUDGET_PER_SECOND} a second; by polling alone, that decides.",
    ]


def _lines(name: str, ours: Spell, plain: Spell) -> list[Line]:
    def both(figure: str, of: Callable[[Spell], float], unit: str = "", digits: int = 2) -> Line:
        return Line(f"{name}: {figure}", of(ours), of(plain), unit, digits)

    told, told_by_plain = (100 * one.told / one.ended for one in (ours, plain))
    return [
        both("done to told, median", lambda one: quantile(one.delays_seconds, 0.5), "s"),
        both("done to told, 99th percentile", lambda one: quantile(one.delays_seconds, 0.99), "s"),
        Line(f"{name}: told", told, told_by_plain, "%", digits=0, less_is_better=False),
        both("told twice", lambda one: one.told_twice, digits=0),
        both("look-ups per job", lambda one: one.looks_per_job),
        both("requests to Discord per job", lambda one: one.calls_per_job),
        both("memory at most", lambda one: one.peak_bytes / MEGA, "MB", 0),
        both("processor, of one core", lambda one: one.processor_share * 100, "%", 0),
        both("process start to first look", lambda one: one.first_look_seconds, "s"),
    ]
