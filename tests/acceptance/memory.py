"""What the bot remembers, asked without awaiting; and time that passes for it without anybody waiting."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Table

import storage.moderation_tables  # noqa: F401 - its times pass, too
from storage.moments import Moment
from storage.schema import metadata
from tests.acceptance.history import MICROSECONDS, Row
from tests.acceptance.witness import ROW_ORDER, TABLES, Reader

LOOK_SECONDS = 0.02
"""Neither a database nor a folder tells anybody that it changed, so this is how often they are looked at."""
LIMIT_SECONDS = 40.0
SHORT_WHILE_SECONDS = 30.0
"""Longer than any pause between two tries in these tests, and shorter than an interaction can be answered."""
LONG_WHILE_SECONDS = 3700.0
"""Longer than the longest time for which the queue stands still."""
LEASE = "leased_until"
NOT_SUBMITTED = "state IN ('received', 'offered', 'mending', 'queued', 'handed_over')"
CALL_OFF = (
    "UPDATE attempts SET state = 'cancelled', ended_at = due_at"  # noqa: S608 - our own words
    f" WHERE {NOT_SUBMITTED} AND leased_until IS NULL"
)
TO_COME = f"SELECT attempt_id FROM attempts WHERE {NOT_SUBMITTED} OR state = 'submitting'"  # noqa: S608 - our own words

T = TypeVar("T")


class Memory:
    """One data folder and the database that belongs to it; by default the file in the folder."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        url = database_url or f"sqlite:///{folder / 'dramatis.db'}"
        self._reader = Reader(url, keeps_connections=False)
        self._clips = folder / "clips"

    def rows(self, statement: str, **values: Any) -> list[Row]:
        """The rows of a SELECT."""
        return _at_once(self._reader.rows(statement, **values))

    def count(self, prompt: str) -> int:
        """How many jobs have this prompt."""
        return len(self.rows("SELECT job_id FROM jobs WHERE prompt = :prompt", prompt=prompt))

    def states(self, prompt: str) -> list[str]:
        """The states of a job's attempts, the first attempt first."""
        statement = (
            "SELECT state FROM attempts JOIN jobs USING (job_id) WHERE prompt = :prompt ORDER BY number"
        )
        return [row["state"] for row in self.rows(statement, prompt=prompt)]

    def tries(self, prompt: str) -> int:
        """How often a step of a job's latest attempt was repeated: the present one, or the submission."""
        statement = (
            "SELECT tries + resubmissions AS tries FROM attempts JOIN jobs USING (job_id)"
            " WHERE prompt = :prompt ORDER BY number DESC"
        )
        return next((int(row["tries"]) for row in self.rows(statement, prompt=prompt)), 0)

    def parked(self, prompt: str, kind: str) -> str | None:
        """Why an announcement of a job could not be made; None for one that still may be."""
        return next((row["parked_reason"] for row in self._announcements(prompt, kind)), None)

    def announced(self, prompt: str, kind: str) -> bool:
        """Whether an announcement of a job is noted as made."""
        return any(row["state"] == "delivered" for row in self._announcements(prompt, kind))

    def _announcements(self, prompt: str, kind: str) -> list[Row]:
        statement = (
            "SELECT announcements.* FROM announcements JOIN jobs USING (job_id)"
            " WHERE prompt = :prompt AND kind = :kind"
        )
        return self.rows(statement, prompt=prompt, kind=kind)

    def texts(self) -> str:
        """Everything in all tables, to look for what should not be there."""
        return "\n".join(repr(self.rows(f"SELECT * FROM {table}")) for table in TABLES)  # noqa: S608 - our own names

    def clips(self) -> list[Path]:
        """Every file of the clip store, those on trial included."""
        return sorted(path for path in self._clips.rglob("*") if path.is_file())

    def let_time_pass(self, seconds: float = SHORT_WHILE_SECONDS) -> None:
        """Move everything that is remembered into the past, as if nobody had looked for so long.

        Leases stay: what the bot does at this moment, it goes on doing.
        """
        moments = [
            (table.name, column.name)
            for table in sorted(metadata.tables.values(), key=_place_in_order)
            for column in table.columns
            if isinstance(column.type, Moment) and column.name != LEASE
        ]
        shifts = [f"UPDATE {table} SET {column} = {column} - :by" for table, column in moments]  # noqa: S608 - the schema's names
        _at_once(self._reader.change(*shifts, by=round(seconds * MICROSECONDS)))

    async def call_off(self) -> None:
        """Nothing is ordered any more that was not ordered yet; what is in hand comes to its end.

        Raises:
            TimeoutError: something did not.
        """

        def is_done() -> bool:
            _at_once(self._reader.change(CALL_OFF))
            return not self.rows(TO_COME)

        await self.until(is_done, "nothing to order")

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


def _place_in_order(table: Table) -> int:
    return ROW_ORDER.index(table.name) if table.name in ROW_ORDER else len(ROW_ORDER)


def _at_once(asked: Coroutine[Any, Any, T]) -> T:
    """The answer, while the caller and its event loop wait: a look takes milliseconds."""
    with ThreadPoolExecutor(max_workers=1) as elsewhere:
        return elsewhere.submit(asyncio.run, asked).result()
