"""The tables of what moderators say yes or no to, what a server does not want in texts, and who left."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Table, Text

from storage.moments import Moment
from storage.schema import metadata

reviews = Table(
    "reviews",
    metadata,
    # An attempt without a row here needs no moderator's yes.
    Column("attempt_id", Text, ForeignKey("attempts.attempt_id", ondelete="CASCADE"), primary_key=True),
    Column("flags", Text, nullable=False),
    Column("rule", Text),
    Column("channel_id", BigInteger),
    Column("approved", Boolean, nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", BigInteger),
    Column("reason", Text),
)

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

departures = Table(
    "departures",
    metadata,
    # A server that the bot was removed from; without a row it is there.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("left_at", Moment, nullable=False),
)
