"""Brings a database to the schema of this release, or refuses it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.errors import SchemaTooNew, SchemaTooOld

MIGRATIONS = Path(__file__).parent / "migrations"
NOTHING = "nothing"
"""The revision of a database without tables."""


def upgrade(connection: Connection) -> None:
    """Applies what is missing, on this connection and in its open transaction.

    The revision is written in the same transaction: either all of it is there afterwards, or nothing.

    Raises:
        SchemaTooNew: the database is at a revision that this release does not have.
    """
    config = configuration(connection)
    if found_revision(connection, config) != head(config):
        command.upgrade(config, "head")


def check_revision(connection: Connection) -> None:
    """Looks, and changes nothing.

    Raises:
        SchemaTooNew, SchemaTooOld: the database is not at the revision of this release.
    """
    config = configuration(connection)
    found = found_revision(connection, config)
    if found != head(config):
        raise SchemaTooOld(found, head(config))


def revision_of(connection: Connection) -> str:
    """The revision a database is at.

    Raises:
        SchemaTooNew: this release does not have it.
    """
    return found_revision(connection, configuration(connection))


def configuration(connection: Connection) -> Config:
    config = Config()
    # Alembic reads options with ConfigParser, to which a percent sign in a folder's name is syntax.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head(config: Config) -> str:
    """The revision of this release."""
    return ScriptDirectory.from_config(config).get_current_head() or NOTHING


def refuse_newer(revision: str) -> None:
    """Lets pass what this release knows, be it old.

    Raises:
        SchemaTooNew: it does not know that revision.
    """
    if revision not in {step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}:
        raise SchemaTooNew(revision, newest())


def newest() -> str:
    """The revision of this release."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or NOTHING


def found_revision(connection: Connection, config: Config) -> str:
    """The revision a database is at.

    Raises:
        SchemaTooNew: this release does not have it.
    """
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    found = MigrationContext.configure(connection).get_current_heads()
    for revision in found:
        if revision not in known:
            raise SchemaTooNew(revision, head(config))
    return found[0] if found else NOTHING
