"""Takes down what was made in a server, for moderators and operators. Who may is judged by whoever asks.

The request and its consequences in the database are one transaction; what was posted is taken away by the
outbox afterwards, like everything that is told, and so after a crash as well.
"""

import structlog

from bot.deeds import Deed
from bot.errors import NotFound
from bot.jobs.characters.library import is_reference, plain
from bot.jobs.lanes import Ring
from bot.model import reference_of
from bot.moderation.takedowns import Sight, TakedownStore
from bot.notices import NoticeState
from bot.orders.prose import clean
from bot.ports import Clock
from bot.records import JobRecords
from bot.refusals.removals import AlreadyRemoved, ReasonMissing
from bot.removal import Removal

TAKEN_DOWN, TAKEN_DOWN_BY_OPERATOR = "remove", "operator-remove"
"""What the audit log calls it."""
REASON_UNITS = 300
"""Of a reason; what is longer is cut."""

log = structlog.get_logger(__name__)


class Takedown:
    """Looks first, acts after a confirmation; the first one counts."""

    def __init__(self, *, store: TakedownStore, records: JobRecords, clock: Clock, ring: Ring) -> None:
        self._store = store
        self._records = records
        self._clock = clock
        self._ring = ring

    async def find(self, guild_id: int, reference: str) -> Sight:
        """What there is of a job of the server, by its id or reference, or by any id of a character of it.

        Raises:
            NotFound: nothing of that server is called so.
            AlreadyRemoved: it was taken down before.
        """
        if not is_reference(reference):
            raise NotFound("removable")
        wanted = plain(reference)
        made = await self._store.job_called(guild_id, wanted)
        for job_id in [*await self._records.called(wanted), *([made] if made else [])]:
            if await self._store.sight(guild_id, job_id) is not None:
                return await self.look(guild_id, job_id)
        raise NotFound("removable")

    async def look(self, guild_id: int, job_id: str) -> Sight:
        """What there is of a job of the server.

        Raises:
            NotFound: the server has no such job.
            AlreadyRemoved: it was taken down before.
        """
        sight = await self._store.sight(guild_id, job_id)
        if sight is None:
            raise NotFound("removable")
        if sight.removal is not None:
            raise AlreadyRemoved(sight.removal)
        return sight

    async def remove(
        self, guild_id: int, job_id: str, actor_id: int, reason: str, *, by_operator: bool = False
    ) -> Sight:
        """Takes a job of the server down, with all that it made; what there was of it.

        Raises:
            NotFound, AlreadyRemoved: as for `look`.
            ReasonMissing: there is nothing in the reason that its owner could read.
        """
        why = clean(reason).strip()[:REASON_UNITS]
        if not why:
            raise ReasonMissing
        sight = await self.look(guild_id, job_id)
        removal = Removal(self._clock.now(), actor_id, why, by_operator)
        action = TAKEN_DOWN_BY_OPERATOR if by_operator else TAKEN_DOWN
        deed = Deed(guild_id, actor_id, removal.at, action, reference_of(job_id), None, why)
        await self._store.take_down(job_id, removal, deed)
        log.info("taken_down", job_id=job_id, guild_id=guild_id, actor_id=actor_id, by_operator=by_operator)
        self._ring(NoticeState.PENDING)
        return sight
