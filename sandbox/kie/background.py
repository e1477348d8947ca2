"""Coroutines that outlive the request that started them, ended with the sandbox."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Background:
    """Holds running coroutines; a defect in one of them, or in a request, surfaces at the end."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._defects: list[BaseException] = []

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        running = asyncio.create_task(work)
        self._running.add(running)
        running.add_done_callback(self._ended)
        return running

    def note(self, defect: BaseException) -> None:
        """Keep what went wrong elsewhere (a hook's failed assertion, say) for `close` to raise."""
        self._defects.append(defect)

    async def close(self) -> None:
        """Cancel what still runs.

        Raises:
            Exception: the first defect.
        """
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._defects:
            raise self._defects[0]

    def _ended(self, running: asyncio.Task[None]) -> None:
        self._running.discard(running)
        if not running.cancelled() and (defect := running.exception()):
            self._defects.append(defect)
