"""The table of what members report."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text, text

from storage.moments import Moment
from storage.schema import metadata

BY_SOMEBODY = text("reporter_id > 0")
OPEN_REPORT = text("decided_at IS NULL")
UNDRAWN = text("to_be_drawn")
UNTOLD_REPORT = text("to_be_told")

reports = Table(
    "reports",
    metadata,
    Column("report_id", Text, primary_key=True),
    Column("job_id", Text, ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("reporter_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("reported_at", Moment, nullable=False),
    Column("channel_id", BigInteger),
    Column("message_id", BigInteger),
    Column("decided_at", Moment),
    Column("decided_by", BigInteger),
    Column("outcome", Text),
    Column("note", Text),
    # What of it moderators, and then the reporter, have still to be told.
    Column("to_be_drawn", Boolean, nullable=False),
    Column("to_be_told", Boolean, nullable=False),
    Index(
        "ix_reports_reporter",
        "reporter_id",
        "job_id",
        unique=True,
        sqlite_where=BY_SOMEBODY,
        postgresql_where=BY_SOMEBODY,
    ),
    Index("ix_reports_open", "guild_id", sqlite_where=OPEN_REPORT, postgresql_where=OPEN_REPORT),
    Index("ix_reports_undrawn", "report_id", sqlite_where=UNDRAWN, postgresql_where=UNDRAWN),
    Index("ix_reports_untold", "report_id", sqlite_where=UNTOLD_REPORT, postgresql_where=UNTOLD_REPORT),
)
