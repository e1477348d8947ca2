"""How much memory processes have held at most. Linux only; elsewhere nothing is known.

getrusage(2) does not tell it: what it calls the largest memory of a process starts with that of its parent.
"""

import asyncio
import os
from pathlib import Path

LOOK_SECONDS = 0.01
PROC = Path("/proc")


def peak_bytes(pid: int | None = None) -> int:
    """The most that was resident of a process, of this one by default; 0 when it is gone (proc(5), VmHWM)."""
    try:
        status = (PROC / str(pid or os.getpid()) / "status").read_text("ascii", "replace")
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
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
    """Looks at the children of this process again and again; the last moments of one may be missed."""

    def __init__(self) -> None:
        self.largest_bytes = 0

    async def run(self) -> None:
        """Until it is cancelled."""
        own = _command(os.getpid())
        while own:
            for pid in child_pids():
                # One that has not become another program yet still has the memory of its parent.
                if _command(pid) not in (own, b""):
                    self.largest_bytes = max(self.largest_bytes, peak_bytes(pid))
            await asyncio.sleep(LOOK_SECONDS)


def _command(pid: int) -> bytes:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""
