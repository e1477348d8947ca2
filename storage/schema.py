"""The tables, as SQLAlchemy Core knows them. How they came to be is in `storage.migrations`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from storage.moments import Moment

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name we know, so that a later migration can change it on both databases."""

SCHEDULED = text(
    "state IN ('received', 'offered', 'mending', 'review', 'queued', 'handed_over', 'submitting', 'waiting',"
    " 'unknown')"
)
"""The states in which somebody may still look at an attempt. Literal, here and in the statements: the
planner uses a partial index only where it reads the index's own condition again."""
IN_QUEUE = text("state IN ('queued', 'handed_over')")
TURNLESS = text("state IN ('queued', 'handed_over') AND turn IS NULL")
HAS_TURN = text("state IN ('queued', 'handed_over') AND turn IS NOT NULL")
BEING_CUT = text("state = 'mending'")
PENDING = text("state = 'pending'")
UNTOLD = text("log_channel_id IS NOT NULL")
TIMED = text("task_seconds IS NOT NULL")

ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself only in a column declared exactly INTEGER."""

metadata = MetaData(naming_convention=NAMING)

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("interaction_id", BigInteger, nullable=False, unique=True),
    Column("application_id", BigInteger, nullable=False),
    Column("ticket_token", Text, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("place_kind", Text, nullable=False),
    Column("owner_id", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("safety", Text, nullable=False),
    Column("safety_sent", Text, nullable=False),
    Column("name", Text),
    Column("visibility", Text, nullable=False),
    Column("attachment_url", Text, nullable=False),
    Column("attachment_filename", Text, nullable=False),
    Column("attachment_size_bytes", BigInteger, nullable=False),
    Column("source_task_id", Text),
    Column("source_start_seconds", Float),
    Column("source_end_seconds", Float),
    Column("clip_key", Text),
    Column("clip_sha256", Text),
    Column("clip_size_bytes", BigInteger),
    Column("clip_kind", Text),
    Column("clip_seconds", Float),
    Column("clip_width", Integer),
    Column("clip_height", Integer),
    Column("clip_codec", Text),
    Column("clip_fps", Float),
    Column("clip_poster_key", Text),
    Column("clip_poster_sha256", Text),
    Column("clip_poster_size_bytes", BigInteger),
    # A clip that waits until somebody chooses the part to keep.
    Column("offer_source_key", Text),
    Column("offer_source_sha256", Text),
    Column("offer_source_size_bytes", BigInteger),
    Column("offer_sheet_key", Text),
    Column("offer_sheet_sha256", Text),
    Column("offer_sheet_size_bytes", BigInteger),
    Column("offer_seconds", Float),
    Column("offer_start_milliseconds", BigInteger),
    Column("offer_length_milliseconds", BigInteger),
    Column("card_channel_id", BigInteger),
    Column("card_message_id", BigInteger),
    Column("thread_id", BigInteger),
    # That moderators have taken it down, with all that it made.
    Column("removed_at", Moment),
    Column("removed_by", BigInteger),
    Column("removed_reason", Text),
    Column("removed_by_operator", Boolean, nullable=False, server_default=false()),
    # Until moderators have decided a report; they see it all the same.
    Column("media_hidden", Boolean, nullable=False, server_default=false()),
    Index(None, "owner_id", "guild_id", "created_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("attempt_id", Text, primary_key=True),
    Column("job_id", Text, ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("requested_by", BigInteger, nullable=False),
    Column("callback_token", Text, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False, index=True),
    Column("due_at", Moment, nullable=False),
    Column("leased_until", Moment),
    Column("leased_by", Text),
    Column("revision", Integer, nullable=False),
    Column("handed_over_url", Text),
    Column("handed_over_at", Moment),
    Column("submitted_at", Moment),
    Column("task_id", Text),
    Column("polls", Integer, nullable=False),
    Column("misses", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("fault", Text),
    Column("provider_code", Text),
    Column("provider_text", Text),
    Column("credits_spent", Float),
    Column("rule", Text),
    Column("rule_found", Text),
    Column("rule_accepted", Text),
    Column("ended_at", Moment),
    Column("task_seconds", Float),
    Column("resubmissions", Integer, nullable=False, server_default="0"),
    # The character that is to get a new id, no foreign key for the same reason as there.
    Column("renews", Text),
    # When it came to where it waits: for a moderator, or then in the queue.
    Column("waits_since", Moment),
    # Whose turn it takes: a server, or the negative id of who wrote in direct messages; then a member.
    Column("place_id", BigInteger),
    Column("owner_id", BigInteger),
    Column("turn", BigInteger),
    UniqueConstraint("job_id", "number"),
    UniqueConstraint("provider", "task_id"),
    Index(
        "ix_attempts_due", "state", "due_at", "attempt_id", sqlite_where=SCHEDULED, postgresql_where=SCHEDULED
    ),
    Index("ix_attempts_queue", "provider", "created_at", sqlite_where=IN_QUEUE, postgresql_where=IN_QUEUE),
    Index("ix_attempts_timed", "provider", "ended_at", sqlite_where=TIMED, postgresql_where=TIMED),
    Index(
        "ix_attempts_waiting",
        "provider",
        "place_id",
        "owner_id",
        "due_at",
        "attempt_id",
        sqlite_where=TURNLESS,
        postgresql_where=TURNLESS,
    ),
    Index(
        "ix_attempts_arrival",
        "provider",
        "place_id",
        "due_at",
        sqlite_where=TURNLESS,
        postgresql_where=TURNLESS,
    ),
    Index("ix_attempts_open", "place_id", "requested_by", sqlite_where=SCHEDULED, postgresql_where=SCHEDULED),
    Index("ix_attempts_turn", "provider", "turn", sqlite_where=HAS_TURN, postgresql_where=HAS_TURN),
)

forms = Table(
    "forms",
    metadata,
    # A form that was sent twice, by a second press or because the first answer was lost, makes one job.
    Column("owner_id", BigInteger, primary_key=True, autoincrement=False),
    Column("form_id", Text, primary_key=True),
    Column("job_id", Text, ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False, index=True),
)

picks = Table(
    "picks",
    metadata,
    Column("pick_id", Text, primary_key=True),
    Column("owner_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("attachment_id", BigInteger, nullable=False),
    Column("attachment_url", Text, nullable=False),
    Column("attachment_filename", Text, nullable=False),
    Column("attachment_size_bytes", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
)

turns = Table(
    "turns",
    metadata,
    # The last turn of a server (owner 0) and of each member there, counted through over all of them.
    Column("place_id", BigInteger, primary_key=True, autoincrement=False),
    Column("owner_id", BigInteger, primary_key=True, autoincrement=False),
    Column("turn", BigInteger, nullable=False, index=True),
)

submissions = Table(
    "submissions",
    metadata,
    # One row per request that may have reached a provider. The attempt's own `submitted_at` is not enough:
    # an attempt that was refused and goes out again would be counted once instead of twice.
    Column("submission_id", ROW_ID, primary_key=True),
    Column("attempt_id", Text, nullable=False),
    Column("submitted_at", Moment, nullable=False, index=True),
)

announcements = Table(
    "announcements",
    metadata,
    # An id is never given out again: whoever still holds a forgotten notice must not settle another one.
    Column("announcement_id", ROW_ID, primary_key=True),
    Column("job_id", Text, ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False),
    Column("attempt_number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("leased_until", Moment),
    Column("leased_by", Text),
    Column("revision", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("channel_id", BigInteger),
    Column("message_id", BigInteger),
    Column("parked_reason", Text),
    UniqueConstraint("job_id", "attempt_number", "kind"),
    Index(None, "channel_id", "message_id"),
    Index(
        "ix_announcements_due", "due_at", "announcement_id", sqlite_where=PENDING, postgresql_where=PENDING
    ),
    sqlite_autoincrement=True,
)

characters = Table(
    "characters",
    metadata,
    Column("character_id", Text, primary_key=True),
    # No foreign keys: a character outlives the job that made it.
    Column("job_id", Text, nullable=False),
    Column("attempt_id", Text, nullable=False, unique=True),
    Column("owner_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("name", Text),
    # The name in one case, by Python's rules: SQLite's lower() knows ASCII only, PostgreSQL's the locale's.
    Column("name_folded", Text),
    Column("provider", Text, nullable=False),
    Column("provider_character_id", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("may_stop_working_at", Moment, index=True),
    # Who may use it besides its owner: one member, everybody in one server, or nobody.
    Column("shared_with_user_id", BigInteger, index=True),
    Column("shared_with_guild_id", BigInteger, index=True),
    Index(None, "owner_id", "created_at"),
    Index(None, "owner_id", "name_folded", unique=True),
)

former_ids = Table(
    "former_ids",
    metadata,
    # Ids that a character had before it was renewed: whoever kept one still finds it.
    Column("character_id", Text, ForeignKey("characters.character_id", ondelete="CASCADE"), primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("provider_character_id", Text, primary_key=True, index=True),
    Column("replaced_at", Moment, nullable=False),
)

instances = Table(
    "instances",
    metadata,
    Column("instance_id", Text, primary_key=True),
    # Goes up while the process lives. A count and not a time, because clocks of machines differ.
    Column("beats", BigInteger, nullable=False),
)

circuits = Table(
    "circuits",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("fault", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("probe_at", Moment, nullable=False),
)

balances = Table(
    "balances",
    metadata,
    Column("at", Moment, primary_key=True, autoincrement=False),
    Column("credits", Float, nullable=False),
)

operating = Table(
    "operating",
    metadata,
    # What the operator has decided while the bot runs, a row each; what is not here was not decided. And what
    # operators are still to be told.
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

barred_servers = Table(
    "barred_servers",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Text),
)

server_settings = Table(
    "server_settings",
    metadata,
    # A row per setting that was changed; what is not here has its default.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

deeds = Table(
    "deeds",
    metadata,
    Column("deed_id", ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    # The channel in which it is still to be told.
    Column("log_channel_id", BigInteger),
    Index(None, "guild_id", "deed_id"),
    Index("ix_deeds_untold", "deed_id", sqlite_where=UNTOLD, postgresql_where=UNTOLD),
)

pauses = Table(
    "pauses",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("until", Moment),
    Column("reason", Text),
)

blocks = Table(
    "blocks",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("until", Moment),
    Column("reason", Text),
)

quotas = Table(
    "quotas",
    metadata,
    # The target is a member or a role: Discord gives no id twice.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("target_id", BigInteger, primary_key=True, autoincrement=False),
    Column("per_day", Integer),
    Column("at_once", Integer),
)

exports = Table(
    "exports",
    metadata,
    # When somebody last got a file of what is stored about them.
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("taken_at", Moment, nullable=False),
)

erasures = Table(
    "erasures",
    metadata,
    # What somebody asked to have deleted, until it is done; afterwards it names nobody.
    Column("erasure_id", Text, primary_key=True),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("categories", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("phase", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
)
