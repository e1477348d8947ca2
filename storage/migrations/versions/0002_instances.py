"""Several processes on one database: who they are, and who holds a lease."""

import sqlalchemy as sa
from alembic import op

revision = "0002_instances"
down_revision = "0001_first_tables"


def upgrade() -> None:
    op.create_table(
        "instances",
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", name="pk_instances"),
    )
    for table in ("attempts", "announcements"):
        op.add_column(table, sa.Column("leased_by", sa.Text()))
    # Nobody knows who holds what was leased before; nobody does, unless an older release is still running.
    op.execute("UPDATE attempts SET leased_until = NULL")
    op.execute("UPDATE announcements SET leased_until = NULL")
