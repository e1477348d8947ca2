"""The library of characters in the database."""

from sqlalchemy import case, or_, select

from bot.model import Character
from storage.database import Database
from storage.rows import character_of
from storage.schema import characters


class SqlCharacterStore:
    """Characters by owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_owner(self, owner_id: int, limit: int) -> list[Character]:
        """A member's characters, newest first."""
        statement = (
            select(characters)
            .where(characters.c.owner_id == owner_id)
            .order_by(characters.c.created_at.desc(), characters.c.character_id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [character_of(row) for row in rows]

    async def find(self, owner_id: int, character_id: str) -> Character | None:
        """One of the member's own characters by our id, the provider's id or, ignoring case, its name.

        An id goes before a name; of several with one name, the newest is meant.
        """
        ours = characters.c.character_id == character_id
        theirs = characters.c.provider_character_id == character_id
        named = characters.c.name_folded == character_id.casefold()
        statement = (
            select(characters)
            .where(characters.c.owner_id == owner_id, or_(ours, theirs, named))
            .order_by(case((ours, 0), (theirs, 1), else_=2))
            .order_by(characters.c.created_at.desc(), characters.c.character_id.desc())
            .limit(1)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).mappings().first()
        return None if row is None else character_of(row)
