"""Many jobs retried or cancelled at once."""

import sqlalchemy as sa
from alembic import op

from storage.moments import Moment

revision = "0014_bulks"
down_revision = "0014_log_channel"


def upgrade() -> None:
    op.create_table(
        "bulks",
        sa.Column("bulk_id", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("confirmed_at", Moment()),
        sa.PrimaryKeyConstraint("bulk_id", name="pk_bulks"),
    )
    op.create_index("ix_bulks_created_at", "bulks", ["created_at"])
    op.create_table(
        "bulk_steps",
        sa.Column("bulk_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("attempt_number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["bulks.bulk_id"], name="fk_bulk_steps_bulk_id_bulks", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.job_id"], name="fk_bulk_steps_job_id_jobs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bulk_id", "job_id", name="pk_bulk_steps"),
    )
    op.create_index("ix_bulk_steps_job_id", "bulk_steps", ["job_id"])
    untried = sa.text("outcome IS NULL")
    op.create_index(
        "ix_bulk_steps_untried", "bulk_steps", ["bulk_id"], sqlite_where=untried, postgresql_where=untried
    )
