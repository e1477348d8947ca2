"""The two things that SQLite and PostgreSQL say differently."""

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

MIGRATION_LOCK = 0x6472616D_00
CAP_LOCK = 0x6472616D_01
RATE_LOCK = 0x6472616D_02
OUTBOX_LOCK = 0x6472616D_03
QUEUE_LOCK = 0x6472616D_04
CUTTING_LOCK = 0x6472616D_05
SETTINGS_LOCK = 0x6472616D_06
LIBRARY_LOCK = 0x6472616D_0A
REPORTS_LOCK = 0x6472616D_0B
"""PostgreSQL's advisory locks, told apart from other programs' by their upper bytes."""


def insert(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the connection's dialect."""
    return insert_in(connection.dialect.name, table)


def insert_in(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The same for a dialect by its name, to be made once."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


async def take_turn(connection: AsyncConnection, key: int) -> None:
    """Lets one transaction with this key pass at a time; SQLite has only one writer anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
