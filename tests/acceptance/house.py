"""A local Discord, a local provider and the bot as a process of its own, over one data folder."""

import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.bot_run import ROOT, BotRun
from sandbox.box import Box, open_sandbox
from sandbox.discord.asks import RecordedRequest
from sandbox.discord.server import Discord
from sandbox.kie.omni import OmniCharacter
from sandbox.kie.outcomes import Outcome
from sandbox.kie.server import Kie
from sandbox.kie.tasks import Task
from tests.acceptance.memory import Memory
from tests.canaries import secrets_in
from tests.loopback import guard_for_children

TASK_SECONDS = 0.1
POLL_SCHEDULE = "0.1"
PLENTY_CREDITS = Decimal(1_000_000)
"""A house serves test after test, and the longest storms; the account must not run dry in one of them."""
OPENAPI = ROOT.parent / "shared" / "discord" / "openapi.json"
LOUD = frozenset({"error", "critical"})
SAFETY = "\n\nSafety:\n"
REFUSED_FORM = frozenset({400, 401, 405, 413})
"""What Discord says to requests that no bot should make; 403 and 404 can be nobody's fault."""


def openapi_path() -> Path | None:
    """Discord's own description of its interface, where there is a copy; a named one has to be there."""
    named = os.environ.get("DISCORD_OPENAPI")
    if named:
        return Path(named)
    return OPENAPI if OPENAPI.is_file() else None


class House:
    """Everything that a test needs, and what was noticed in it since the last `begin`."""

    def __init__(self, box: Box, bot: BotRun, folder: Path, beyond_loopback: Path) -> None:
        self.box = box
        self.bot = bot
        self.folder = folder
        self.memory = Memory(folder / "data", bot.environment.get("DATABASE_URL"))
        self.expected_log_events: set[str] = set()
        self.expected_refusals: set[int] = set()  # by HTTP status or Discord's code
        self._beyond_loopback = beyond_loopback
        self._marks = (0, 0, 0, 0)

    @property
    def discord(self) -> Discord:
        return self.box.discord

    @property
    def kie(self) -> Kie:
        return self.box.kie

    def begin(self) -> None:
        """A new test: nothing is scripted, nothing was noticed; what it sees starts here."""
        self.kie.faults.clear()
        self.kie.runner.scripted.clear()
        self.kie.default = Outcome(seconds=TASK_SECONDS)
        self.kie.resume_model()
        self.kie.resume_omni()
        self.kie.omni.ids.clear()
        self.discord.faults.clear()
        self.expected_log_events, self.expected_refusals = set(), set()
        self._marks = (
            len(self.discord.violations),
            len(self.discord.requests),
            len(self.bot.log),
            len(self.kie.ledger.tasks),
        )

    def requests(self) -> list[RecordedRequest]:
        """What the bot asked Discord for since the test began."""
        return self.discord.requests[self._marks[1] :]

    def tasks(self) -> list[Task]:
        """What the provider was paid for since the test began."""
        return self.kie.ledger.tasks[self._marks[3] :]

    def log_events(self) -> list[dict[str, Any]]:
        """What the bot logged since the test began."""
        return [event_of(line) for line in self.bot.log[self._marks[2] :].splitlines() if line.strip()]

    async def logged(self, event: str, count: int = 1) -> None:
        """Wait until the bot has logged this since the test began."""
        await self.memory.until(
            lambda: sum(one.get("event") == event for one in self.log_events()) >= count,
            f"{event} in the log",
        )

    def faults(self) -> list[str]:
        """Everything that must not happen in any test and did."""
        seen = [f"outside Discord's document: {one}" for one in self.discord.violations[self._marks[0] :]]
        seen += [
            f"refused by Discord: {one.method} {one.path} {one.status} {one.answer}"
            for one in self.requests()
            if (one.status in REFUSED_FORM or not one.route)
            and not {one.status, one.code} & self.expected_refusals
        ]
        seen += [
            f"logged: {one}"
            for one in self.log_events()
            if one.get("level") in LOUD and one.get("event") not in self.expected_log_events
        ]
        seen += [f"told in the log: {one}" for one in secrets_in(self.bot.log[self._marks[2] :])]
        if self._beyond_loopback.exists():
            seen.append(f"beyond loopback: {self._beyond_loopback.read_text(encoding='utf-8')}")
            self._beyond_loopback.unlink()
        return seen + [f"paid more than once for an attempt: {prompt}" for prompt in self._paid_twice()]

    def _paid_twice(self) -> list[str]:
        """Jobs with more tasks than attempts; each attempt that a person asked for may cost one."""
        groups = [(group[0].prompt or "", len(group)) for group in self.kie.ledger.double_submissions()]
        groups += [(prompt_in(group[0]), len(group)) for group in self.kie.omni.doubled()]
        return [prompt for prompt, count in groups if count > len(self.memory.states(prompt))]


def prompt_in(character: OmniCharacter) -> str:
    """What the member wrote of it; the safety text follows in the same field."""
    return character.request.descriptions.partition(SAFETY)[0]


def event_of(line: str) -> dict[str, Any]:
    """What a line of the bot's log says; one that is no JSON comes as an error."""
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"level": "error", "event": line}


@asynccontextmanager
async def open_house(
    folder: Path, settings: Mapping[str, str] | None = None, *, webhook_key: str | None = None
) -> AsyncIterator[House]:
    """Both servers, and a bot that is not started yet; `settings` come on top of the sandbox's.

    With a `webhook_key` callbacks are signed.
    """
    async with open_box(webhook_key) as box, house_in(box, folder, settings) as house:
        yield house


@asynccontextmanager
async def open_box(webhook_key: str | None = None) -> AsyncIterator[Box]:
    """Both servers, and an account that nothing here exhausts."""
    async with open_sandbox(openapi_path(), webhook_key=webhook_key) as box:
        box.kie.account.submission_window = None
        box.kie.account.balance = PLENTY_CREDITS
        yield box


@asynccontextmanager
async def house_in(box: Box, folder: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[House]:
    """One more bot in a sandbox, not started yet, with a data folder of its own."""
    guard, attempts = guard_for_children(folder)
    environment = box.environment(folder / "data") | {
        "POLL_SCHEDULE": POLL_SCHEDULE,
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "DEBUG",
        "DAILY_CREATION_CAP": "100000",
        "KIE_SUBMIT_RATE": "1000/1s",
        "PYTHONPATH": os.pathsep.join((str(guard), str(ROOT))),
        **(settings or {}),
    }
    bot = BotRun(environment, folder, box.discord)
    try:
        yield House(box, bot, folder, attempts)
    finally:
        await bot.close()


class Street:
    """One house for test after test; a house in which something went wrong is left for a new one."""

    def __init__(self, new_folder: Callable[[], Path]) -> None:
        self._new_folder = new_folder
        self._stack = AsyncExitStack()
        self._house: House | None = None

    async def house(self) -> House:
        """The present house, its bot running."""
        if self._house is None:
            self._house = await self._stack.enter_async_context(open_house(self._new_folder()))
        self._house.begin()
        if not self._house.bot.is_running:
            await self._house.bot.start()
        return self._house

    async def leave(self) -> None:
        """Close the present house; the next test gets another."""
        self._house = None
        await self._stack.aclose()
