"""What the bot remembers, read from its data folder; and time that passes for it without anybody waiting."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

LOOK_SECONDS = 0.02
"""Neither SQLite nor a folder tells anybody that it changed, so this is how often they are looked at."""
BUSY_SECONDS = 10.0
LIMIT_SECONDS = 15.0
PASSED_MICROSECONDS = 2 * 3600 * 1_000_000
"""Longer than any wait of an attempt, and short against the day after which one is given up."""
TABLES = ("jobs", "attempts", "announcements", "characters")

T = TypeVar("T")


class Memory:
    """One data folder."""

    def __init__(self, folder: Path) -> None:
        self._database = folder / "dramatis.db"
        self._clips = folder / "clips"

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """The rows of a SELECT."""
        with closing(self._open()) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(statement, values)]

    def count(self, prompt: str) -> int:
        """How many jobs have this prompt."""
        return len(self.rows("SELECT job_id FROM jobs WHERE prompt = ?", prompt))

    def states(self, prompt: str) -> list[str]:
        """The states of a job's attempts, the first attempt first."""
        statement = "SELECT state FROM attempts JOIN jobs USING (job_id) WHERE prompt = ? ORDER BY number"
        return [row["state"] for row in self.rows(statement, prompt)]

    def tries(self, prompt: str) -> int:
        """How often the present step of a job's latest attempt was repeated."""
        statement = (
            "SELECT tries FROM attempts JOIN jobs USING (job_id) WHERE prompt = ? ORDER BY number DESC"
        )
        return next((int(row["tries"]) for row in self.rows(statement, prompt)), 0)

    def parked(self, prompt: str, kind: str) -> str | None:
        """Why an announcement of a job could not be made; None for one that still may be."""
        return next((row["parked_reason"] for row in self._announcements(prompt, kind)), None)

    def announced(self, prompt: str, kind: str) -> bool:
        """Whether an announcement of a job is noted as made."""
        return any(row["state"] == "delivered" for row in self._announcements(prompt, kind))

    def _announcements(self, prompt: str, kind: str) -> list[dict[str, Any]]:
        statement = (
            "SELECT announcements.* FROM announcements JOIN jobs USING (job_id) WHERE prompt = ? AND kind = ?"
        )
        return self.rows(statement, prompt, kind)

    def texts(self) -> str:
        """Everything in all tables, to look for what should not be there."""
        return "\n".join(repr(self.rows(f"SELECT * FROM {table}")) for table in TABLES)  # noqa: S608 - our own names

    def clips(self) -> list[Path]:
        """Every file of the clip store, those on trial included."""
        return sorted(path for path in self._clips.rglob("*") if path.is_file())

    def let_time_pass(self) -> None:
        """Make everything due that waits for a later time: retries, closed circuits, announcements."""
        with closing(self._open()) as connection, connection:
            # Both, or a job whose first response is in doubt would read as one that was acknowledged.
            connection.execute(
                "UPDATE attempts SET created_at = created_at - ?, due_at = due_at - ? WHERE ended_at IS NULL",
                (PASSED_MICROSECONDS, PASSED_MICROSECONDS),
            )
            connection.execute("UPDATE circuits SET probe_at = 0")
            connection.execute("UPDATE announcements SET due_at = 0 WHERE state = 'pending'")

    async def until(self, look: Callable[[], T], told: str, limit_seconds: float = LIMIT_SECONDS) -> T:
        """The first answer of `look` that is true.

        Raises:
            TimeoutError: there was none in time.
        """
        try:
            async with asyncio.timeout(limit_seconds):
                while not (found := look()):  # noqa: ASYNC110 - there is no event to wait for
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise TimeoutError(f"{told}, but: {look()!r}") from None
        return found

    async def until_state(self, prompt: str, *states: str) -> None:
        """Wait until a job's attempts are in these states.

        Raises:
            TimeoutError: they did not get there.
        """
        wanted = list(states)
        try:
            await self.until(lambda: self.states(prompt) == wanted, f"attempts should be {wanted}")
        except TimeoutError:
            raise TimeoutError(f"attempts should be {wanted}, but are {self.states(prompt)}") from None

    async def until_tries(self, prompt: str, count: int) -> None:
        """Wait until the present step of a job has been repeated so often.

        Raises:
            TimeoutError: it has not.
        """
        await self.until(lambda: self.tries(prompt) == count, f"{count} tries")

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._database, timeout=BUSY_SECONDS)
