"""The processes on one database, in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.model import OPEN_STATES, AttemptState
from bot.notices import NoticeState
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

    async def bring_forward(self, now: datetime, longest: timedelta) -> int:
        moved = self._bring_attempts(now, now + longest) + self._bring_announcements(now, now + longest)
        late = [one for one in self._world.circuits.values() if one.probe_at > now + longest]
        for circuit in late:
            opened_at = circuit.opened_at - (circuit.probe_at - now)
            self._world.circuits[circuit.provider] = replace(circuit, probe_at=now, opened_at=opened_at)
        return moved + len(late)

    def _bring_attempts(self, now: datetime, latest: datetime) -> int:
        scheduled = OPEN_STATES | {AttemptState.UNKNOWN}
        late = [
            one
            for one in self._world.attempts.values()
            if one.state in scheduled
            and one.due_at > latest
            and one.attempt_id not in self._world.attempt_leases
        ]
        for attempt in late:
            ahead = attempt.due_at - now
            self._world.attempts[attempt.attempt_id] = replace(
                attempt,
                due_at=now,
                created_at=attempt.created_at - ahead,
                submitted_at=attempt.submitted_at and attempt.submitted_at - ahead,
                waits_since=attempt.waits_since and attempt.waits_since - ahead,
            )
        return len(late)

    def _bring_announcements(self, now: datetime, latest: datetime) -> int:
        late = [
            one
            for one in self._world.announcements.values()
            if one.state is NoticeState.PENDING
            and one.due_at > latest
            and one.announcement_id not in self._world.announcement_leases
        ]
        for notice in late:
            created_at = notice.created_at - (notice.due_at - now)
            self._world.announcements[notice.announcement_id] = replace(
                notice, due_at=now, created_at=created_at
            )
        return len(late)
