"""Which processes serve the database, and whose leases are void."""

from collections.abc import Mapping

from sqlalchemy import Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.dialects import QUEUE_LOCK, insert, take_turn
from storage.schema import announcements, attempts, instances

ALONE = "alone"
"""The id of a process that has the database to itself."""


class SqlInstanceStore:
    """Instances by id, with a count that goes up while one lives."""

    def __init__(self, database: Database, instance_id: str = ALONE) -> None:
        self._database = database
        self._instance_id = instance_id

    async def beat(self) -> Mapping[str, int]:
        """Counts one more sign of life of ours; the counts of all others, by their ids."""
        own = instances.c.instance_id == self._instance_id
        async with self._database.write() as connection:
            counting = insert(connection, instances).values(instance_id=self._instance_id, beats=1)
            await connection.execute(
                counting.on_conflict_do_update(
                    index_elements=("instance_id",), set_={"beats": instances.c.beats + 1}
                )
            )
            rows = (await connection.execute(select(instances).where(~own))).mappings().all()
        return {row["instance_id"]: row["beats"] for row in rows}

    async def release(self, instance_id: str | None = None) -> int:
        """Voids what an instance (None: this one) has leased, and forgets it; how many leases that were."""
        holder = instance_id or self._instance_id
        async with self._database.write() as connection:
            # Who gives turns takes the queue's rows in another order.
            await take_turn(connection, QUEUE_LOCK)
            released = await void_leases(connection, attempts, holder)
            released += await void_leases(connection, announcements, holder)
            await connection.execute(delete(instances).where(instances.c.instance_id == holder))
        return released


async def void_leases(connection: AsyncConnection, table: Table, holder: str) -> int:
    """Gives back what `holder` has leased in a table; how many rows that were."""
    held = (table.c.leased_by == holder) & table.c.leased_until.is_not(None)
    return (await connection.execute(update(table).where(held).values(leased_until=None))).rowcount
