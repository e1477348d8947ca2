"""Who has taken a job down, when and why; the messages in which members have shown characters."""

import sqlalchemy as sa
from alembic import op

revision = "0016_takedowns"
down_revision = "0016_statements"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("removed_at", sa.BigInteger()))
    op.add_column("jobs", sa.Column("removed_by", sa.BigInteger()))
    op.add_column("jobs", sa.Column("removed_reason", sa.Text()))
    op.create_table(
        "character_posts",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.job_id"], name="fk_character_posts_job_id_jobs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("channel_id", "message_id", name="pk_character_posts"),
    )
    op.create_index("ix_character_posts_job_id", "character_posts", ["job_id"])
