"""Fair turns: the next attempt is the server's, then the member's, that waited longest since its last turn.

A turn is given once, when an attempt is taken for its upload, and kept until the attempt is submitted.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import AttemptState
from storage.dialects import QUEUE_LOCK, insert, take_turn
from storage.schema import HAS_TURN, TURNLESS, attempts, jobs, turns

READY_AT_MOST = 6
"""Clips handed over that wait for the rate: what a newcomer waits behind, however long the queue is."""
SOON = timedelta(seconds=1)
"""Longer than an attempt rests when the rate is used up: it still counts as ready."""
SERVER = 0
"""What stands for the server itself where its members stand."""


def unleased(attempt: FromClause, now: datetime) -> ColumnElement[bool]:
    return or_(attempt.c.leased_until.is_(None), attempt.c.leased_until <= now)


def whose_turn(job_id: str) -> dict[str, ScalarSelect[Any]]:
    """The columns that say whose an attempt is. In direct messages everybody is a server of their own."""
    own = jobs.c.job_id == job_id
    return {
        "place_id": select(func.coalesce(jobs.c.guild_id, -jobs.c.owner_id)).where(own).scalar_subquery(),
        "owner_id": select(jobs.c.owner_id).where(own).scalar_subquery(),
    }


async def next_ids(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Up to `limit` attempts to lease next: those that have had their turn, then those that are given one."""
    await take_turn(connection, QUEUE_LOCK)
    ids = list(await connection.scalars(turned(now, limit)))
    room = min(limit - len(ids), READY_AT_MOST - await count_ready(connection, now))
    for _ in range(room):
        attempt_id = await give_turn(connection, now)
        if attempt_id is None:
            break
        ids.append(attempt_id)
    return ids


async def next_due(connection: AsyncConnection, now: datetime) -> datetime | None:
    """When to ask again: while enough is ready, only what is ready counts."""
    full = await count_ready(connection, now) >= READY_AT_MOST
    wanted = [earliest_turned()] if full else [earliest_turned(), earliest_waiting()]
    found = [await connection.scalar(statement) for statement in wanted]
    return min((due_at for due_at in found if due_at is not None), default=None)


def earliest_turned() -> Select[Any]:
    return select(func.min(attempts.c.due_at)).where(HAS_TURN, attempts.c.leased_until.is_(None))


def earliest_waiting() -> Select[Any]:
    """The smallest of the places' arrivals: there are far fewer places than attempts."""
    places = distinct_waiting("place_id")
    waiting = attempts.alias()
    arrived_at = arrival(waiting, waiting.c.place_id == places.c.head, waiting.c.leased_until.is_(None))
    return select(func.min(arrived_at)).select_from(places)


def turned(now: datetime, limit: int) -> Select[Any]:
    """Attempts that have had their turn and are still in the queue, in the order of their turns."""
    return (
        select(attempts.c.attempt_id)
        .where(HAS_TURN, attempts.c.due_at <= now, unleased(attempts, now))
        .order_by(attempts.c.turn)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


async def count_ready(connection: AsyncConnection, now: datetime) -> int:
    handed_over = attempts.c.state == AttemptState.HANDED_OVER.value
    ready = select(func.count()).where(HAS_TURN, handed_over, attempts.c.due_at <= now + SOON)
    return await connection.scalar(ready) or 0


async def give_turn(connection: AsyncConnection, now: datetime) -> str | None:
    """Gives the next turn; None when nothing waits for one."""
    place_id = await connection.scalar(longest_waiting_place(now))
    if place_id is None:
        return None
    owner_id = await connection.scalar(longest_waiting_member(now, place_id))
    attempt_id: str = await connection.scalar(first_of(now, place_id, owner_id))
    number = 1 + (await connection.scalar(select(func.max(turns.c.turn))) or 0)
    rows = [{"place_id": place_id, "owner_id": owner, "turn": number} for owner in (SERVER, owner_id)]
    giving = insert(connection, turns).values(rows)
    await connection.execute(
        giving.on_conflict_do_update(index_elements=("place_id", "owner_id"), set_={"turn": number})
    )
    await connection.execute(update(attempts).where(attempts.c.attempt_id == attempt_id).values(turn=number))
    return attempt_id


def longest_waiting_place(now: datetime) -> Select[Any]:
    places = distinct_waiting("place_id")
    waiting = attempts.alias()
    here = waiting.c.place_id == places.c.head
    last = and_(turns.c.place_id == places.c.head, turns.c.owner_id == SERVER)
    return longest_waiting(places, arrival(waiting, here, unleased(waiting, now)), last, now)


def longest_waiting_member(now: datetime, place_id: int) -> Select[Any]:
    members = distinct_waiting("owner_id", place_id)
    waiting = attempts.alias()
    theirs = and_(waiting.c.place_id == place_id, waiting.c.owner_id == members.c.head)
    last = and_(turns.c.place_id == place_id, turns.c.owner_id == members.c.head)
    return longest_waiting(members, arrival(waiting, theirs, unleased(waiting, now)), last, now)


def longest_waiting(
    heads: CTE, arrived_at: ScalarSelect[Any], last: ColumnElement[bool], now: datetime
) -> Select[Any]:
    """Of these the one whose last turn is longest ago; those without one go first, by their arrival."""
    newcomer = case((turns.c.turn.is_(None), arrived_at))
    return (
        select(heads.c.head)
        .select_from(heads.outerjoin(turns, last))
        .where(heads.c.head.is_not(None), arrived_at <= now)
        .order_by(func.coalesce(turns.c.turn, 0), newcomer, heads.c.head)
        .limit(1)
    )


def arrival(waiting: FromClause, whose: ColumnElement[bool], free: ColumnElement[bool]) -> ScalarSelect[Any]:
    """Since when somebody's oldest attempt has been due."""
    oldest = select(func.min(waiting.c.due_at)).where(TURNLESS, whose, free)
    return oldest.correlate_except(waiting).scalar_subquery()


def distinct_waiting(column: str, place_id: int | None = None) -> CTE:
    """The different values of a column among what waits, each found by one step through the index.

    With a condition on the time as well, SQLite would rather read the index as a whole.
    """
    first, following = attempts.alias(), attempts.alias()
    heads = select(func.min(first.c[column]).label("head")).where(TURNLESS, in_place(first, place_id))
    found = heads.cte("found", recursive=True)
    after = (
        select(func.min(following.c[column]))
        .where(TURNLESS, in_place(following, place_id), following.c[column] > found.c.head)
        .correlate(found)
        .scalar_subquery()
    )
    return found.union_all(select(after).where(found.c.head.is_not(None)))


def first_of(now: datetime, place_id: int, owner_id: int) -> Select[Any]:
    """A member's oldest attempt in one place."""
    return (
        select(attempts.c.attempt_id)
        .where(TURNLESS, attempts.c.place_id == place_id, attempts.c.owner_id == owner_id)
        .where(attempts.c.due_at <= now, unleased(attempts, now))
        .order_by(attempts.c.due_at, attempts.c.attempt_id)
        .limit(1)
    )


def in_place(attempt: FromClause, place_id: int | None) -> ColumnElement[bool]:
    return attempt.c.place_id.is_not(None) if place_id is None else attempt.c.place_id == place_id
