"""Servers that the bot was removed from, in memory."""

from collections.abc import Sequence
from datetime import datetime

from bot.model import FREE_STATES, Attempt
from bot.moderation.departures import is_stopped
from bot.operator.operating import EVERYWHERE
from tests.fakes.gates import guild_of
from tests.fakes.world import World


class MemoryDepartureStore:
    """A DepartureStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def left_at(self, guild_id: int) -> datetime | None:
        return self._world.departures.get(guild_id)

    async def leave(self, guild_id: int, now: datetime) -> bool:
        is_new = guild_id not in self._world.departures
        self._world.departures.setdefault(guild_id, now)
        return is_new

    async def come_back(self, guild_id: int) -> bool:
        return self._world.departures.pop(guild_id, None) is not None

    async def left(self) -> frozenset[int]:
        return frozenset(self._world.departures)

    async def known(self) -> frozenset[int]:
        world = self._world
        of_jobs = {job.order.place.guild_id for job in world.jobs.values()}
        of_pairs = {guild_id for guild_id, _ in (*world.blocks, *world.quotas, *world.text_rules)}
        of_lines = {deed.guild_id for deed in world.deeds}
        of_bulks = {bulk.guild_id for bulk, *_ in world.bulks.values()}
        named = {*world.settings, *world.pauses} | of_jobs | of_pairs | of_lines | of_bulks
        return frozenset(one for one in named if one) - {EVERYWHERE} - world.departures.keys()

    async def waiting(self, limit: int) -> Sequence[str]:
        stopped = [one for one in self._world.attempts.values() if self._is_stopped(one)]
        return [one.job_id for one in sorted(stopped, key=lambda one: one.created_at)][:limit]

    def _is_stopped(self, attempt: Attempt) -> bool:
        left_at = self._world.departures.get(guild_of(self._world, attempt) or EVERYWHERE)
        return attempt.state in FREE_STATES and is_stopped(attempt.created_at, left_at)

    async def forget(self, left_before: datetime, limit: int) -> int:  # noqa: ARG002 - the port's signature
        """Of a server's own decisions only; members' data lies in the database, and is tested there."""
        world = self._world
        due = {guild_id for guild_id, left_at in world.departures.items() if left_at <= left_before}
        for by_guild in (world.settings, world.pauses):
            for guild_id in due & by_guild.keys():
                del by_guild[guild_id]
        for by_pair in (world.blocks, world.quotas, world.text_rules):
            kept = {pair: one for pair, one in by_pair.items() if pair[0] not in due}
            by_pair.clear()
            by_pair.update(kept)  # type: ignore[arg-type]  # each is given back what was its own
        world.deeds[:] = [deed for deed in world.deeds if deed.guild_id not in due]
        return 0
