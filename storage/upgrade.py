"""Brings a database to the schema of this release, or refuses it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.errors import SchemaTooNew

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection) -> None:
    """Applies what is missing, on this connection and in its open transaction.

    The revision is written in the same transaction: either all of it is there afterwards, or nothing.

    Raises:
        SchemaTooNew: the database is at a revision that this release does not have.
    """
    config = Config()
    # Alembic reads options with ConfigParser, to which a percent sign in a folder's name is syntax.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head() or ""
    known = {step.revision for step in script.walk_revisions()}
    found = MigrationContext.configure(connection).get_current_heads()
    for revision in found:
        if revision not in known:
            raise SchemaTooNew(revision, head)
    if found != (head,):
        command.upgrade(config, "head")
