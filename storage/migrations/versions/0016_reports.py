"""What members report, and whose pictures are hidden until it is decided."""

import sqlalchemy as sa
from alembic import op

revision = "0016_reports"
down_revision = "0019_source_tasks"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("media_hidden", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "reports",
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("reporter_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("outcome", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("to_be_drawn", sa.Boolean(), nullable=False),
        sa.Column("to_be_told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.job_id"], name="fk_reports_job_id_jobs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name="pk_reports"),
    )
    op.create_index("ix_reports_job_id", "reports", ["job_id"])
    by_somebody = sa.text("reporter_id > 0")
    op.create_index(
        "ix_reports_reporter",
        "reports",
        ["reporter_id", "job_id"],
        unique=True,
        sqlite_where=by_somebody,
        postgresql_where=by_somebody,
    )
    for name, column, condition in (
        ("ix_reports_open", "guild_id", "decided_at IS NULL"),
        ("ix_reports_undrawn", "report_id", "to_be_drawn"),
        ("ix_reports_untold", "report_id", "to_be_told"),
    ):
        where = sa.text(condition)
        op.create_index(name, "reports", [column], sqlite_where=where, postgresql_where=where)
