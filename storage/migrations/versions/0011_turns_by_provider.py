"""The queue's indexes, by provider: each has a queue of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0011_turns_by_provider"
down_revision = "0010_library"

TURNLESS = sa.text("state IN ('queued', 'handed_over') AND turn IS NULL")
HAS_TURN = sa.text("state IN ('queued', 'handed_over') AND turn IS NOT NULL")


def upgrade() -> None:
    for name, columns, which in (
        ("ix_attempts_waiting", ["provider", "place_id", "owner_id", "due_at", "attempt_id"], TURNLESS),
        ("ix_attempts_arrival", ["provider", "place_id", "due_at"], TURNLESS),
        ("ix_attempts_turn", ["provider", "turn"], HAS_TURN),
    ):
        op.drop_index(name, "attempts")
        op.create_index(name, "attempts", columns, sqlite_where=which, postgresql_where=which)
