"""Jobs, their attempts and submissions, announcements, characters and circuits."""

import sqlalchemy as sa
from alembic import op

revision = "0001_first_tables"
down_revision = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SCHEDULED = sa.text("state IN ('received', 'queued', 'handed_over', 'submitting', 'waiting', 'unknown')")
IN_QUEUE = sa.text("state IN ('queued', 'handed_over')")
PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    create_jobs()
    create_attempts()
    index_attempts()
    create_submissions()
    create_announcements()
    create_characters()
    create_circuits()


def create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("interaction_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_token", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("place_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("safety", sa.Text(), nullable=False),
        sa.Column("safety_sent", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("attachment_url", sa.Text(), nullable=False),
        sa.Column("attachment_filename", sa.Text(), nullable=False),
        sa.Column("attachment_size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("clip_key", sa.Text()),
        sa.Column("clip_sha256", sa.Text()),
        sa.Column("clip_size_bytes", sa.BigInteger()),
        sa.Column("clip_kind", sa.Text()),
        sa.Column("clip_seconds", sa.Float()),
        sa.Column("clip_width", sa.Integer()),
        sa.Column("clip_height", sa.Integer()),
        sa.Column("clip_codec", sa.Text()),
        sa.Column("clip_fps", sa.Float()),
        sa.Column("card_channel_id", sa.BigInteger()),
        sa.Column("card_message_id", sa.BigInteger()),
        sa.Column("thread_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("job_id", name="pk_jobs"),
        sa.UniqueConstraint("interaction_id", name="uq_jobs_interaction_id"),
    )
    op.create_index("ix_jobs_owner_id_guild_id_created_at", "jobs", ["owner_id", "guild_id", "created_at"])


def create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=False),
        sa.Column("callback_token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("handed_over_url", sa.Text()),
        sa.Column("handed_over_at", sa.BigInteger()),
        sa.Column("submitted_at", sa.BigInteger()),
        sa.Column("task_id", sa.Text()),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text()),
        sa.Column("provider_code", sa.Text()),
        sa.Column("provider_text", sa.Text()),
        sa.Column("credits_spent", sa.Float()),
        sa.Column("rule", sa.Text()),
        sa.Column("rule_found", sa.Text()),
        sa.Column("rule_accepted", sa.Text()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_attempts"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.job_id"], name="fk_attempts_job_id_jobs", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("callback_token", name="uq_attempts_callback_token"),
        sa.UniqueConstraint("job_id", "number", name="uq_attempts_job_id_number"),
        sa.UniqueConstraint("provider", "task_id", name="uq_attempts_provider_task_id"),
    )


def index_attempts() -> None:
    op.create_index("ix_attempts_created_at", "attempts", ["created_at"])
    op.create_index(
        "ix_attempts_due",
        "attempts",
        ["state", "due_at", "attempt_id"],
        sqlite_where=SCHEDULED,
        postgresql_where=SCHEDULED,
    )
    op.create_index(
        "ix_attempts_queue",
        "attempts",
        ["provider", "created_at"],
        sqlite_where=IN_QUEUE,
        postgresql_where=IN_QUEUE,
    )


def create_submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("submission_id", ROW_ID, nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name="pk_submissions"),
    )
    op.create_index("ix_submissions_submitted_at", "submissions", ["submitted_at"])


def create_announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("announcement_id", ROW_ID, nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("attempt_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("parked_reason", sa.Text()),
        sa.PrimaryKeyConstraint("announcement_id", name="pk_announcements"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.job_id"], name="fk_announcements_job_id_jobs", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "job_id", "attempt_number", "kind", name="uq_announcements_job_id_attempt_number_kind"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_announcements_channel_id_message_id", "announcements", ["channel_id", "message_id"])
    op.create_index(
        "ix_announcements_due",
        "announcements",
        ["due_at", "announcement_id"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )


def create_characters() -> None:
    op.create_table(
        "characters",
        sa.Column("character_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("name", sa.Text()),
        sa.Column("name_folded", sa.Text()),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_character_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("may_stop_working_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("character_id", name="pk_characters"),
        sa.UniqueConstraint("attempt_id", name="uq_characters_attempt_id"),
    )
    op.create_index("ix_characters_owner_id_created_at", "characters", ["owner_id", "created_at"])


def create_circuits() -> None:
    op.create_table(
        "circuits",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("probe_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name="pk_circuits"),
    )
