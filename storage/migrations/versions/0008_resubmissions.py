"""How often a submission is repeated, counted apart from the uploads."""

import sqlalchemy as sa
from alembic import op

revision = "0008_resubmissions"
down_revision = "0007_forms"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("resubmissions", sa.Integer(), nullable=False, server_default="0"))
