"""Many jobs retried or cancelled at once, in the database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from bot.deeds import Deed
from bot.moderation.bulks import Bulk, BulkAction, BulkStep, Tally
from storage.bulk_tables import bulk_steps, bulks
from storage.database import Database
from storage.dialects import insert
from storage.rows import Row
from storage.servers import add


class SqlBulkStore:
    """A row for each bulk, and one for each job of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def propose(self, bulk: Bulk, steps: Sequence[BulkStep], *, forget_before: datetime) -> None:
        """Stores what would be done, and forgets what was proposed before then."""
        row = {
            "bulk_id": bulk.bulk_id,
            "guild_id": bulk.guild_id,
            "actor_id": bulk.actor_id,
            "action": bulk.action.value,
            "created_at": bulk.created_at,
        }
        rows = [
            {
                "bulk_id": bulk.bulk_id,
                "position": position,
                "job_id": step.job_id,
                "attempt_number": step.attempt_number,
            }
            for position, step in enumerate(steps)
        ]
        async with self._database.write() as connection:
            await connection.execute(delete(bulks).where(bulks.c.created_at < forget_before))
            await connection.execute(insert(connection, bulks).values(row))
            if rows:
                await connection.execute(insert(connection, bulk_steps), rows)

    async def confirm(self, bulk_id: str, deed: Deed) -> bool:
        """Lets it begin, for whoever confirms it, and notes that; False where it has begun already."""
        unbegun = update(bulks).where(bulks.c.bulk_id == bulk_id, bulks.c.confirmed_at.is_(None))
        async with self._database.write() as connection:
            begun = await connection.execute(unbegun.values(confirmed_at=deed.at, actor_id=deed.actor_id))
            if begun.rowcount == 0:
                return False
            await add(connection, deed)
        return True

    async def tally(self, guild_id: int, bulk_id: str) -> Tally | None:
        """How far it has come; None where the server has no such bulk."""
        own = select(bulks).where(bulks.c.bulk_id == bulk_id, bulks.c.guild_id == guild_id)
        of_it = select(bulk_steps).where(bulk_steps.c.bulk_id == bulk_id).order_by(bulk_steps.c.position)
        async with self._database.read() as connection:
            row = (await connection.execute(own)).mappings().first()
            if row is None:
                return None
            steps = (await connection.execute(of_it)).mappings().all()
        outcomes = {one["job_id"]: one["outcome"] for one in steps if one["outcome"] is not None}
        return Tally(bulk_of(row), len(steps), outcomes)

    async def untried(self, limit: int) -> list[tuple[Bulk, BulkStep]]:
        """The next steps of what was confirmed, those of the oldest first."""
        waiting = (
            select(bulks, bulk_steps.c.job_id, bulk_steps.c.attempt_number)
            .join(bulk_steps, bulk_steps.c.bulk_id == bulks.c.bulk_id)
            .where(bulks.c.confirmed_at.is_not(None), bulk_steps.c.outcome.is_(None))
            .order_by(bulks.c.confirmed_at, bulks.c.bulk_id, bulk_steps.c.position)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(waiting)).mappings().all()
        return [(bulk_of(row), BulkStep(row["job_id"], row["attempt_number"])) for row in rows]

    async def settle(self, bulk_id: str, job_id: str, outcome: str) -> None:
        """Notes what came of a step."""
        own = update(bulk_steps).where(bulk_steps.c.bulk_id == bulk_id, bulk_steps.c.job_id == job_id)
        async with self._database.write() as connection:
            await connection.execute(own.values(outcome=outcome))


def bulk_of(row: Row) -> Bulk:
    return Bulk(
        row["bulk_id"],
        row["guild_id"],
        row["actor_id"],
        BulkAction(row["action"]),
        row["created_at"],
        row["confirmed_at"],
    )
