"""Two bots on one PostgreSQL and one clip store, each with a share of the servers; one of them dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.acceptance.crowd import Crowd
from tests.acceptance.history import LONGEST_LEASE_SECONDS, MICROSECONDS
from tests.acceptance.house import House, house_in, open_box
from tests.acceptance.rig import Rig, free_port, rig_settings
from tests.acceptance.witness import Reader
from tests.canaries import WEBHOOK_KEY

SHARDS = 2
SLICE_SECONDS = 0.1
TOLD_TO_WAIT = frozenset({"records_unavailable"})
"""Two bots and a database server on two cores: what is not stored in two seconds is refused, and told so."""
TRANSACTIONS = (
    "SELECT pid, xact_start FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
)


class Pair:
    """Both bots. Whatever is planned is planned on the victim; the survivor's port is the public one."""

    def __init__(self, survivor: Rig, victim: Rig) -> None:
        self.survivor = survivor
        self.victim = victim

    async def begin(self, *, callbacks: bool) -> None:
        """A new run, with both bots at work."""
        for rig in (self.survivor, self.victim):
            await rig.begin(callbacks=callbacks)
            rig.house.expected_log_events |= TOLD_TO_WAIT

    async def victim_sleeps(self, *_: Any) -> None:
        """The victim stands still. Fits every hook of the sandbox."""
        await self.pause(self.victim)

    async def pause(self, rig: Rig) -> None:
        """A bot stands still outside of all transactions: in one, it would hold up the other for a minute."""
        rig.house.bot.pause()
        while await self._transactions() & await self._transactions():
            rig.house.bot.resume()
            await asyncio.sleep(SLICE_SECONDS)
            rig.house.bot.pause()

    async def _transactions(self) -> set[tuple[int, object]]:
        """Those that are open a moment from now."""
        await asyncio.sleep(SLICE_SECONDS)
        return {(row["pid"], row["xact_start"]) for row in await self.survivor.reader.rows(TRANSACTIONS)}

    async def leases_end(self) -> None:
        """Time passes for what the victim holds, and for nothing else."""
        holder = (self.victim.house.folder / "data" / "instance-id").read_text("utf-8")
        await self.victim.reader.outlive(holder, LONGEST_LEASE_SECONDS * MICROSECONDS)

    async def judged(self, *crowds: Crowd) -> list[str]:
        """What must not have happened in these people's servers and did, once all is at rest."""
        for crowd in crowds:
            await self.survivor.rest(crowd.scene.guild)
        found = [one for crowd in crowds for one in await self.survivor.violations(crowd.scene.guild)]
        return [*found, *self.survivor.house.faults(), *self.victim.house.faults()]


@asynccontextmanager
async def open_pair(folder: Path, database_url: str) -> AsyncIterator[Pair]:
    """Both bots, not started yet."""
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(open_box(WEBHOOK_KEY))
        reader = Reader(database_url)
        stack.push_async_callback(reader.close)

        async def house(number: int, port: int) -> House:
            own = folder / f"bot-{number}"
            own.mkdir()
            shared = {
                "CLIP_STORE_URL": (folder / "clips").as_uri(),
                "SHARD_COUNT": str(SHARDS),
                "SHARD_IDS": str(number),
            }
            settings = rig_settings(database_url, port) | shared
            return await stack.enter_async_context(house_in(box, own, settings))

        public = free_port()
        survivor, victim = await house(0, public), await house(1, free_port())
        yield Pair(Rig(survivor, reader, public), Rig(victim, reader, public))
