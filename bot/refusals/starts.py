"""Why the bot cannot start: told on the command line. A branch of the tree in `bot.errors`."""

from datetime import datetime
from pathlib import Path

from bot.errors import DramatisError


class StartRefused(DramatisError):
    """The bot cannot start; told on the command line."""


class AlreadyRunning(StartRefused):
    """Another process holds the data folder's lock."""

    def __init__(self, lock_file: Path) -> None:
        super().__init__(lock_file)
        self.lock_file = lock_file


class TokenRefused(StartRefused):
    """Discord does not take DISCORD_TOKEN."""


class DataFolderUnusable(StartRefused):
    """DATA_DIR cannot be made or written to; `cause` is the system's word for it."""

    def __init__(self, data_dir: Path, cause: str) -> None:
        super().__init__(data_dir, cause)
        self.data_dir = data_dir
        self.cause = cause


class ClockImplausible(StartRefused):
    """The clock of this machine shows `now`, which cannot be."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.now = now


class DiscordUnreachable(StartRefused):
    """Nobody answers at `address`."""

    def __init__(self, address: str, cause: str) -> None:
        super().__init__(address, cause)
        self.address = address
        self.cause = cause


class PublishingRefused(StartRefused):
    """Discord does not take the commands; `status` is HTTP's, `text` its own words."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


class OperatorGuildClosed(StartRefused):
    """Discord does not take commands for OPERATOR_GUILD: the bot is not in that server."""

    def __init__(self, guild_id: int | None) -> None:
        super().__init__(guild_id)
        self.guild_id = guild_id
