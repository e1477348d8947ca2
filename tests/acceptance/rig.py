"""A house whose bot is killed at chosen moments, brought back, and judged once everything is at rest."""

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from sandbox.discord.guilds import Guild
from sandbox.kie.outcomes import CallbackScript, Outcome
from sandbox.kie.tasks import Task
from tests.acceptance.evidence import history_of
from tests.acceptance.history import ENDED, MICROSECONDS, Books, violations
from tests.acceptance.house import TASK_SECONDS, House, open_house
from tests.acceptance.witness import Reader, now_microseconds
from tests.canaries import WEBHOOK_KEY

WATCH_SECONDS = 0.002
LOOK_SECONDS = 0.02
"""No database tells anybody that it changed, so this is how often it is looked at."""
SOON_MICROSECONDS = MICROSECONDS // 2
"""What is due later than this is brought forward, so that nobody waits for it."""
REST_SECONDS = 45.0
"""Patience with a run in which no attempt ends any more."""
KILL_SECONDS = 40.0
OFF = ""
FIXED_PORTS = (20_000, 32_000)
"""Below what Linux and others hand out: a bot that is dead for a while finds its port free again."""
EXPECTED_LOG_EVENTS = frozenset({"submission_outcome_unknown"})
EXPECTED_REFUSALS = frozenset({160004, 40060})
"""Discord's answers to a second thread on a card and to a second first response."""


class NotAtRest(Exception):
    """Carries what was still open when patience ended."""

    def __init__(self, books: Books, log_tail: str) -> None:
        attempts = [(row["job_id"], row["state"], row["fault"]) for row in books.attempts]
        pending = [(row["job_id"], row["kind"]) for row in books.announcements if row["state"] == "pending"]
        super().__init__(f"attempts {attempts}, to be told {pending}\n{log_tail}")


async def _nobody(_: Books) -> bool:
    return False


