"""Who may start something in a server, and how much, in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.deeds import Deed
from bot.fault import Fault
from bot.model import AttemptState
from bot.moderation.gates import Block, Gates, Pause, Quota, Used, in_log
from storage.announcements import rearm_cards
from storage.database import Database
from storage.dialects import QUEUE_LOCK, insert, take_turn
from storage.entries import block_of, count_used, quota_of, stored_gates
from storage.schema import announcements, attempts, blocks, pauses, quotas
from storage.servers import add

PAUSED = Fault.SERVER_PAUSED.value
QUEUED = attempts.c.state == AttemptState.QUEUED.value


class SqlGateStore:
    """Pauses, blocks and quotas, a row each; a line of the audit log for every change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def gates(self, guild_id: int, concerned: Collection[int]) -> Gates:
        """What a server has decided, with the blocks and quotas of the people and roles of these ids."""
        async with self._database.read() as connection:
            return await stored_gates(connection, guild_id, concerned)

    async def used(self, guild_id: int, user_id: int, now: datetime) -> Used:
        """What is used up at `now`."""
        async with self._database.read() as connection:
            return await count_used(connection, guild_id, user_id, now)

    async def pause(self, guild_id: int, pause: Pause, *, actor_id: int, now: datetime) -> None:
        """Pauses the server, in place of what pause there is; cards of what waits there are made due."""
        row = {"guild_id": guild_id, "until": pause.until, "reason": pause.reason}
        async with self._database.write() as connection:
            await put(connection, pauses, row, ("guild_id",))
            await hold_up(connection, guild_id, now)
            await add(connection, Deed(guild_id, actor_id, now, "pause", "server", None, in_log(pause)))

    async def resume(self, guild_id: int, *, actor_id: int, now: datetime) -> bool:
        """Ends the pause and makes due what it held up; False where there was none."""
        async with self._database.write() as connection:
            ended = await connection.execute(delete(pauses).where(pauses.c.guild_id == guild_id))
            if ended.rowcount == 0:
                return False
            await let_go(connection, guild_id, now)
            await add(connection, Deed(guild_id, actor_id, now, "resume", "server"))
        return True

    async def hold(self, guild_id: int, now: datetime) -> None:
        """Makes what waits in the server's queue say that its moderators hold it up."""
        async with self._database.write() as connection:
            await hold_up(connection, guild_id, now)

    async def release(self, guild_id: int, now: datetime) -> None:
        """Makes due what the server's moderators held up."""
        async with self._database.write() as connection:
            await let_go(connection, guild_id, now)

    async def block(self, guild_id: int, block: Block, *, actor_id: int, now: datetime) -> None:
        """Blocks a member, in place of what block there is."""
        async with self._database.write() as connection:
            await block_member(connection, guild_id, block, actor_id=actor_id, now=now)

    async def unblock(self, guild_id: int, user_id: int, *, actor_id: int, now: datetime) -> bool:
        """Ends a block; False where there was none."""
        own = and_(blocks.c.guild_id == guild_id, blocks.c.user_id == user_id)
        async with self._database.write() as connection:
            ended = await connection.execute(delete(blocks).where(own))
            if ended.rowcount == 0:
                return False
            await add(connection, Deed(guild_id, actor_id, now, "unblock", str(user_id)))
        return True

    async def blocks(self, guild_id: int, now: datetime) -> list[Block]:
        """The blocks that last, those that end first in front."""
        lasts = or_(blocks.c.until.is_(None), blocks.c.until > now)
        own = select(blocks).where(blocks.c.guild_id == guild_id, lasts)
        in_order = own.order_by(blocks.c.until.is_(None), blocks.c.until, blocks.c.user_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(in_order)).mappings().all()
        return [block_of(row) for row in rows]

    async def set_quota(
        self, guild_id: int, target_id: int, quota: Quota | None, *, actor_id: int, now: datetime
    ) -> None:
        """Sets the quota of a member or a role, or takes it away."""
        own = and_(quotas.c.guild_id == guild_id, quotas.c.target_id == target_id)
        async with self._database.write() as connection:
            before = (await connection.execute(select(quotas).where(own))).mappings().first()
            if quota is None:
                await connection.execute(delete(quotas).where(own))
            else:
                row = {
                    "guild_id": guild_id,
                    "target_id": target_id,
                    "per_day": quota.per_day,
                    "at_once": quota.at_once,
                }
                await put(connection, quotas, row, ("guild_id", "target_id"))
            old = None if before is None else in_log(quota_of(before))
            new = None if quota is None else in_log(quota)
            await add(connection, Deed(guild_id, actor_id, now, "quota", str(target_id), old, new))

    async def quotas(self, guild_id: int) -> dict[int, Quota]:
        """All quotas of a server, by the ids of members and roles."""
        own = select(quotas).where(quotas.c.guild_id == guild_id).order_by(quotas.c.target_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(own)).mappings().all()
        return {row["target_id"]: quota_of(row) for row in rows}


async def block_member(
    connection: AsyncConnection, guild_id: int, block: Block, *, actor_id: int, now: datetime
) -> None:
    """Blocks a member, in place of what block there is, and notes it."""
    row = {"guild_id": guild_id, "user_id": block.user_id, "until": block.until, "reason": block.reason}
    await put(connection, blocks, row, ("guild_id", "user_id"))
    subject = str(block.user_id)
    await add(connection, Deed(guild_id, actor_id, now, "block", subject, None, in_log(block)))


async def put(connection: AsyncConnection, table: Table, row: dict[str, Any], key: Sequence[str]) -> None:
    """Stores a row in place of the one that has its key."""
    adding = insert(connection, table).values(row)
    await connection.execute(adding.on_conflict_do_update(index_elements=key, set_=row))


async def hold_up(connection: AsyncConnection, guild_id: int, now: datetime) -> None:
    await mark(connection, and_(QUEUED, attempts.c.place_id == guild_id), now, fault=PAUSED)


async def let_go(connection: AsyncConnection, guild_id: int, now: datetime) -> None:
    """Who has one of them in hand may just be reading of the pause, and would put it off once more."""
    in_hand = attempts.c.leased_until.is_not(None)
    held_up = and_(QUEUED, attempts.c.place_id == guild_id, (attempts.c.fault == PAUSED) | in_hand)
    unmarked = case((attempts.c.fault == PAUSED, None), else_=attempts.c.fault)
    revision = attempts.c.revision + 1
    await mark(connection, held_up, now, fault=unmarked, due_at=now, revision=revision, leased_until=None)


async def mark(
    connection: AsyncConnection, which: ColumnElement[bool], now: datetime, **values: object
) -> None:
    """Changes attempts of the queue and makes their cards due."""
    # Who gives turns takes the queue's rows in another order; and attempts come before announcements, as
    # everywhere.
    await take_turn(connection, QUEUE_LOCK)
    affected = select(attempts.c.job_id).where(which)
    await connection.execute(affected.with_for_update())
    await connection.execute(rearm_cards(now).where(announcements.c.job_id.in_(affected)))
    await connection.execute(update(attempts).where(which).values(values))
