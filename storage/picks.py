"""Clips picked from messages, in the database."""

from datetime import datetime

from sqlalchemy import delete, select

from bot.orders.picks import Pick
from storage.database import Database
from storage.dialects import insert
from storage.rows import pick_of, pick_row
from storage.schema import picks


class SqlPickStore:
    """Picks by id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, pick: Pick, *, forget_before: datetime) -> None:
        """Stores the pick, and deletes those made before `forget_before`."""
        async with self._database.write() as connection:
            await connection.execute(delete(picks).where(picks.c.created_at < forget_before))
            await connection.execute(insert(connection, picks).values(pick_row(pick)))

    async def get(self, pick_id: str) -> Pick | None:
        async with self._database.read() as connection:
            row = (
                (await connection.execute(select(picks).where(picks.c.pick_id == pick_id))).mappings().first()
            )
        return None if row is None else pick_of(row)
