"""Forms that have become jobs, and clips that were picked from messages and wait for theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0007_forms"
down_revision = "0006_servers"


def upgrade() -> None:
    op.create_table(
        "forms",
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "form_id", name="pk_forms"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name="fk_forms_job_id_jobs", ondelete="CASCADE"),
    )
    op.create_index("ix_forms_job_id", "forms", ["job_id"])
    op.create_table(
        "picks",
        sa.Column("pick_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("attachment_id", sa.BigInteger(), nullable=False),
        sa.Column("attachment_url", sa.Text(), nullable=False),
        sa.Column("attachment_filename", sa.Text(), nullable=False),
        sa.Column("attachment_size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pick_id", name="pk_picks"),
    )
    op.create_index("ix_picks_created_at", "picks", ["created_at"])
