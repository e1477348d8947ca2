"""Keeps a process on loopback: connections and name look-ups that would leave it fail, and are remembered.

Standard library only and importable by itself: a bot that runs as a process of its own loads it too.
"""

import ipaddress
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

UNRESOLVABLE = (".invalid", ".test", ".example")
"""Names that nobody has (RFC 2606): looking one up is answered here, as a resolver would answer it."""
LOCAL_NAMES = frozenset({"", "localhost"})


@dataclass(slots=True)
class OutsideWorld:
    """What was asked for beyond loopback."""

    attempts: list[str] = field(default_factory=list)

    def refuse(self, what: str) -> None:
        """Remember it, and fail as a machine without a network would.

        Raises:
            OSError: always.
        """
        self.attempts.append(what)
        raise OSError(f"not beyond loopback: {what}")


def is_local(host: object) -> bool:
    """Whether an address or name as given to the socket module stays on this machine."""
    if host is None:
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    if text in LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def guarded(outside: OutsideWorld | None = None) -> OutsideWorld:
    """Puts the guard into the socket module of this process, for good."""
    world = outside or OutsideWorld()
    look_up, internet = socket.getaddrinfo, (socket.AF_INET, socket.AF_INET6)

    def guard(method: str) -> Any:
        connect = getattr(socket.socket, method)

        def connect_locally(self: socket.socket, address: Any) -> Any:
            if self.family in internet and not is_local(address[0]):
                world.refuse(f"{address[0]}:{address[1]}")
            return connect(self, address)

        return connect_locally

    def look_up_locally(host: Any, *arguments: Any, **options: Any) -> Any:
        if str(host).endswith(UNRESOLVABLE):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not is_local(host) and not _is_address(host):
            world.refuse(f"the address of {host}")
        return look_up(host, *arguments, **options)

    for method in ("connect", "connect_ex"):
        setattr(socket.socket, method, guard(method))
    socket.getaddrinfo = look_up_locally  # the module's own function, for everybody
    return world


def _is_address(host: object) -> bool:
    """An address needs no look-up; connecting to it is another matter."""
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


class WrittenDown(OutsideWorld):
    """Remembers in a file, for whoever started this process."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def refuse(self, what: str) -> None:
        """Remember it, and fail as a machine without a network would.

        Raises:
            OSError: always.
        """
        with self._file.open("a", encoding="utf-8") as log:
            log.write(f"{what}\n")
        super().refuse(what)


def guard_for_children(folder: Path) -> tuple[Path, Path]:
    """A folder that puts the guard into every Python with it on its path, and the file where attempts go."""
    guard, attempts = folder / "guard", folder / "beyond-loopback.txt"
    guard.mkdir(exist_ok=True)
    # Python imports a module of this name before anything else (Python: site).
    lines = (
        "from pathlib import Path",
        "from tests.loopback import WrittenDown, guarded",
        f"guarded(WrittenDown(Path({str(attempts)!r})))",
    )
    (guard / "sitecustomize.py").write_text("\n".join(lines), encoding="utf-8")
    return guard, attempts
