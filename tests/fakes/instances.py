"""The processes on one database, in memory."""

from collections.abc import Mapping

from tests.fakes.world import ALONE, World


class MemoryInstanceStore:
    """An InstanceStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World, instance_id: str = ALONE) -> None:
        self._world = world
        self._instance_id = instance_id

    async def beat(self) -> Mapping[str, int]:
        beats = self._world.instances
        beats[self._instance_id] = beats.get(self._instance_id, 0) + 1
        return {other: count for other, count in beats.items() if other != self._instance_id}

    async def release(self, instance_id: str | None = None) -> int:
        holder = instance_id or self._instance_id
        self._world.instances.pop(holder, None)
        attempts = [key for key, by in self._world.attempt_holders.items() if by == holder]
        notices = [key for key, by in self._world.announcement_holders.items() if by == holder]
        released = [self._world.attempt_leases.pop(attempt_id, None) for attempt_id in attempts]
        released += [self._world.announcement_leases.pop(notice_id, None) for notice_id in notices]
        return len([lease for lease in released if lease is not None])
