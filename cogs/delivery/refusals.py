"""Counts what Discord refuses: it bans addresses for an hour that send too much that is invalid.

Discord: Rate Limits, Invalid Request Limit: 10,000 answers of 401, 403 or 429 in ten minutes. Most of them
would be the outbox's, trying again with everything that waits.
"""

from collections import deque
from datetime import datetime, timedelta
from types import SimpleNamespace

import aiohttp
import structlog

from bot.ports import Clock

COUNTED = frozenset({401, 403, 429})
SHARED_SCOPE = "shared"
"""A 429 that others have caused does not count."""
WINDOW = timedelta(minutes=10)
LIMIT = 1000
"""A tenth of what Discord allows: other programs may share the address."""

log = structlog.get_logger(__name__)


class Refusals:
    """The refusals of the last ten minutes."""

    def __init__(self, clock: Clock, *, limit: int = LIMIT) -> None:
        self._clock = clock
        self._limit = limit
        self._at: deque[datetime] = deque(maxlen=limit)

    def trace(self) -> aiohttp.TraceConfig:
        """For the session whose answers are to be counted."""
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._answered)
        return trace

    def wait_seconds(self) -> float:
        """How long to ask for nothing more that can wait; 0 as long as few were refused."""
        now = self._clock.now()
        # What is dated later than now comes from a clock that has since been put back.
        counted = [at for at in self._at if now - WINDOW < at <= now]
        if len(counted) < self._limit:
            return 0.0
        return (min(counted) + WINDOW - now).total_seconds()

    async def _answered(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        answer = end.response
        if answer.status not in COUNTED or answer.headers.get("X-RateLimit-Scope") == SHARED_SCOPE:
            return
        was_waiting = self.wait_seconds() > 0
        self._at.append(self._clock.now())
        if not was_waiting and self.wait_seconds() > 0:
            log.error("discord_refuses_too_much", refusals=self._limit, minutes=WINDOW.total_seconds() / 60)
