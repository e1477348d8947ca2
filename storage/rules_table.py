"""The table of what servers do not want in texts."""

from sqlalchemy import BigInteger, Column, Table, Text

from storage.schema import metadata

text_rules = Table(
    "text_rules",
    metadata,
    # A server knows its rules by their names.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("action", Text, nullable=False),
)
