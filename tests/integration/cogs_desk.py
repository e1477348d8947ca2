"""The real desk and library, watched: what they were asked is noted, and their answers can be held up."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from bot.errors import DramatisError
from bot.jobs.characters.library import CharacterLibrary
from bot.jobs.desk import Desk
from bot.model import Attempt, Character, MessageRef, Person
from bot.notices import Announcement

T = TypeVar("T")


class TrackedDesk(Desk):
    """The real desk, which notes what it was asked once that is done, and wakes who waits for it."""

    def __init__(self, **needs: Any) -> None:
        super().__init__(**needs)
        self.acknowledged: dict[str, MessageRef | None] = {}
        self.withdrawn: list[str] = []
        self.looked_up: list[MessageRef] = []
        self.retries: list[Attempt | DramatisError] = []
        self._noted = asyncio.Event()

    async def until(self, probe: Callable[[], T | None], timeout_seconds: float = 20.0) -> T:
        """The first value of `probe` that is not None; it is tried after everything the desk has done."""
        async with asyncio.timeout(timeout_seconds):
            while (value := probe()) is None:
                self._noted.clear()
                await self._noted.wait()
        return value

    async def acknowledge(self, job_id: str, card: MessageRef | None) -> None:
        await super().acknowledge(job_id, card)
        self.acknowledged[job_id] = card
        self._noted.set()

    async def withdraw(self, job_id: str) -> None:
        await super().withdraw(job_id)
        self.withdrawn.append(job_id)
        self._noted.set()

    async def announcement_on(self, message: MessageRef) -> Announcement | None:
        found = await super().announcement_on(message)
        self.looked_up.append(message)
        self._noted.set()
        return found

    async def retry(self, job_id: str, attempt_number: int, person: Person) -> Attempt:
        try:
            attempt = await super().retry(job_id, attempt_number, person)
        except DramatisError as error:
            self.retries.append(error)
            self._noted.set()
            raise
        self.retries.append(attempt)
        self._noted.set()
        return attempt


class SlowLibrary(CharacterLibrary):
    """The real library, with a door that can be shut."""

    def __init__(self, **needs: Any) -> None:
        super().__init__(**needs)
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def usable(self, person: Person) -> list[Character]:
        await self.is_open.wait()
        return await super().usable(person)
