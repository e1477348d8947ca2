"""The table of what members state about their clips."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from storage.moments import Moment
from storage.schema import metadata

statements = Table(
    "statements",
    metadata,
    # No foreign key: it is there to outlive what it is about.
    Column("job_id", Text, primary_key=True),
    Column("guild_id", BigInteger),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("clip_sha256", Text, nullable=False, index=True),
    Column("stated_at", Moment, nullable=False, index=True),
    Index(None, "guild_id", "stated_at"),
)
