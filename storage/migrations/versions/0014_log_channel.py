"""Where a line of the audit log is still to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0014_log_channel"
down_revision = "0018_operating"

UNTOLD = sa.text("log_channel_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("deeds", sa.Column("log_channel_id", sa.BigInteger))
    op.create_index("ix_deeds_untold", "deeds", ["deed_id"], sqlite_where=UNTOLD, postgresql_where=UNTOLD)
