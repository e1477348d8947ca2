"""What kind of file system a path lies on, as far as Linux tells."""

import re
from pathlib import Path

from storage.errors import DatabaseUnusable

MOUNTS = Path("/proc/self/mountinfo")
NETWORK = frozenset(
    {
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.ceph",
        "fuse.glusterfs",
        "fuse.sshfs",
        "gpfs",
        "lustre",
        "nfs",
        "nfs4",
        "ocfs2",
        "smb3",
        "smbfs",
    }
)
"""SQLite's write-ahead log does not work over a network file system (SQLite: Write-Ahead Logging)."""
ESCAPED = re.compile(r"\\([0-7]{3})")
"""How a blank or a backslash stands in a mount point (proc_pid_mountinfo(5))."""


def refuse_network_mount(path: Path) -> None:
    """Lets pass a path on a disk of this machine, and every path where the system does not tell.

    Raises:
        DatabaseUnusable: it lies on a file system that comes over the network.
    """
    try:
        mounts = MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return
    kind = kind_of(path.resolve(), mounts)
    if kind in NETWORK:
        raise DatabaseUnusable(str(path), f"it lies on a network file system ({kind})")


def kind_of(path: Path, mounts: str) -> str:
    """The kind of the file system that a whole path lies on; empty where none is told.

    Of several at one point the last counts.
    """
    deepest, kind = Path(), ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = Path(ESCAPED.sub(lambda code: chr(int(code[1], 8)), before.split(" ")[4]))
        if path.is_relative_to(point) and len(point.parts) >= len(deepest.parts):
            deepest, kind = point, after.split(" ")[0]
    return kind
