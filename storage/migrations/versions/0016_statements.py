"""What members state about their clips, with the digests of those."""

import sqlalchemy as sa
from alembic import op

revision = "0016_statements"
down_revision = "0015_privacy"


def upgrade() -> None:
    op.create_table(
        "statements",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("clip_sha256", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name="pk_statements"),
    )
    op.create_index("ix_statements_user_id", "statements", ["user_id"])
    op.create_index("ix_statements_clip_sha256", "statements", ["clip_sha256"])
    op.create_index("ix_statements_stated_at", "statements", ["stated_at"])
    op.create_index("ix_statements_guild_id_stated_at", "statements", ["guild_id", "stated_at"])
    # What was stated about clips that are still kept.
    op.execute(
        "INSERT INTO statements (job_id, guild_id, user_id, subject, clip_sha256, stated_at)"
        " SELECT job_id, guild_id, owner_id, subject, clip_sha256, created_at FROM jobs"
        " WHERE clip_key IS NOT NULL"
    )
