"""What is still to be told in the servers' log channels, in the database."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update

from bot.deeds import Deed
from bot.moderation.audit import LogLine
from storage.database import Database
from storage.schema import UNTOLD, deeds
from storage.servers import DEED_COLUMNS


class SqlLogLines:
    """The deeds that were stored while their server had a log channel, until they are told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def untold(self, since: datetime, limit: int) -> list[LogLine]:
        """The deeds since then that are to be told, in their order."""
        waiting = select(deeds).where(UNTOLD, deeds.c.at >= since).order_by(deeds.c.deed_id).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(waiting)).mappings().all()
        return [
            LogLine(row["deed_id"], row["log_channel_id"], Deed(**{name: row[name] for name in DEED_COLUMNS}))
            for row in rows
        ]

    async def mark_told(self, deed_ids: Collection[int]) -> None:
        """They were told, or cannot be."""
        async with self._database.write() as connection:
            told = update(deeds).where(deeds.c.deed_id.in_(deed_ids))
            await connection.execute(told.values(log_channel_id=None))