class Rig:
    """One house and its database. `port` is where callbacks go."""

    def __init__(self, house: House, reader: Reader, port: int) -> None:
        self.house = house
        self.reader = reader
        self.port = port
        self.rest_seconds = REST_SECONDS
        self.killed = asyncio.Event()
        self.kills = self.orders = 0
        self._watching: set[asyncio.Task[None]] = set()
        self._faultless: list[Guild] = []

    @property
    def has_callbacks(self) -> bool:
        return self.house.bot.environment.get("PUBLIC_BASE_URL", OFF) != OFF

    @property
    def is_connected(self) -> bool:
        """Whether Discord has the bot on the line."""
        return self.house.discord.gateway.is_ready(self.house.bot.shards)

    async def begin(self, *, callbacks: bool) -> None:
        """A new run: nothing is planned, and the bot runs with callbacks or without."""
        self.house.begin()
        self.house.expected_log_events |= EXPECTED_LOG_EVENTS
        self.house.expected_refusals |= EXPECTED_REFUSALS
        self.plan()
        if self.house.bot.is_running and callbacks != self.has_callbacks:
            await self.house.bot.kill()
        self.house.bot.environment["PUBLIC_BASE_URL"] = f"http://127.0.0.1:{self.port}" if callbacks else OFF
        if not self.house.bot.is_running:
            await self.house.bot.start()

    def plan(self) -> None:
        """Whatever was planned is off; the next moment may be chosen."""
        self.house.kie.faults.clear()
        self.house.kie.default = Outcome(seconds=TASK_SECONDS)
        self.house.discord.faults.clear()
        self.killed.clear()
        for task in self._watching:
            task.cancel()
        self._watching.clear()

    async def kill(self, *_: Any) -> None:
        """SIGKILL, once: later calls do nothing until `again`. Fits every hook of the sandbox."""
        if self.killed.is_set():
            return
        self.killed.set()
        self.kills += 1
        await self.house.bot.kill()

    async def was_killed(self) -> None:
        """Wait until the planned moment has come.

        Raises:
            TimeoutError: it did not come.
        """
        planned = asyncio.create_task(self.killed.wait())
        await asyncio.wait(
            [planned, *self._watching], timeout=KILL_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        planned.cancel()
        for watching in self._watching:
            if watching.done():
                watching.result()
        if not self.killed.is_set():
            raise TimeoutError(self.house.bot.log_tail)
        await self.house.bot.wait()
        await self.house.discord.bot_gone(shards=self.house.bot.shards)

    def watch(self, look: Callable[["Rig"], Awaitable[bool]]) -> None:
        """Kill as soon as something is true that can only be looked at."""

        async def watching() -> None:
            while not await look(self):  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(WATCH_SECONDS)
            await self.kill()

        self._watching.add(asyncio.create_task(watching()))

    async def rest(self, guild: Guild, people: Callable[[Books], Awaitable[bool]] = _nobody) -> Books:
        """Wait until nothing is left to do, with time passing for whatever waits.

        `people` may do something more whenever there is nothing to do; they say whether they did.

        Raises:
            NotAtRest: something stays open.
        """
        most, deadline = -1, 0.0
        while True:
            asked = self._is_being_asked(guild)  # before the books: what is answered stands in them
            books = await self.reader.books(guild.id)
            busy = asked or not books.is_settled
            if not busy and not await self._settle_late(books) and not await people(books):
                return books
            ended = sum(row["state"] in ENDED for row in books.attempts)
            if ended > most:
                most, deadline = ended, time.monotonic() + self.rest_seconds
            elif time.monotonic() > deadline:
                raise NotAtRest(books, self.house.bot.log_tail)
            await self._hurry(books)
            await asyncio.sleep(LOOK_SECONDS)

    async def violations(self, guild: Guild) -> list[str]:
        """What must not have happened in this run and did."""
        return violations(await history_of(self.house, self.reader, guild, self.house.tasks()))

    async def judged(self, guild: Guild, people: Callable[[Books], Awaitable[bool]] = _nobody) -> list[str]:
        """What must not have happened in this run and did, once it is at rest."""
        await self.rest(guild, people)
        found = [*await self.violations(guild), *self.house.faults()]
        if not found:
            self._faultless.append(guild)
        return found

    async def judged_again(self) -> list[str]:
        """What has happened since to servers in which nothing was wrong."""
        tasks = self.house.kie.ledger.tasks
        histories = [await history_of(self.house, self.reader, guild, tasks) for guild in self._faultless]
        return [sentence for history in histories for sentence in violations(history)]

    def _is_being_asked(self, guild: Guild) -> bool:
        """Whether somebody there may still get a first answer."""
        calls = self.house.discord.world.calls.values()
        return any(
            call.response is None and call.channel.guild is guild and not call.is_too_late for call in calls
        )

    async def _hurry(self, books: Books) -> None:
        """Bring forward what waits for a later time, if nothing else is going on."""
        attempts = [row for row in books.attempts if row["ended_at"] is None]
        pending = [row for row in books.announcements if row["state"] == "pending"]
        if any(row["leased_until"] is not None for row in (*attempts, *pending)):
            return
        wait = min((row["due_at"] - now_microseconds() for row in (*attempts, *pending)), default=0)
        if wait > SOON_MICROSECONDS:
            await self.reader.let_pass(wait)

    async def _settle_late(self, books: Books) -> bool:
        """Call back for what the bot lost track of, as a provider would that tries again; whether it did."""
        if not self.has_callbacks:
            return False
        unknown = {row["callback_token"] for row in books.attempts if row["state"] == "unknown"}
        lost = [task for token in unknown for task in self.house.kie.ledger.accepted_for(token)]
        for task in filter(_has_ended, lost):
            await self.house.kie.call_back(task.task_id, CallbackScript())
        return bool(lost)


def _has_ended(task: Task) -> bool:
    return task.end is not None


def free_port() -> int:
    """A port that nobody listens on at this moment, and that no system gives to whoever asks for any port."""
    while True:
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", random.randrange(*FIXED_PORTS)))
            return int(listener.getsockname()[1])


def rig_settings(database_url: str, port: int) -> dict[str, str]:
    """What a bot of a rig is told on top of a house's settings."""
    return {
        "WEB_PORT": str(port),
        "DATABASE_URL": database_url,
        # The local provider's tasks end within a tenth of a second; the first look is to fall after that.
        "POLL_SCHEDULE": "0.15",
    }


@asynccontextmanager
async def open_rig(folder: Path, database_url: str) -> AsyncIterator[Rig]:
    """A house with a fixed port for callbacks; the bot is not started yet."""
    port, reader = free_port(), Reader(database_url)
    settings = rig_settings(database_url, port)
    try:
        async with open_house(folder, settings, webhook_key=WEBHOOK_KEY) as house:
            yield Rig(house, reader, port)
    finally:
        await reader.close()
