"""Which setting a start fails over: name, found, accepted, as for a value that cannot even be read. Pure."""

from bot import app as root
from bot.settings import ACCEPTED, SettingFault
from bot.web.listener import CannotListen

LOCAL_FILE = "sqlite:/// and a file on a local disk with room, made by this version or an older one"
OWN_DATABASE = "postgresql://user:password@host/database, made by this version or an older one"
SERVER = "postgresql:"


def setting_at_fault(refusal: Exception) -> SettingFault | None:
    """The setting that somebody has to change, or what it names; None where waiting may be enough.

    A service manager need not start the bot again over the first: exit code 2 tells them apart.
    """
    match refusal:
        case root.TokenRefused():
            name = "DISCORD_TOKEN"
            return SettingFault(name, "a token that Discord does not accept", ACCEPTED[name])
        case root.DataFolderUnusable(data_dir=data_dir, cause=cause):
            accepted = "a folder with room that the user who runs the bot owns"
            return SettingFault("DATA_DIR", f"{data_dir}: {cause}", accepted)
        case root.ClockImplausible(now=now):
            accepted = "the present time: timedatectl set-ntp true"
            return SettingFault("this machine's clock", f"{now:%Y-%m-%d %H:%M} UTC", accepted)
        case CannotListen(host=host, port=port, cause=cause):
            accepted = "an address of this machine, and a free port from 1024 on, or 0 for any"
            return SettingFault("WEB_HOST, WEB_PORT", f"{host} port {port}: {cause}", accepted)
        case root.UpgradeUnsafe(cause=cause):
            accepted = "true with PostgreSQL's client programs installed, or false"
            return SettingFault("BACKUP_BEFORE_UPGRADE", f"true, but {cause}", accepted)
        case _:
            return _database_at_fault(refusal)


def _database_at_fault(refusal: Exception) -> SettingFault | None:
    match refusal:
        case root.DatabaseAway():
            return None
        case root.SchemaTooNew(found=found, known=known):
            accepted = f"a database at {known} or older, or a newer version of the bot"
            return SettingFault("DATABASE_URL", f"a database at {found}", accepted)
        case root.DatabaseGone(path=path):
            return SettingFault("DATABASE_URL", f"{path} is gone", LOCAL_FILE)
        case root.DatabaseUnusable(path=path, cause=cause):
            accepted = OWN_DATABASE if path.startswith(SERVER) else LOCAL_FILE
            return SettingFault("DATABASE_URL", f"{path}: {cause}", accepted)
        case _:
            return None
