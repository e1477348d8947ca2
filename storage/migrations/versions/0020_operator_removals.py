"""Whether what was taken down was taken down by whoever runs the bot."""

import sqlalchemy as sa
from alembic import op

revision = "0020_operator_removals"
down_revision = "0016_reports"


def upgrade() -> None:
    op.add_column(
        "jobs", sa.Column("removed_by_operator", sa.Boolean(), nullable=False, server_default=sa.false())
    )
