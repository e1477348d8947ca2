"""The tables of what is done to many jobs at once."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, text

from storage.moments import Moment
from storage.schema import metadata

UNTRIED = text("outcome IS NULL")

bulks = Table(
    "bulks",
    metadata,
    Column("bulk_id", Text, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
    Column("confirmed_at", Moment),
)

bulk_steps = Table(
    "bulk_steps",
    metadata,
    Column("bulk_id", Text, ForeignKey("bulks.bulk_id", ondelete="CASCADE"), primary_key=True),
    Column("job_id", Text, ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
    Column("attempt_number", Integer, nullable=False),
    Column("outcome", Text),
    Index("ix_bulk_steps_untried", "bulk_id", sqlite_where=UNTRIED, postgresql_where=UNTRIED),
)
