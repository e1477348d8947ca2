"""When the bot was removed from which server."""

import sqlalchemy as sa
from alembic import op

revision = "0017_departures"
down_revision = "0016_takedowns"


def upgrade() -> None:
    op.create_table(
        "departures",
        sa.Column("guild_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("left_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name="pk_departures"),
    )
