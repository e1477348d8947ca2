"""What can be wrong with the stores themselves, as opposed to with what is asked of them."""

from bot.errors import DramatisError


class StorageError(DramatisError):
    """The store as a whole cannot be used."""


class SchemaTooNew(StorageError):
    """The database was written by a newer release: it is at revision `found`, this one ends at `known`."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(found, known)
        self.found = found
        self.known = known


class SchemaTooOld(StorageError):
    """The database was written by an older release: it is at revision `found`, this one begins at `known`."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(found, known)
        self.found = found
        self.known = known


class DatabaseGone(StorageError):
    """The database at `path` was there before, as the file `note` tells, and is not any more."""

    def __init__(self, path: str, note: str) -> None:
        super().__init__(path, note)
        self.path = path
        self.note = note


class DatabaseUnusable(StorageError):
    """The database at `path` (a file, or an address without its password) cannot be opened or read.

    `cause` is what the database said.
    """

    def __init__(self, path: str, cause: str) -> None:
        super().__init__(path, cause)
        self.path = path
        self.cause = cause


class DatabaseAway(DatabaseUnusable):
    """The server of the database does not answer, or takes nobody just now: it may be back in a minute."""


class DatabaseInTheWay(StorageError):
    """A restore would replace the database at `path`, and nobody has said that it may."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class UpgradeUnsafe(StorageError):
    """The database is at revision `found`, has to go to `known`, and cannot be backed up before: `cause`."""

    def __init__(self, found: str, known: str, cause: str) -> None:
        super().__init__(found, known, cause)
        self.found = found
        self.known = known
        self.cause = cause


class BackupUnusable(StorageError):
    """The backup at `path` cannot be restored, or none be made there; `cause` is what stands against it."""

    def __init__(self, path: str, cause: str) -> None:
        super().__init__(path, cause)
        self.path = path
        self.cause = cause


class OtherEngine(StorageError):
    """The backup is of one kind of database, `found`, and DATABASE_URL names another one, `wanted`."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(found, wanted)
        self.found = found
        self.wanted = wanted


class ToolMissing(StorageError):
    """A program of PostgreSQL's, `tool`, is not on this machine."""

    def __init__(self, tool: str) -> None:
        super().__init__(tool)
        self.tool = tool
