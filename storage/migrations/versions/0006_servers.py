"""What servers have decided, and who changed it."""

import sqlalchemy as sa
from alembic import op

revision = "0006_servers"
down_revision = "0005_offers"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "server_settings",
        sa.Column("guild_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "name", name="pk_server_settings"),
    )
    op.create_table(
        "deeds",
        sa.Column("deed_id", ROW_ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.PrimaryKeyConstraint("deed_id", name="pk_deeds"),
    )
    op.create_index("ix_deeds_guild_id_deed_id", "deeds", ["guild_id", "deed_id"])
