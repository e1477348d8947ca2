"""How much memory processes have held at most. Linux only; elsewhere nothing is known.

getrusage(2) does not tell it: what it calls the largest memory of a process starts with that of its parent.
"""

import os
import threading
from pathlib import Path
from typing import Self

LOOK_SECONDS = 0.002
PROC = Path("/proc")


def peak_bytes(pid: int | None = None) -> int:
    """The most that was resident of a process, of this one by default; 0 when it is gone (proc(5), VmHWM)."""
    return _field("VmHWM", pid or os.getpid())


def resident_bytes() -> int:
    """What is resident of this process (proc(5), VmRSS)."""
    return _field("VmRSS", os.getpid())


def _field(name: str, pid: int) -> int:
    try:
        status = (PROC / str(pid) / "status").read_text("ascii", "replace")
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


def child_pids() -> list[int]:
    """The children of this process (proc(5), children)."""
    try:
        tasks = list((PROC / "self" / "task").iterdir())
        return [int(pid) for task in tasks for pid in (task / "children").read_text("ascii").split()]
    except OSError:
        return []


class Watch:
    """A thread that looks at this process and its children again and again, until it is left."""

    def __init__(self) -> None:
        self.own_bytes = 0
        self.largest_bytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        own = _command(os.getpid())
        while own and not self._over.wait(LOOK_SECONDS):
            self.own_bytes = max(self.own_bytes, resident_bytes())
            for pid in child_pids():
                # One that has not become another program yet still has the memory of its parent.
                if _command(pid) not in (own, b""):
                    self.largest_bytes = max(self.largest_bytes, peak_bytes(pid))


def _command(pid: int) -> bytes:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""
