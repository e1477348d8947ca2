"""Members' own data in the database: shown, handed over, and erased in stored steps."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.privacy import NOBODY, Category, Erasure, ExportTooSoon, Holdings, Phase, Rows
from storage.anonymity import anonymise_jobs, forget_places, take_out_of_others
from storage.characters import give_clip_up
from storage.database import Database
from storage.dialects import LIBRARY_LOCK, insert, take_turn
from storage.entries import OPEN
from storage.own_data import counts, is_ended, rows_of
from storage.rows import Row, clip_row, offer_row
from storage.schema import attempts, characters, erasures, exports, former_ids, jobs

DUE_AT_ONCE = 20
DONE = Phase.DONE.value


class SqlPrivacyStore:
    """What is stored about somebody, wherever it is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def holdings(self, user_id: int) -> Holdings:
        """How much there is, and what is being deleted of it."""
        async with self._database.read() as connection:
            counted = await counts(connection, user_id)
            asked = select(erasures).where(erasures.c.user_id == user_id).order_by(erasures.c.asked_at)
            rows = (await connection.execute(asked)).mappings().all()
        return Holdings(**counted, erasures=tuple(map(erasure_of, rows)))

    async def export(self, user_id: int, now: datetime, every: timedelta) -> Rows:
        """All that is stored about somebody, without what only the bot may know.

        Raises:
            ExportTooSoon: the last time was less than `every` ago.
        """
        latest = select(exports.c.taken_at).where(
            exports.c.user_id == user_id, exports.c.taken_at > now - every
        )
        taking: dict[str, Any] = {"user_id": user_id, "taken_at": now}
        async with self._database.write() as connection:
            taken_at = await connection.scalar(latest)
            if taken_at is not None:
                raise ExportTooSoon(taken_at + every)
            await connection.execute(delete(exports).where(exports.c.taken_at <= now - every))
            adding = insert(connection, exports).values(taking)
            await connection.execute(adding.on_conflict_do_update(index_elements=("user_id",), set_=taking))
            return await rows_of(connection, user_id)

    async def ask(self, erasure: Erasure) -> None:
        """Notes that somebody wants something deleted."""
        async with self._database.write() as connection:
            await connection.execute(insert(connection, erasures).values(erasure_row(erasure)))

    async def due(self, now: datetime) -> list[Erasure]:
        """What is to be gone on with, the oldest first."""
        waiting = select(erasures).where(erasures.c.phase != DONE, erasures.c.due_at <= now)
        in_order = waiting.order_by(erasures.c.asked_at, erasures.c.erasure_id).limit(DUE_AT_ONCE)
        async with self._database.read() as connection:
            rows = (await connection.execute(in_order)).mappings().all()
        return [erasure_of(row) for row in rows]

    async def running(self, erasure: Erasure) -> list[str]:
        """The ids of the jobs that go on, of those that were there when it was asked."""
        going_on = exists().where(attempts.c.job_id == jobs.c.job_id, OPEN)
        async with self._database.read() as connection:
            return list(await connection.scalars(select(jobs.c.job_id).where(own_jobs(erasure), going_on)))

    async def erase(self, erasure: Erasure, *, again_at: datetime, counted_until: datetime) -> Erasure:
        """Erases the contents of what does not go on; as the deletion stands then.

        Where something does, it comes due `again_at`. Else ids stay until `counted_until` where limits count
        them, or it is done.
        """
        async with self._database.write() as connection:
            ended = await ids_of_ended(connection, erasure)
            history = await erase_history(connection, erasure, ended)
            if Category.CHARACTERS in erasure.categories:
                await erase_characters(connection, erasure, ended)
            if Category.CLIPS in erasure.categories:
                await connection.execute(update(jobs).where(is_ended(own_jobs(erasure))).values(NO_CLIP))
            await anonymise_jobs(connection, history)
            going_on = await connection.scalar(counting_going_on(erasure))
            moved = after(erasure, going_on=bool(going_on), again_at=again_at, counted_until=counted_until)
            await store(connection, moved)
        return moved

    async def anonymise(self, erasure: Erasure) -> None:
        """Puts nobody in the place of the ids that are left; then it is done."""
        async with self._database.write() as connection:
            await forget_places(connection, erasure.user_id, erasure.asked_at)
            await store(connection, replace(erasure, user_id=NOBODY, phase=Phase.DONE))


