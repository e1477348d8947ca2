"""What a server does not want to read in texts, and how strict its safety floor is."""

import sqlalchemy as sa
from alembic import op

revision = "0013_text_rules"
down_revision = "0012_reviews"


def upgrade() -> None:
    op.create_table(
        "text_rules",
        sa.Column("guild_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "name", name="pk_text_rules"),
    )
    op.add_column("reviews", sa.Column("rule", sa.Text()))
