"""What Alembic runs: migrations on the connection that `storage.upgrade` opened, in its transaction."""

from alembic import context

import storage.bulk_tables
import storage.moderation_tables
import storage.report_tables
import storage.statement_tables
import storage.takedown_tables  # noqa: F401 - its table belongs to what is compared
from storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a column by building the table anew; on PostgreSQL the same steps are plain ALTERs.
    render_as_batch=True,
)
context.run_migrations()
