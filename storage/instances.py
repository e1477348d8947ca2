"""Which processes serve the database, and whose leases are void."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Table, Update, delete, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.dialects import QUEUE_LOCK, insert, take_turn
from storage.moments import microseconds_of
from storage.schema import PENDING, SCHEDULED, announcements, attempts, circuits, instances

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

    async def bring_forward(self, now: datetime, longest: timedelta) -> int:
        """Makes due at once what is due later than `longest` from now, as by a clock since put back.

        Attempts and announcements that nobody has leased, and circuits; their other times move along. How
        many rows that were.
        """
        latest = now + longest
        async with self._database.write() as connection:
            await take_turn(connection, QUEUE_LOCK)
            results = [
                await connection.execute(statement)
                for statement in (
                    forward(circuits, "probe_at", now, "opened_at").where(circuits.c.probe_at > latest),
                    forward(attempts, "due_at", now, "created_at", "submitted_at", "waits_since")
                    .where(SCHEDULED, attempts.c.due_at > latest)
                    .where(attempts.c.leased_until.is_(None)),
                    forward(announcements, "due_at", now, "created_at")
                    .where(PENDING, announcements.c.due_at > latest)
                    .where(announcements.c.leased_until.is_(None)),
                )
            ]
        return sum(result.rowcount for result in results)


def forward(table: Table, due: str, now: datetime, *others: str) -> Update:
    """Sets one time to `now`, and moves others of the row by as much."""
    ahead = type_coerce(table.c[due], BigInteger) - microseconds_of(now)
    moved = {name: type_coerce(table.c[name], BigInteger) - ahead for name in others}
    return update(table).values({due: now, **moved})


async def void_leases(connection: AsyncConnection, table: Table, holder: str) -> int:
    """Gives back what `holder` has leased in a table; how many rows that were."""
    held = (table.c.leased_by == holder) & table.c.leased_until.is_not(None)
    return (await connection.execute(update(table).where(held).values(leased_until=None))).rowcount
