"""How long tasks ran, so that the moments of looking at them can be learned."""

import sqlalchemy as sa
from alembic import op

revision = "0003_task_times"
down_revision = "0002_instances"

TIMED = sa.text("task_seconds IS NOT NULL")


def upgrade() -> None:
    op.add_column("attempts", sa.Column("task_seconds", sa.Float()))
    op.create_index(
        "ix_attempts_timed",
        "attempts",
        ["provider", "ended_at"],
        sqlite_where=TIMED,
        postgresql_where=TIMED,
    )
