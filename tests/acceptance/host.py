"""A house whose host is spoilt: its disk, its clock, its memory of open files; each can be mended again."""

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from sandbox.discord.guilds import Guild
from tests.acceptance.crowd import Crowd
from tests.acceptance.history import Row
from tests.acceptance.hosted_bot import CLOCK_BYTES, CLOCK_FILE
from tests.acceptance.rig import LOOK_SECONDS, Rig, open_rig
from tests.acceptance.scene import WAIT_SECONDS, Scene

NOTHING_BYTES = 1
"""No file may grow beyond this, so that not a page can be written."""
NO_MORE_FILES = 3
"""Every number from here on is too high (Linux: getrlimit); the lower ones are taken for good."""
LEASED = ("attempts", "announcements")
RECONNECTS = ("Attempting a reconnect for shard ID",)
"""How discord.py begins what it logs, as an error, when the gateway cannot be reached."""
READY = 200
OUT_OF_REACH = "My own records are out of reach"
STORAGE_TROUBLE = frozenset(
    {
        "acknowledgement_not_stored",
        "operator_news_untold",
        "balance_unwatched",
        "bulk_failed",
        "check_failed",
        "claim_failed",
        "clock_unwatched",
        "delivery_failed",
        "departures_failed",
        "departures_not_stopped",
        "erasures_failed",
        "lane_step_failed",
        "late_job_not_taken_back",
        "log_lines_untold",
        "missed_reactions_unread",
        "membership_not_noted",
        "records_unavailable",
        "reminders_failed",
        "reports_untold",
        "retention_failed",
        "step_failed",
        "sweep_failed",
        "answer_not_stored",
        "task_times_unread",
    }
)
"""What is logged, loudly, while nothing can be written."""


def tried_when(state: str) -> Callable[[Row], bool]:
    """Whether an attempt is in that state, and what it does there has failed at least once."""
    return lambda row: row["state"] == state and row["tries"] > 0


class Host:
    """What a bot stands on. The rig's bot runs as `tests.acceptance.hosted_bot`."""

    def __init__(self, rig: Rig, clock_file: Path) -> None:
        self.rig = rig
        self._clock_file = clock_file
        self.set_clock(0)

    @property
    def data(self) -> Path:
        return self.rig.house.folder / "data"

    @property
    def database(self) -> Path:
        return self.data / "dramatis.db"

    def set_clock(self, seconds_ahead: float) -> None:
        """The bot's clock is so far ahead of the system's, or, when negative, behind."""
        self._is_clock_right = seconds_ahead == 0
        with self._clock_file.open("r+b" if self._clock_file.exists() else "wb", buffering=0) as file:
            file.write(f"{seconds_ahead:<{CLOCK_BYTES}}".encode("ascii"))

    def fill_disk(self) -> None:
        """Whatever the bot wants to write to a file fails, the superuser's bot included."""
        self._limit(resource.RLIMIT_FSIZE, NOTHING_BYTES)

    def make_room(self) -> None:
        self._limit(resource.RLIMIT_FSIZE, resource.RLIM_INFINITY)

    def use_up_files(self) -> None:
        """The bot can open nothing more, no file and no connection; what it has open stays so."""
        self._limit(resource.RLIMIT_NOFILE, NO_MORE_FILES)

    def free_files(self) -> None:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._limit(resource.RLIMIT_NOFILE, most)

    def fall_asleep(self) -> None:
        os.kill(self.rig.house.bot.pid, signal.SIGSTOP)

    def wake_up(self) -> None:
        os.kill(self.rig.house.bot.pid, signal.SIGCONT)

    async def is_ready(self) -> bool:
        """What the bot says of itself."""
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{self.rig.port}/readyz"
            async with session.get(url) as answer:
                return answer.status == READY

    async def until_ready(self, *, ready: bool = True) -> None:
        """Wait until the bot calls itself ready, or not."""
        async with asyncio.timeout(WAIT_SECONDS):
            while await self.is_ready() is not ready:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(LOOK_SECONDS)

    async def until_rows(self, guild: Guild, table: str, so: Callable[[Row], bool], count: int = 1) -> None:
        """Wait until the table has so many rows of the server that are so; a host serves others as well."""
        async with asyncio.timeout(WAIT_SECONDS):
            while await self._count(guild, table, so) != count:  # noqa: ASYNC110 - nothing to wait on
                await asyncio.sleep(LOOK_SECONDS)

    async def _count(self, guild: Guild, table: str, so: Callable[[Row], bool]) -> int:
        return sum(map(so, getattr(await self.rig.reader.books(guild.id), table)))

    async def end_leases(self) -> None:
        """As after the minutes for which a step holds its row; only when nothing is in hand."""
        await self.rig.reader.change(*(f"UPDATE {table} SET leased_until = NULL" for table in LEASED))  # noqa: S608 - our own names

    async def try_circuits(self) -> None:
        """As if the time had come to ask whether a provider takes orders again."""
        await self.rig.reader.change("UPDATE circuits SET probe_at = 0")

    async def mend(self) -> None:
        """Whatever a test did, undone; a bot whose clock would jump again is left for a new one."""
        bot = self.rig.house.bot
        if bot.is_running:
            self.wake_up()
            self.make_room()
            self.free_files()
        if bot.is_running and not self._is_clock_right:
            await bot.kill()
        self.set_clock(0)
        await self.rig.reader.change("DELETE FROM circuits")

    def _limit(self, kind: int, soft: int) -> None:
        """Lowers or raises a limit of the running bot; the hard limit stays, so that everybody may do so."""
        _, hard = resource.prlimit(self.rig.house.bot.pid, kind)
        resource.prlimit(self.rig.house.bot.pid, kind, (soft, hard))


@asynccontextmanager
async def open_host(folder: Path, database_url: str | None = None) -> AsyncIterator[Host]:
    """A rig with a host around it; the bot is not started yet. The database is a file unless given."""
    url = database_url or f"sqlite:///{folder / 'data' / 'dramatis.db'}"
    async with open_rig(folder, url) as rig:
        host = Host(rig, folder / "clock")
        rig.house.bot.module = "tests.acceptance.hosted_bot"
        rig.house.bot.environment[CLOCK_FILE] = str(folder / "clock")
        yield host


class Town:
    """One host for test after test; one on which something went wrong is left for a new one.

    `settings` are the bot's, on top of a rig's.
    """

    def __init__(self, new_folder: Callable[[], Path], settings: Mapping[str, str] | None = None) -> None:
        self._new_folder = new_folder
        self._settings = settings or {}
        self._stack = AsyncExitStack()
        self._host: Host | None = None

    async def host(self) -> Host:
        """The present host; its bot may not run yet."""
        if self._host is None:
            self._host = await self._stack.enter_async_context(open_host(self._new_folder()))
            self._host.rig.house.bot.environment.update(self._settings)
        return self._host

    async def tidy_up(self, host: Host, *, failed: bool) -> None:
        """After a test."""
        await (self.leave() if failed else host.mend())

    async def leave(self) -> None:
        self._host = None
        await self._stack.aclose()


def crowd_in(host: Host, name: str) -> Crowd:
    """People in a server of a test's own."""
    return Crowd(host.rig, Scene(host.rig.house, name))


def forgive(crowd: Crowd, beginnings: Iterable[str] = RECONNECTS) -> None:
    """Expect what was logged with such words at the beginning, whatever numbers follow."""
    house = crowd.rig.house
    events = {str(one.get("event")) for one in house.log_events()}
    house.expected_log_events |= {one for one in events if one.startswith(tuple(beginnings))}
