"""Where the server of the tests is, and how one gets a database of one's own there."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import asyncpg

from tests.canaries import DATABASE_PASSWORD

ROOT = Path(__file__).parents[2]
TEMPLATE = "template1"
"""What PostgreSQL copies a new database from unless told otherwise."""
STOP_SECONDS = 30
STOP, START = "stop", "start"
"""What the process that holds the server is told; it says the word again when that is done."""

serial = count(1)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server, by the folder of its socket, and how it is told to stop and to start."""

    socket_folder: str
    _tell: Callable[[str], None] = field(repr=False)

    async def stop(self) -> None:
        """Breaks all connections, and takes none until it is started again; nothing committed is lost."""
        await asyncio.to_thread(self._tell, STOP)

    async def start(self) -> None:
        await asyncio.to_thread(self._tell, START)

    @asynccontextmanager
    async def database(self, template: str = TEMPLATE) -> AsyncIterator[str]:
        """The address of a database for as long as the block: new, at this release or (`template0`) empty."""
        name = f"test_{next(serial)}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield address(self.socket_folder, name)
        finally:
            await self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def execute(self, statement: str, database: str = "postgres") -> None:
        """Runs one statement as an administrator would."""
        connection = await asyncpg.connect(address(self.socket_folder, database))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def address(socket_folder: str, database: str) -> str:
    """The address of a database, as DATABASE_URL spells it. The password is asked for by nobody."""
    return f"postgresql://postgres:{DATABASE_PASSWORD}@/{database}?host={socket_folder}"


def tell(child: subprocess.Popen[str], order: str) -> None:
    """Gives an order to the process that holds the server, and waits until it is carried out."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(f"{order}\n")
    child.stdin.flush()
    assert child.stdout.readline().strip() == order, "the server's process did not do it; it said why above"


@contextmanager
def started() -> Iterator[PostgresServer]:
    """A server of its own for as long as the block, in a folder with a name short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        # The package keeps a lock in the runtime folder; there, another user's would be in the way.
        environment = os.environ | {"XDG_RUNTIME_DIR": str(folder), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.postgres.serve", str(folder / "data")]
        with subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            try:
                socket_folder = child.stdout.readline().strip()
                assert socket_folder, "the server did not start; what it said is above"
                yield PostgresServer(socket_folder, partial(tell, child))
            finally:
                child.communicate(timeout=STOP_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
