"""Many jobs retried or cancelled at once, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.deeds import Deed
from bot.moderation.bulks import Bulk, BulkStep, Tally
from tests.fakes.world import World


class MemoryBulkStore:
    """A BulkStore."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def propose(self, bulk: Bulk, steps: Sequence[BulkStep], *, forget_before: datetime) -> None:
        kept = {key: one for key, one in self._world.bulks.items() if one[0].created_at >= forget_before}
        outcomes: dict[str, str] = {}
        self._world.bulks = kept | {bulk.bulk_id: (bulk, tuple(steps), outcomes)}

    async def confirm(self, bulk_id: str, deed: Deed) -> bool:
        found = self._world.bulks.get(bulk_id)
        if found is None or found[0].confirmed_at is not None:
            return False
        begun = replace(found[0], confirmed_at=deed.at, actor_id=deed.actor_id)
        self._world.bulks[bulk_id] = (begun, *found[1:])
        self._world.deeds.append(deed)
        return True

    async def tally(self, guild_id: int, bulk_id: str) -> Tally | None:
        found = self._world.bulks.get(bulk_id)
        if found is None or found[0].guild_id != guild_id:
            return None
        return Tally(found[0], len(found[1]), dict(found[2]))

    async def untried(self, limit: int) -> list[tuple[Bulk, BulkStep]]:
        confirmed = [one for one in self._world.bulks.values() if one[0].confirmed_at is not None]
        confirmed.sort(key=lambda one: (str(one[0].confirmed_at), one[0].bulk_id))
        steps = [(one[0], step) for one in confirmed for step in one[1] if step.job_id not in one[2]]
        return steps[:limit]

    async def settle(self, bulk_id: str, job_id: str, outcome: str) -> None:
        self._world.bulks[bulk_id][2][job_id] = outcome
