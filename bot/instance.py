"""The name under which this process works on a database that it shares."""

from collections.abc import Callable
from pathlib import Path


def instance_id_in(data_dir: Path, new_id: Callable[[], str]) -> str:
    """The id kept in a data folder, made at the first start there.

    Whoever holds the folder's lock is the only one with its id, so a start may void what the process before
    it left leased. A copy of a folder that is in use must not be used for a second process.
    """
    file = data_dir / "instance-id"
    known = file.read_text("utf-8").strip() if file.exists() else ""
    if known:
        return known
    made = new_id()
    file.write_text(made, "utf-8")
    return made
