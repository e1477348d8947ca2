"""Picked clips in memory."""

from datetime import datetime

from bot.orders.picks import Pick
from tests.fakes.world import World


class MemoryPickStore:
    """A PickStore."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def keep(self, pick: Pick, *, forget_before: datetime) -> None:
        for old in [one for one in self._world.picks.values() if one.created_at < forget_before]:
            del self._world.picks[old.pick_id]
        self._world.picks[pick.pick_id] = pick

    async def get(self, pick_id: str) -> Pick | None:
        return self._world.picks.get(pick_id)
