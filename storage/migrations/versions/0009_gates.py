"""What moderators decide about who may start something, and how much."""

import sqlalchemy as sa
from alembic import op

revision = "0009_gates"
down_revision = "0008_resubmissions"

SCHEDULED = sa.text(
    "state IN ('received', 'offered', 'mending', 'queued', 'handed_over', 'submitting', 'waiting', 'unknown')"
)


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("guild_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("guild_id", name="pk_pauses"),
    )
    op.create_table(
        "blocks",
        sa.Column("guild_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name="pk_blocks"),
    )
    op.create_table(
        "quotas",
        sa.Column("guild_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("per_day", sa.Integer()),
        sa.Column("at_once", sa.Integer()),
        sa.PrimaryKeyConstraint("guild_id", "target_id", name="pk_quotas"),
    )
    op.create_index(
        "ix_attempts_open",
        "attempts",
        ["place_id", "requested_by"],
        sqlite_where=SCHEDULED,
        postgresql_where=SCHEDULED,
    )
