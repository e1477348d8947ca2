"""How often a submission is repeated, counted apart from the uploads."""

import sqlalchemy as sa
from alembic import op

revision = "0005_resubmissions"
down_revision = "0004_fair_turns"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("resubmissions", sa.Integer(), nullable=False, server_default="0"))
