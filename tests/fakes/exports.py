"""What a server's admins take away, in memory."""

from datetime import datetime

from bot.deeds import Deed
from bot.model import Visibility
from bot.moderation.exports import MadeHere
from tests.fakes.world import World


class MemoryExportStore:
    """An ExportStore."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def characters(
        self, guild_id: int, since: datetime | None, *, limit: int, offset: int
    ) -> list[MadeHere]:
        own = [one for one in self._world.characters.values() if one.guild_id == guild_id]
        found = [one for one in own if since is None or one.created_at >= since]
        found.sort(key=lambda one: (one.created_at, one.character_id))
        return [MadeHere(one, self._is_private(one.job_id)) for one in found[offset : offset + limit]]

    async def deeds(self, guild_id: int, since: datetime | None, *, limit: int, offset: int) -> list[Deed]:
        own = [deed for deed in self._world.deeds if deed.guild_id == guild_id]
        return [deed for deed in own if since is None or deed.at >= since][offset : offset + limit]

    def _is_private(self, job_id: str) -> bool:
        job = self._world.jobs.get(job_id)
        return job is None or job.order.visibility is Visibility.PRIVATE
