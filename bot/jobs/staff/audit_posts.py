"""Tells what moderators do in the channel that their server has chosen for it."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import structlog

from bot.errors import DeliveryPostponed
from bot.jobs.rounds import rounds
from bot.jobs.staff.held_up import HeldUp
from bot.moderation.audit import LogChannel, LogLines
from bot.ports import Clock

EVERY_SECONDS = 2.0
AT_ONCE = 200
GIVEN_UP_AFTER = timedelta(days=1)
"""The audit log itself keeps what its channel could not be told for so long."""

log = structlog.get_logger(__name__)


class AuditPosts:
    """One round tells what is untold, in its order, server by server."""

    def __init__(self, *, lines: LogLines, channel: LogChannel, clock: Clock) -> None:
        self._lines = lines
        self._channel = channel
        self._clock = clock
        self._held_up = HeldUp(clock)

    async def tell(self) -> None:
        """Tells all lines; what has to wait holds up its own server alone."""
        for line in await self._lines.untold(self._clock.now() - GIVEN_UP_AFTER, AT_ONCE):
            guild_id = line.deed.guild_id
            if guild_id in self._held_up or not self._channel.serves(guild_id):
                continue
            try:
                await self._channel.tell(line)
            except DeliveryPostponed as postponed:
                log.info("log_line_postponed", deed_id=line.deed_id, cause=postponed.cause)
                self._held_up.hold(guild_id, postponed)
            else:
                self._held_up.release(guild_id)
                await self._lines.mark_told([line.deed_id])

    def telling(self) -> AbstractAsyncContextManager[None]:
        """Tells every other second, for as long as the block."""
        return rounds(self.tell, every_seconds=EVERY_SECONDS, failed="log_lines_untold", at_once=False)
