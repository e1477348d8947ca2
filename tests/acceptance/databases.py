"""The databases that a bot can work on, and how a new one of either kind is had."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from pathlib import Path

from tests.acceptance.witness import POSTGRESQL, SQLITE
from tests.postgres.server import PostgresServer

KINDS = (SQLITE, POSTGRESQL)


@asynccontextmanager
async def open_database(
    kind: str, folder: Path, server: Callable[[], AbstractContextManager[PostgresServer]]
) -> AsyncIterator[str]:
    """The address of an empty database for as long as the block; `server` is asked for only when needed."""
    if kind == SQLITE:
        yield f"sqlite:///{folder / 'dramatis.db'}"
        return
    with server() as running:
        async with running.database() as url:
            yield url


def lent(server: PostgresServer) -> AbstractContextManager[PostgresServer]:
    """A server that goes on running."""
    return nullcontext(server)
