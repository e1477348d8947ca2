"""The table of the messages in which members have shown characters."""

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from storage.moments import Moment
from storage.schema import metadata

character_posts = Table(
    "character_posts",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("job_id", Text, ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("posted_at", Moment, nullable=False),
)
