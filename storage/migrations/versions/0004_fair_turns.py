"""Fair turns in the queue: whose an attempt is, and who had the last turn when."""

import sqlalchemy as sa
from alembic import op

revision = "0004_fair_turns"
down_revision = "0003_task_times"

TURNLESS = sa.text("state IN ('queued', 'handed_over') AND turn IS NULL")
HAS_TURN = sa.text("state IN ('queued', 'handed_over') AND turn IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place_id", "owner_id", name="pk_turns"),
    )
    op.create_index("ix_turns_turn", "turns", ["turn"])
    for column in ("place_id", "owner_id", "turn"):
        op.add_column("attempts", sa.Column(column, sa.BigInteger()))
    op.execute(
        "UPDATE attempts SET"
        " place_id = (SELECT coalesce(guild_id, -owner_id) FROM jobs WHERE jobs.job_id = attempts.job_id),"
        " owner_id = (SELECT owner_id FROM jobs WHERE jobs.job_id = attempts.job_id)"
    )
    op.create_index(
        "ix_attempts_waiting",
        "attempts",
        ["place_id", "owner_id", "due_at", "attempt_id"],
        sqlite_where=TURNLESS,
        postgresql_where=TURNLESS,
    )
    op.create_index(
        "ix_attempts_arrival",
        "attempts",
        ["place_id", "due_at"],
        sqlite_where=TURNLESS,
        postgresql_where=TURNLESS,
    )
    op.create_index(
        "ix_attempts_turn", "attempts", ["turn"], sqlite_where=HAS_TURN, postgresql_where=HAS_TURN
    )
