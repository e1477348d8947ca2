"""Notices when a SQLite file is not what was opened any more: deleted, replaced, or found to be damaged.

SQLite itself would go on writing into a file that nobody can find again.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import structlog
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import RecordsUnavailable
from storage.errors import DatabaseGone

DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
PRIMARY = 0xFF
"""SQLite's extended codes carry the primary one in their lowest byte (SQLite: Result and Error Codes)."""

log = structlog.get_logger(__name__)


class FileWatch:
    """One file, from when it was opened. What was found once stays found until the next start."""

    def __init__(self, path: Path, engines: Sequence[AsyncEngine]) -> None:
        self._path = path
        self._wal = path.with_name(f"{path.name}-wal")
        self._engines = engines
        self._identity = identity_of(path)
        self._finding = ""
        for engine in engines:
            event.listen(engine.sync_engine, "handle_error", self._look_at)

    def check(self) -> None:
        """Lets pass what may be read or written.

        Raises:
            RecordsUnavailable: the file is another one, or damaged; nothing may be written any more.
        """
        if not self._finding:
            self._find(self._changed())
        if self._finding:
            raise RecordsUnavailable(self._finding)

    def _changed(self) -> str:
        found = identity_of(self._path)
        if found is None:
            return "the file is gone"
        if found != self._identity:
            return "the file is another one"
        # It exists as long as a connection does; with none, the next one makes it again.
        return "the write-ahead log is gone" if self._is_connected() and not self._wal.exists() else ""

    def _is_connected(self) -> bool:
        return any(engine.sync_engine.pool.checkedin() for engine in self._engines)  # type: ignore[attr-defined]  # of the kind of pool that it is

    def _look_at(self, context: ExceptionContext) -> None:
        """What SQLite says of a statement that failed."""
        code = getattr(context.original_exception, "sqlite_errorcode", 0)
        if code & PRIMARY in DAMAGE:
            self._find(str(context.original_exception))

    def _find(self, finding: str) -> None:
        if finding and not self._finding:
            self._finding = finding
            log.critical("database_unusable", path=str(self._path), finding=finding)


def identity_of(path: Path) -> tuple[int, int] | None:
    """What tells a file from every other one; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def note_of(path: Path) -> Path:
    """A file beside the database which says that there is one."""
    return path.with_name(f"{path.name}.created")


def check_presence(path: Path) -> None:
    """Tells a first start from one whose database has disappeared since.

    Raises:
        DatabaseGone: it was here before.
    """
    note = note_of(path)
    if note.exists() and not (path.exists() and path.stat().st_size):
        raise DatabaseGone(str(path), str(note))
