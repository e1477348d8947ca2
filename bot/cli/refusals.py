"""Why the bot did not start, or an operation did nothing, and what to do about it. Pure."""

from bot import app as root
from bot import operations
from bot.backups import BackupUnusable, DatabaseInTheWay, OtherEngine, ToolMissing
from bot.errors import JobConflict, NotFound
from bot.job_report import not_settled
from bot.publishing import OperatorGuildClosed, PublishingRefused
from bot.refusals.settlements import SettlementRefused
from bot.web.listener import CannotListen

START_REFUSALS = (
    root.TokenRefused,
    root.AlreadyRunning,
    root.DataFolderUnusable,
    root.ClockImplausible,
    root.DiscordUnreachable,
    root.SchemaTooNew,
    root.DatabaseUnusable,
    root.DatabaseGone,
    root.ClipStoreUnavailable,
    root.UpgradeUnsafe,
    CannotListen,
)
OPERATION_REFUSALS = (
    *START_REFUSALS,
    operations.SchemaTooOld,
    NotFound,
    JobConflict,
    SettlementRefused,
    BackupUnusable,
    DatabaseInTheWay,
    OtherEngine,
    ToolMissing,
    PublishingRefused,
    OperatorGuildClosed,
)


def why_refused(refusal: Exception) -> str:
    """Why nothing was shown or changed."""
    match refusal:
        case NotFound() | JobConflict() | SettlementRefused():
            return not_settled(refusal)
        case operations.SchemaTooOld(found=found, known=known):
            return f"The database is at {found}, this version at {known}: start this version of the bot once."
        case BackupUnusable() | DatabaseInTheWay() | OtherEngine() | ToolMissing():
            return _why_no_backup(refusal)
        case PublishingRefused(status=status, text=text):
            return f"Discord does not take the commands (HTTP {status}: {text}). Nothing was changed."
        case OperatorGuildClosed(guild_id=guild_id):
            return (
                f"OPERATOR_GUILD: the bot is not in the server {guild_id}. Its commands were not published "
                "there; all others are in place."
            )
        case _:
            return why_not_started(refusal)


def why_not_started(refusal: Exception) -> str:
    match refusal:
        case root.AlreadyRunning() | root.DataFolderUnusable() | root.ClockImplausible() | CannotListen():
            return _why_not_here(refusal)
        case root.DiscordUnreachable(address=address, cause=cause):
            return f"Discord does not answer at {address} ({cause}). Is this machine online?"
        case root.SchemaTooNew() | root.DatabaseUnusable() | root.DatabaseGone():
            return _why_no_database(refusal)
        case root.UpgradeUnsafe(found=found, known=known, cause=cause):
            return (
                f"The database is at {found}, this version needs {known}, and it cannot be backed up before: "
                f"{cause}. Nothing was changed. Install PostgreSQL's client programs, of the server's "
                "version or a newer one; or make a backup on the server, and start with "
                "BACKUP_BEFORE_UPGRADE=false."
            )
        case root.ClipStoreUnavailable(key=key, cause=cause):
            return f"The clip store cannot be used, at {key}: {cause}"
        case _:
            return "DISCORD_TOKEN: Discord does not accept it. Copy it again from the developer portal."


def _why_not_here(
    refusal: root.AlreadyRunning | root.DataFolderUnusable | root.ClockImplausible | CannotListen,
) -> str:
    match refusal:
        case root.AlreadyRunning(lock_file=lock_file):
            return f"Another bot is running on this data folder: it holds {lock_file}. Stop it first."
        case root.DataFolderUnusable(data_dir=data_dir, cause=cause):
            return f"DATA_DIR: {data_dir} cannot be used: {cause}"
        case root.ClockImplausible(now=now):
            return f"This machine's clock shows {now:%Y-%m-%d %H:%M} UTC. Set it, and keep it right with NTP."
        case CannotListen(host=host, port=port, cause=cause):
            return f"WEB_HOST, WEB_PORT: cannot listen on {host} port {port}: {cause}"


def _why_no_backup(refusal: BackupUnusable | DatabaseInTheWay | OtherEngine | ToolMissing) -> str:
    match refusal:
        case BackupUnusable(path=path, cause=cause):
            return f"The backup {path} cannot be used: {cause}. Nothing was changed."
        case DatabaseInTheWay(path=path):
            return (
                f"There is a database already: {path}. Nothing was changed. To replace it, say --overwrite; "
                "a SQLite file is set aside and not deleted."
            )
        case OtherEngine(found=found, wanted=wanted):
            return f"The backup is of {found}, and DATABASE_URL names {wanted}. Nothing was changed."
        case ToolMissing(tool=tool):
            return (
                f"{tool} is not on this machine. Install PostgreSQL's client programs, of the server's "
                "version or a newer one."
            )


def _why_no_database(refusal: root.SchemaTooNew | root.DatabaseUnusable | root.DatabaseGone) -> str:
    match refusal:
        case root.SchemaTooNew(found=found, known=known):
            return (
                f"The database was written by a newer version: it is at {found}, this version knows {known}. "
                "Run that version, or restore a backup."
            )
        case root.DatabaseUnusable(path=path, cause=cause):
            return f"The database {path} cannot be used: {cause}"
        case root.DatabaseGone(path=path, note=note):
            return (
                f"The database {path} is gone, and nothing was begun in its place. Put it back, or restore a "
                f"backup. To begin with an empty one, delete {note}."
            )
