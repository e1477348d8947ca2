"""What members state about their clips, in memory."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from bot.model import Subject
from bot.moderation.statements import Statement
from tests.fakes.world import World


class MemoryStatementStore:
    """A StatementStore."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def of_job(self, job_id: str) -> Statement | None:
        return self._world.statements.get(job_id)

    async def counts(self, guild_id: int, user_id: int) -> Mapping[Subject, int]:
        own = (guild_id, user_id)
        found = self._world.statements.values()
        return Counter(one.subject for one in found if (one.guild_id, one.user_id) == own)

    async def of_server(
        self, guild_id: int, since: datetime | None, *, limit: int, offset: int
    ) -> list[Statement]:
        here = [one for one in self._world.statements.values() if one.guild_id == guild_id]
        found = [one for one in here if since is None or one.stated_at >= since]
        return sorted(found, key=lambda one: (one.stated_at, one.job_id))[offset : offset + limit]
