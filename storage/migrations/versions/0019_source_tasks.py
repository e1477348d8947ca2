"""Which part of which of the provider's videos an order is about, where it is about one."""

import sqlalchemy as sa
from alembic import op

revision = "0019_source_tasks"
down_revision = "0017_departures"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("source_task_id", sa.Text()))
    op.add_column("jobs", sa.Column("source_start_seconds", sa.Float()))
    op.add_column("jobs", sa.Column("source_end_seconds", sa.Float()))
