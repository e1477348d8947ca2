"""Clips that wait to be cut, and a poster of each accepted one."""

import sqlalchemy as sa
from alembic import op

revision = "0005_offers"
down_revision = "0004_fair_turns"

COLUMNS = {
    "clip_poster_key": sa.Text,
    "clip_poster_sha256": sa.Text,
    "clip_poster_size_bytes": sa.BigInteger,
    "offer_source_key": sa.Text,
    "offer_source_sha256": sa.Text,
    "offer_source_size_bytes": sa.BigInteger,
    "offer_sheet_key": sa.Text,
    "offer_sheet_sha256": sa.Text,
    "offer_sheet_size_bytes": sa.BigInteger,
    "offer_seconds": sa.Float,
    "offer_start_milliseconds": sa.BigInteger,
    "offer_length_milliseconds": sa.BigInteger,
}
SCHEDULED = sa.text(
    "state IN ('received', 'offered', 'mending', 'queued', 'handed_over', 'submitting', 'waiting', 'unknown')"
)


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("jobs", sa.Column(name, kind()))
    # A partial index cannot be given another condition.
    op.drop_index("ix_attempts_due", "attempts")
    op.create_index(
        "ix_attempts_due",
        "attempts",
        ["state", "due_at", "attempt_id"],
        sqlite_where=SCHEDULED,
        postgresql_where=SCHEDULED,
    )
