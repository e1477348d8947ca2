"""What servers have decided, in memory."""

from collections.abc import Collection
from datetime import datetime

from bot.deeds import Deed
from bot.moderation import servers
from bot.moderation.audit import LogLine
from bot.moderation.servers import ServerSettings
from tests.fakes.world import World


class MemoryServerStore:
    """A ServerStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def settings(self, guild_id: int | None) -> ServerSettings:
        if guild_id is None:
            return ServerSettings()
        return self._world.settings.get(guild_id, ServerSettings())

    async def change(
        self, guild_id: int, name: str, text: str, *, actor_id: int, now: datetime
    ) -> tuple[str, str]:
        old = await self.settings(guild_id)
        new = servers.changed(old, name, text)
        before, after = servers.written(old, name), servers.written(new, name)
        self._world.settings[guild_id] = new
        await self.note(Deed(guild_id, actor_id, now, "set", name, before, after))
        return before, after

    async def note(self, deed: Deed) -> None:
        self._world.note(deed)

    async def deeds(self, guild_id: int, limit: int) -> list[Deed]:
        own = [deed for deed in reversed(self._world.deeds) if deed.guild_id == guild_id]
        return own[:limit]


class MemoryLogLines:
    """LogLines."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def untold(self, since: datetime, limit: int) -> list[LogLine]:
        return [line for line in self._world.log_lines if line.deed.at >= since][:limit]

    async def mark_told(self, deed_ids: Collection[int]) -> None:
        self._world.log_lines = [one for one in self._world.log_lines if one.deed_id not in deed_ids]
