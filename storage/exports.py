"""What a server's admins take away, in the database."""

from datetime import datetime

from sqlalchemy import func, select

from bot.deeds import Deed
from bot.model import Visibility
from bot.moderation.exports import MadeHere
from storage.database import Database
from storage.rows import character_of
from storage.schema import characters, deeds, jobs
from storage.servers import DEED_COLUMNS
from storage.stories import part

PRIVATE = Visibility.PRIVATE.value


class SqlExportStore:
    """Rows of one server, oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def characters(
        self, guild_id: int, since: datetime | None, *, limit: int, offset: int
    ) -> list[MadeHere]:
        """The characters made in the server; one whose job is gone counts as kept to its owner."""
        visibility = func.coalesce(jobs.c.visibility, PRIVATE).label("job_visibility")
        found = (
            select(characters, visibility)
            .select_from(characters.outerjoin(jobs, jobs.c.job_id == characters.c.job_id))
            .where(characters.c.guild_id == guild_id)
            .order_by(characters.c.created_at, characters.c.character_id)
            .limit(limit)
            .offset(offset)
        )
        if since is not None:
            found = found.where(characters.c.created_at >= since)
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).mappings().all()
        return [
            MadeHere(character_of(part(row, characters)), row["job_visibility"] == PRIVATE) for row in rows
        ]

    async def deeds(self, guild_id: int, since: datetime | None, *, limit: int, offset: int) -> list[Deed]:
        """The audit log of the server."""
        found = (
            select(*(deeds.c[name] for name in DEED_COLUMNS))
            .where(deeds.c.guild_id == guild_id)
            .order_by(deeds.c.deed_id)
            .limit(limit)
            .offset(offset)
        )
        if since is not None:
            found = found.where(deeds.c.at >= since)
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).mappings().all()
        return [Deed(**row) for row in rows]
