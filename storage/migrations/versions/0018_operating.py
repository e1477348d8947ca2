"""What the account held, what the operator decided while the bot runs, and the barred servers."""

import sqlalchemy as sa
from alembic import op

revision = "0018_operating"
down_revision = "0011_turns_by_provider"


def upgrade() -> None:
    op.create_table(
        "balances",
        sa.Column("at", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("credits", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("at", name="pk_balances"),
    )
    op.create_table(
        "operating",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_operating"),
    )
    op.create_table(
        "barred_servers",
        sa.Column("guild_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("guild_id", name="pk_barred_servers"),
    )
