"""The data folder belongs to one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.refusals.starts import AlreadyRunning, DataFolderUnusable


@contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
    """Makes the folder where there is none, and holds its lock for as long as the block.

    Raises:
        AlreadyRunning: another process holds it.
        DataFolderUnusable: it cannot be made or written to.
    """
    lock = FileLock(data_dir / "dramatis.lock")
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire(timeout=0)
    except Timeout:
        raise AlreadyRunning(Path(lock.lock_file)) from None
    except OSError as error:
        raise DataFolderUnusable(data_dir, error.strerror or type(error).__name__) from None
    try:
        yield
    finally:
        lock.release()
