"""What moderators decide about an attempt before anything is uploaded or paid."""

import sqlalchemy as sa
from alembic import op

revision = "0012_reviews"
down_revision = "0014_bulks"

SCHEDULED = sa.text(
    "state IN ('received', 'offered', 'mending', 'review', 'queued', 'handed_over', 'submitting', 'waiting',"
    " 'unknown')"
)


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_reviews"),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.attempt_id"],
            name="fk_reviews_attempt_id_attempts",
            ondelete="CASCADE",
        ),
    )
    op.add_column("attempts", sa.Column("waits_since", sa.BigInteger()))
    # A partial index cannot be given another condition.
    for name, columns in (
        ("ix_attempts_due", ["state", "due_at", "attempt_id"]),
        ("ix_attempts_open", ["place_id", "requested_by"]),
    ):
        op.drop_index(name, "attempts")
        op.create_index(name, "attempts", columns, sqlite_where=SCHEDULED, postgresql_where=SCHEDULED)