NO_CLIP = {**clip_row(None), **offer_row(None)}


def after(erasure: Erasure, *, going_on: bool, again_at: datetime, counted_until: datetime) -> Erasure:
    """How a deletion stands once the contents are gone of what does not go on."""
    if going_on:
        return replace(erasure, due_at=again_at)
    if Category.HISTORY in erasure.categories:
        return replace(erasure, phase=Phase.ERASED, due_at=counted_until)
    return replace(erasure, phase=Phase.DONE)


async def ids_of_ended(connection: AsyncConnection, erasure: Erasure) -> list[str]:
    return list(await connection.scalars(select(jobs.c.job_id).where(is_ended(own_jobs(erasure)))))


async def erase_history(connection: AsyncConnection, erasure: Erasure, ended: Sequence[str]) -> list[str]:
    """Erases what stands beside ended jobs; the ids of those that are to name nobody any more.

    A job that a kept character comes from stays as it is.
    """
    if Category.HISTORY not in erasure.categories:
        return []
    needed: set[str] = set()
    if Category.CHARACTERS not in erasure.categories:
        owned = select(characters.c.job_id).where(characters.c.owner_id == erasure.user_id)
        needed = set(await connection.scalars(owned))
    await take_out_of_others(connection, erasure.user_id, erasure.asked_at)
    return [job_id for job_id in ended if job_id not in needed]


async def erase_characters(connection: AsyncConnection, erasure: Erasure, ended: Collection[str]) -> None:
    """Deletes characters with their former ids, and the claims of their jobs on the clips."""
    await take_turn(connection, LIBRARY_LOCK)
    theirs = select(characters.c.character_id, characters.c.job_id).where(
        characters.c.owner_id == erasure.user_id, characters.c.created_at <= erasure.asked_at
    )
    going_on = {*await connection.scalars(select(jobs.c.job_id).where(own_jobs(erasure)))} - set(ended)
    for character_id, job_id in (await connection.execute(theirs)).all():
        if job_id in going_on:
            continue
        await connection.execute(delete(former_ids).where(former_ids.c.character_id == character_id))
        await connection.execute(delete(characters).where(characters.c.character_id == character_id))
        await give_clip_up(connection, job_id)


def own_jobs(erasure: Erasure) -> ColumnElement[bool]:
    """What of somebody's was there when they asked."""
    return and_(jobs.c.owner_id == erasure.user_id, jobs.c.created_at <= erasure.asked_at)


def counting_going_on(erasure: Erasure) -> Any:
    going_on = exists().where(attempts.c.job_id == jobs.c.job_id, OPEN)
    return select(func.count()).select_from(jobs).where(own_jobs(erasure), going_on)


async def store(connection: AsyncConnection, erasure: Erasure) -> None:
    """Stores how a deletion stands; one that is done names nobody."""
    row = erasure_row(erasure)
    if erasure.phase is Phase.DONE:
        row["user_id"] = NOBODY
    own = update(erasures).where(erasures.c.erasure_id == erasure.erasure_id)
    await connection.execute(own.values(row))


def erasure_row(erasure: Erasure) -> dict[str, Any]:
    return {
        "erasure_id": erasure.erasure_id,
        "user_id": erasure.user_id,
        "categories": ",".join(sorted(erasure.categories)),
        "asked_at": erasure.asked_at,
        "phase": erasure.phase.value,
        "due_at": erasure.due_at,
    }


def erasure_of(row: Row) -> Erasure:
    return Erasure(
        erasure_id=row["erasure_id"],
        user_id=row["user_id"],
        categories=frozenset(Category(name) for name in row["categories"].split(",") if name),
        asked_at=row["asked_at"],
        phase=Phase(row["phase"]),
        due_at=row["due_at"],
    )
