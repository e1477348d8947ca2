"""What servers have decided, and who changed it when, in the database."""

from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.deeds import Deed
from bot.moderation import servers
from bot.moderation.servers import ServerSettings
from storage.database import Database
from storage.dialects import SETTINGS_LOCK, insert, take_turn
from storage.schema import deeds, server_settings

CHANGED = "set"
"""What the audit log calls a change of a setting."""
DEED_COLUMNS = tuple(field.name for field in fields(Deed))


class SqlServerStore:
    """Settings as texts, a row each; a line of the audit log for every change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def settings(self, guild_id: int | None) -> ServerSettings:
        """A server's settings; the defaults for direct messages, and where nothing was ever set."""
        if guild_id is None:
            return ServerSettings()
        async with self._database.read() as connection:
            return await stored_settings(connection, guild_id)

    async def change(
        self, guild_id: int, name: str, text: str, *, actor_id: int, now: datetime
    ) -> tuple[str, str]:
        """Sets one setting and notes it in the audit log, at once; its value before and after.

        Raises:
            SettingRefused: there is no such setting, or it takes no such value.
        """
        async with self._database.write() as connection:
            await take_turn(connection, SETTINGS_LOCK)
            old = await stored_settings(connection, guild_id)
            new = servers.changed(old, name, text)
            before, after = servers.written(old, name), servers.written(new, name)
            adding = insert(connection, server_settings).values(guild_id=guild_id, name=name, value=after)
            await connection.execute(
                adding.on_conflict_do_update(index_elements=("guild_id", "name"), set_={"value": after})
            )
            await add(connection, Deed(guild_id, actor_id, now, CHANGED, name, before, after))
        return before, after

    async def note(self, deed: Deed) -> None:
        """Adds a line to the audit log."""
        async with self._database.write() as connection:
            await add(connection, deed)

    async def deeds(self, guild_id: int, limit: int) -> list[Deed]:
        """The latest lines of a server's audit log, newest first."""
        latest = (
            select(*(deeds.c[name] for name in DEED_COLUMNS))
            .where(deeds.c.guild_id == guild_id)
            .order_by(deeds.c.deed_id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(latest)).mappings().all()
        return [Deed(**row) for row in rows]


async def stored_settings(connection: AsyncConnection, guild_id: int) -> ServerSettings:
    """The defaults, and over them what was set; what this version does not know is left alone."""
    own = select(server_settings).where(server_settings.c.guild_id == guild_id)
    settings = ServerSettings()
    for row in (await connection.execute(own)).mappings():
        if row["name"] in servers.NAMES:
            settings = servers.changed(settings, row["name"], row["value"])
    return settings


async def add(connection: AsyncConnection, deed: Deed) -> None:
    """Adds a line to the audit log, to be told in the log channel that the server has now."""
    channel_id = (await stored_settings(connection, deed.guild_id)).log_channel
    row = asdict(deed) | {"log_channel_id": channel_id}
    await connection.execute(insert(connection, deeds).values(row))


async def note(connection: AsyncConnection, deed: Deed | None) -> None:
    """Adds the line that goes with a change, if one does."""
    if deed is not None:
        await add(connection, deed)
