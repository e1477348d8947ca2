"""What is moved on without being asked about, in memory."""

from datetime import datetime

from bot.model import Attempt
from bot.moderation.servers import Failover
from tests.fakes.jobs import MemoryJobStore
from tests.fakes.world import ALONE, World


class MemoryStrandedStore:
    """A StrandedStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World, instance_id: str = ALONE) -> None:
        self._world = world
        self._jobs = MemoryJobStore(world, instance_id)

    async def claim(
        self, provider: str, now: datetime, lease_seconds: float, limit: int, *, with_poster: bool
    ) -> list[Attempt]:
        found = [
            attempt
            for attempt in self._stranded(provider, with_poster=with_poster)
            if self._jobs.is_unleased(attempt, now)
        ]
        oldest_first = sorted(found, key=lambda attempt: (attempt.created_at, attempt.attempt_id))
        return [self._jobs.lease(attempt, now, lease_seconds) for attempt in oldest_first[:limit]]

    async def is_any(self, provider: str, *, with_poster: bool) -> bool:
        found = self._stranded(provider, with_poster=with_poster)
        return any(attempt.attempt_id not in self._world.attempt_leases for attempt in found)

    def _stranded(self, provider: str, *, with_poster: bool) -> list[Attempt]:
        return [
            attempt
            for attempt in self._world.waiting_for(provider)
            if self._is_moved_on(attempt) and (self._has_poster(attempt) or not with_poster)
        ]

    def _is_moved_on(self, attempt: Attempt) -> bool:
        guild_id = self._world.jobs[attempt.job_id].order.place.guild_id
        settings = self._world.settings.get(guild_id) if guild_id is not None else None
        return settings is not None and settings.failover is Failover.AUTOMATIC

    def _has_poster(self, attempt: Attempt) -> bool:
        clip = self._world.jobs[attempt.job_id].clip
        return clip is not None and clip.poster is not None
