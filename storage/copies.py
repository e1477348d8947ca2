"""Copies of a SQLite file, made beside whoever is at work on it, and put back in its place."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import structlog

from storage.errors import BackupUnusable, DatabaseInTheWay, DatabaseUnusable
from storage.upgrade import newest, refuse_newer
from storage.watch import note_of

WAIT_SECONDS = 30.0
"""For a bot that is writing just now."""
SIDE_FILES = ("", "-wal", "-shm")
"""A database file, and what SQLite keeps beside it; a stray log would be played into another file."""
PRIVATE = 0o600
KEPT = ".at-"
"""Stands between the name of a database and the revision that a copy of it is at."""
KEPT_COPIES = 3
UNPLACED = "('received', 'offered', 'mending', 'queued', 'handed_over')"
HOLD_BACK = f"""
UPDATE attempts
SET state = 'submitting', submitted_at = COALESCE(submitted_at, created_at), due_at = created_at,
    leased_until = NULL, revision = revision + 1
WHERE state IN {UNPLACED}
"""  # noqa: S608 - our own words
"""For orders that may have been placed since the copy was made.

A row found in SUBMITTING becomes unknown at the next start: it is told, and never sent by the machine.
"""

log = structlog.get_logger(__name__)


def copy_file(source: Path, target: Path) -> str:
    """Writes a whole, unfragmented copy of a database that may be in use; its revision.

    Raises:
        DatabaseUnusable: it cannot be read, the copy not be written, or what was copied is damaged.
    """
    with unusable(source, DatabaseUnusable):
        with opened(source) as shell:
            shell.execute("VACUUM INTO ?", (str(target),))
        target.chmod(PRIVATE)
        revision = checked(target)
        # SQLite leaves that to the system.
        to_disk(target)
        to_disk(target.parent)
    return revision


def examined_copy(path: Path) -> str:
    """The revision of a copy that is whole, and not newer than this release.

    Raises:
        BackupUnusable: it is damaged, or no database of ours.
        SchemaTooNew: a newer release has written it.
    """
    with unusable(path, BackupUnusable):
        revision = checked(path)
    refuse_newer(revision)
    return revision


def checked(path: Path) -> str:
    """The revision of a database that SQLite finds no fault with.

    Raises:
        sqlite3.DatabaseError: there is one.
    """
    with opened(path) as shell:
        (finding,) = shell.execute("PRAGMA integrity_check(1)").fetchone()
        stray = shell.execute("PRAGMA foreign_key_check").fetchone()
        if finding != "ok" or stray is not None:
            raise sqlite3.DatabaseError(finding if finding != "ok" else f"a stray row in {stray[0]}")
        (revision,) = shell.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)


def keep_before_upgrade(path: Path) -> None:
    """Copies a database of an older release, named by its revision, before it is migrated; keeps a few.

    Raises:
        SchemaTooNew: a newer release has written it.
        DatabaseUnusable: there is no room for a copy, or no way to make one.
    """
    revision = revision_in(path)
    if revision is None or revision == newest():
        return
    refuse_newer(revision)
    target = path.with_name(f"{path.name}{KEPT}{revision}")
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        copy_file(path, fresh)
        with unusable(target, DatabaseUnusable):
            fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    kept = sorted(path.parent.glob(f"{path.name}{KEPT}*"), key=lambda one: one.stat().st_mtime)
    for old in kept[:-KEPT_COPIES]:
        old.unlink()
    log.info("database_copied", revision=revision, copy=str(target))


def revision_in(path: Path) -> str | None:
    """The revision of a database; None for one that has no tables yet."""
    with unusable(path, DatabaseUnusable), opened(path) as shell:
        if shell.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is None:
            return None
        row = shell.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def refuse_replacing(target: Path) -> None:
    """Lets pass a place where there is no database.

    Raises:
        DatabaseInTheWay: there is one.
    """
    if target.exists() and target.stat().st_size:
        raise DatabaseInTheWay(str(target))


def put_back(copy: Path, target: Path, now: datetime, *, moved: bool) -> int:
    """Puts a copy in the place of a database that nobody uses; how many orders are held back.

    What is there already is set aside under the name `NAME.replaced-TIME`. Unless the bot only `moved`,
    orders that were not placed when the copy was made may have been placed since; see `HOLD_BACK`.

    Raises:
        BackupUnusable: the copy cannot be written there.
    """
    fresh = target.with_name(f"{target.name}.restoring")
    with unusable(target, BackupUnusable):
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=PRIVATE)
        shutil.copyfile(copy, fresh)
        held_back = 0 if moved else hold_back(fresh)
        to_disk(fresh)
        for side in SIDE_FILES:
            there = target.with_name(f"{target.name}{side}")
            if there.exists():
                there.replace(target.with_name(f"{target.name}.replaced-{now:%Y%m%dT%H%M%SZ}{side}"))
        fresh.replace(target)
        note_of(target).touch(mode=PRIVATE)
        to_disk(target.parent)
    return held_back


def hold_back(path: Path) -> int:
    with opened(path) as shell, shell:
        return shell.execute(HOLD_BACK).rowcount


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file that is there: SQLite would make one."""
    address = f"file:{quote(str(path))}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=WAIT_SECONDS)) as shell:
        yield shell


@contextmanager
def unusable(path: Path, kind: type[DatabaseUnusable | BackupUnusable]) -> Iterator[None]:
    """Turns what SQLite and the system say into our own error."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise kind(str(path), str(error)) from error


def to_disk(path: Path) -> None:
    """Waits until a file, or the entries of a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
