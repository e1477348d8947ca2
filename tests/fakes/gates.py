"""Pauses, blocks and quotas of servers, in memory."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.deeds import Deed
from bot.fault import Fault
from bot.model import Attempt, AttemptState
from bot.moderation import gates
from bot.moderation.gates import Block, Gates, Pause, Quota, Used, in_log
from bot.moderation.servers import ServerSettings
from tests.fakes.world import World


class MemoryGateStore:
    """A GateStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def gates(self, guild_id: int, concerned: Collection[int]) -> Gates:
        return stored_gates(self._world, guild_id, concerned)

    async def used(self, guild_id: int, user_id: int, now: datetime) -> Used:
        return count_used(self._world, guild_id, user_id, now)

    async def pause(self, guild_id: int, pause: Pause, *, actor_id: int, now: datetime) -> None:
        self._world.pauses[guild_id] = pause
        await self.hold(guild_id, now)
        self._note(guild_id, actor_id, now, "pause", "server", in_log(pause))

    async def resume(self, guild_id: int, *, actor_id: int, now: datetime) -> bool:
        if self._world.pauses.pop(guild_id, None) is None:
            return False
        await self.release(guild_id, now)
        self._note(guild_id, actor_id, now, "resume", "server")
        return True

    async def hold(self, guild_id: int, now: datetime) -> None:
        for attempt in self._queued(guild_id):
            self._world.attempts[attempt.attempt_id] = replace(attempt, fault=Fault.SERVER_PAUSED)
            self._rearm(attempt, now)

    async def release(self, guild_id: int, now: datetime) -> None:
        for attempt in self._queued(guild_id):
            is_paused = attempt.fault is Fault.SERVER_PAUSED
            if is_paused or attempt.attempt_id in self._world.attempt_leases:
                self._world.attempt_leases.pop(attempt.attempt_id, None)
                fault, revision = None if is_paused else attempt.fault, attempt.revision + 1
                again = replace(attempt, fault=fault, due_at=now, revision=revision)
                self._world.attempts[attempt.attempt_id] = again
                self._rearm(attempt, now)

    async def block(self, guild_id: int, block: Block, *, actor_id: int, now: datetime) -> None:
        self._world.blocks[guild_id, block.user_id] = block
        self._note(guild_id, actor_id, now, "block", str(block.user_id), in_log(block))

    async def unblock(self, guild_id: int, user_id: int, *, actor_id: int, now: datetime) -> bool:
        if self._world.blocks.pop((guild_id, user_id), None) is None:
            return False
        self._note(guild_id, actor_id, now, "unblock", str(user_id))
        return True

    async def blocks(self, guild_id: int, now: datetime) -> list[Block]:
        own = [block for (guild, _), block in self._world.blocks.items() if guild == guild_id]
        lasting = [block for block in own if gates.lasts(block, now)]
        return sorted(lasting, key=lambda one: (one.until is None, one.until or now, one.user_id))

    async def set_quota(
        self, guild_id: int, target_id: int, quota: Quota | None, *, actor_id: int, now: datetime
    ) -> None:
        before = self._world.quotas.pop((guild_id, target_id), None)
        if quota is not None:
            self._world.quotas[guild_id, target_id] = quota
        after = None if quota is None else in_log(quota)
        old = None if before is None else in_log(before)
        self._note(guild_id, actor_id, now, "quota", str(target_id), after, before=old)

    async def quotas(self, guild_id: int) -> dict[int, Quota]:
        own = sorted((key, quota) for key, quota in self._world.quotas.items() if key[0] == guild_id)
        return {target_id: quota for (_, target_id), quota in own}

    def _queued(self, guild_id: int) -> list[Attempt]:
        return [
            attempt
            for attempt in self._world.attempts.values()
            if attempt.state is AttemptState.QUEUED and guild_of(self._world, attempt) == guild_id
        ]

    def _rearm(self, attempt: Attempt, now: datetime) -> None:
        self._world.rearm_cards(lambda job_id: job_id == attempt.job_id, now)

    def _note(  # noqa: PLR0917 - the columns of the log, in their order
        self,
        guild_id: int,
        actor_id: int,
        now: datetime,
        action: str,
        subject: str,
        after: str | None = None,
        *,
        before: str | None = None,
    ) -> None:
        self._world.note(Deed(guild_id, actor_id, now, action, subject, before, after))


def stored_gates(world: World, guild_id: int, concerned: Collection[int]) -> Gates:
    return Gates(
        left_at=world.departures.get(guild_id),
        settings=world.settings.get(guild_id, ServerSettings()),
        pause=world.pauses.get(guild_id),
        blocks={
            user_id: block
            for (guild, user_id), block in world.blocks.items()
            if guild == guild_id and user_id in concerned
        },
        quotas={
            target_id: quota
            for (guild, target_id), quota in world.quotas.items()
            if guild == guild_id and target_id in concerned
        },
    )


def count_used(world: World, guild_id: int, user_id: int, now: datetime) -> Used:
    here = [attempt for attempt in world.attempts.values() if guild_of(world, attempt) == guild_id]
    own = [attempt for attempt in here if attempt.requested_by == user_id]

    def today(attempts: list[Attempt]) -> int:
        counted = [one for one in attempts if not gates.is_given_back(one)]
        return len([one for one in counted if one.created_at.date() == now.date()])

    return Used(today(own), len([one for one in own if one.is_open]), today(here))


def guild_of(world: World, attempt: Attempt) -> int | None:
    return world.jobs[attempt.job_id].order.place.guild_id
