"""A process that opens a database, says when it stands in the middle of the migrations, and stays there."""

import asyncio
import sys
from pathlib import Path

import storage.upgrade
from bot.logs import configure_logs
from storage.database import Database

if __name__ == "__main__":
    configure_logs("WARNING", "json")
    storage.upgrade.MIGRATIONS = Path(sys.argv[2])
    asyncio.run(Database.open(sys.argv[1]))
