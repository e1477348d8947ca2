"""The bot on a host that a test can spoil: `CLOCK_FILE=... python -m tests.acceptance.hosted_bot run`.

Its clock shows the system's time and the seconds in that file. Its log leaves through a pipe, as under any
container runtime, so that a disk that takes nothing takes no words away. It begins sessions sooner than the
real gateway would let it; the local one does not mind.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import client
from bot.__main__ import cli
from bot.clock import SystemClock

CLOCK_FILE = "CLOCK_FILE"
SESSION_SECONDS = 0.2
CLOCK_BYTES = 24
"""How long the number in the file is, so that it can be written in place."""


def set_by(file: Path) -> None:
    """Puts every clock of the bot ahead by the seconds in a file, whenever it is looked at."""
    opened = os.open(file, os.O_RDONLY)

    def now(_: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(os.pread(opened, CLOCK_BYTES, 0)))

    _put(SystemClock, "now", now)


def log_through_a_pipe() -> None:
    """What is written to both outputs is written on by another process."""
    # It ends with the pipe; nobody waits for it.
    relay = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE)  # noqa: SIM115, RUF100, S603 - see above
    assert relay.stdin is not None
    for output in (sys.stdout.fileno(), sys.stderr.fileno()):
        os.dup2(relay.stdin.fileno(), output)
    relay.stdin.close()


def _put(owner: object, name: str, piece: object) -> None:
    setattr(owner, name, piece)


if __name__ == "__main__":
    set_by(Path(os.environ[CLOCK_FILE]))
    log_through_a_pipe()
    _put(client, "SHORTEST_SECONDS", SESSION_SECONDS)
    _put(client, "session_pause_seconds", lambda _: SESSION_SECONDS)
    sys.exit(cli())
