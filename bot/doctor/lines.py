"""What the doctor says of one thing."""

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """What is looked at, in the order in which it is told."""

    SETTINGS = "settings"
    TOKEN = "Discord token"  # noqa: S105 - the name of a check
    INTENTS = "intents"
    COMMANDS = "commands"
    INVITE = "invite link"
    SERVERS = "servers"
    KEY = "provider key"
    BALANCE = "balance"
    MODEL = "model"
    ASSUMED = "assumed"
    CLIPS = "clip store"
    DATABASE = "database"
    SQLITE = "SQLite library"
    DISK = "disk"
    CLOCK = "clock"
    PUBLIC = "public address"
    FFMPEG = "FFmpeg"
    LINKS = "privacy links"


class State(StrEnum):
    """How it stands. Only what failed keeps the bot from doing its job."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Line:
    """`advice` says what to do, and is empty where nothing has to be done."""

    check: Check
    state: State
    found: str
    advice: str = ""
