"""Fair turns: the next attempt is the server's, then the member's, that waited longest since its last turn.

A turn is given once, when an attempt is taken for its upload, and kept until the attempt is submitted. Each
provider has a queue of its own; whose turn it is goes by the last one at any of them.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import AttemptState
from storage.dialects import QUEUE_LOCK, insert, take_turn
from storage.moments import Moment
from storage.schema import HAS_TURN, SCHEDULED, TURNLESS, attempts, jobs, turns

READY_AT_MOST = 6
"""Clips handed over that wait for the rate: what a newcomer waits behind, however long the queue is."""
SOON = timedelta(seconds=1)
"""Longer than an attempt rests when the rate is used up: it still counts as ready."""
SERVER = 0
"""What stands for the server itself where its members stand."""

NOW = bindparam("now", type_=Moment())
PROVIDER = bindparam("at_provider", type_=Text())
PLACE = bindparam("place_id", type_=BigInteger())
OWNER = bindparam("owner_id", type_=BigInteger())
# The statements below are made once, with these to be filled in: making one takes longer than running it.


def unleased(attempt: FromClause, now: ColumnElement[datetime] | datetime) -> ColumnElement[bool]:
    return or_(attempt.c.leased_until.is_(None), attempt.c.leased_until <= now)


def whose_turn(job_id: str) -> dict[str, ScalarSelect[Any]]:
    """The columns that say whose an attempt is. In direct messages everybody is a server of their own."""
    own = jobs.c.job_id == job_id
    return {
        "place_id": select(func.coalesce(jobs.c.guild_id, -jobs.c.owner_id)).where(own).scalar_subquery(),
        "owner_id": select(jobs.c.owner_id).where(own).scalar_subquery(),
    }


def arrival(waiting: FromClause, whose: ColumnElement[bool], free: ColumnElement[bool]) -> ScalarSelect[Any]:
    """Since when somebody's oldest attempt has been due."""
    here = waiting.c.provider == PROVIDER
    oldest = select(func.min(waiting.c.due_at)).where(TURNLESS, here, whose, free)
    return oldest.correlate_except(waiting).scalar_subquery()


def distinct_waiting(column: str, here: ColumnElement[int] | None = None) -> CTE:
    """The different values of a column among what waits (here), each found by one step through the index.

    With a condition on the time as well, SQLite would rather read the index as a whole.
    """
    first, following = attempts.alias(), attempts.alias()
    heads = select(func.min(first.c[column]).label("head")).where(TURNLESS, in_place(first, here))
    found = heads.cte("found", recursive=True)
    after = (
        select(func.min(following.c[column]))
        .where(TURNLESS, in_place(following, here), following.c[column] > found.c.head)
        .correlate(found)
        .scalar_subquery()
    )
    return found.union_all(select(after).where(found.c.head.is_not(None)))


def in_place(attempt: FromClause, here: ColumnElement[int] | None) -> ColumnElement[bool]:
    place = attempt.c.place_id.is_not(None) if here is None else attempt.c.place_id == here
    return (attempt.c.provider == PROVIDER) & place


def longest_waiting(heads: CTE, arrived_at: ScalarSelect[Any], last: ColumnElement[bool]) -> Select[Any]:
    """Of these the one whose last turn is longest ago; those without one go first, by their arrival."""
    newcomer = case((turns.c.turn.is_(None), arrived_at))
    return (
        select(heads.c.head)
        .select_from(heads.outerjoin(turns, last))
        .where(heads.c.head.is_not(None), arrived_at <= NOW)
        .order_by(func.coalesce(turns.c.turn, 0), newcomer, heads.c.head)
        .limit(1)
    )


def longest_waiting_place() -> Select[Any]:
    places = distinct_waiting("place_id")
    waiting = attempts.alias()
    here = waiting.c.place_id == places.c.head
    last = and_(turns.c.place_id == places.c.head, turns.c.owner_id == SERVER)
    return longest_waiting(places, arrival(waiting, here, unleased(waiting, NOW)), last)


def longest_waiting_member() -> Select[Any]:
    members = distinct_waiting("owner_id", PLACE)
    waiting = attempts.alias()
    theirs = and_(waiting.c.place_id == PLACE, waiting.c.owner_id == members.c.head)
    last = and_(turns.c.place_id == PLACE, turns.c.owner_id == members.c.head)
    return longest_waiting(members, arrival(waiting, theirs, unleased(waiting, NOW)), last)


def earliest_waiting() -> Select[Any]:
    """The smallest of the places' arrivals: there are far fewer places than attempts."""
    places = distinct_waiting("place_id")
    waiting = attempts.alias()
    arrived_at = arrival(waiting, waiting.c.place_id == places.c.head, waiting.c.leased_until.is_(None))
    return select(func.min(arrived_at)).select_from(places)


LONGEST_WAITING_PLACE = longest_waiting_place()
LONGEST_WAITING_MEMBER = longest_waiting_member()
EARLIEST_WAITING = earliest_waiting()
FIRST_OF_MEMBER: Select[Any] = (
    select(attempts.c.attempt_id)
    .where(TURNLESS, in_place(attempts, PLACE), attempts.c.owner_id == OWNER)
    .where(attempts.c.due_at <= NOW, unleased(attempts, NOW))
    .order_by(attempts.c.due_at, attempts.c.attempt_id)
    .limit(1)
)
HERE = attempts.c.provider == PROVIDER
QUEUED = attempts.c.state == AttemptState.QUEUED.value
HANDED_OVER = attempts.c.state == AttemptState.HANDED_OVER.value
TURNED = (
    select(attempts.c.attempt_id)
    .where(HAS_TURN, HERE, QUEUED, attempts.c.due_at <= NOW, unleased(attempts, NOW))
    .order_by(attempts.c.turn)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
"""Attempts that have had their turn and are still to be handed over, in the order of their turns."""
EARLIEST_TURNED = select(func.min(attempts.c.due_at)).where(
    HAS_TURN, HERE, QUEUED, attempts.c.leased_until.is_(None)
)
READY_IDS = (
    select(attempts.c.attempt_id)
    .where(SCHEDULED, HERE, HANDED_OVER, attempts.c.due_at <= NOW, unleased(attempts, NOW))
    .order_by(func.coalesce(attempts.c.turn, 0), attempts.c.attempt_id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
"""Attempts that are handed over, in the order of their turns."""
EARLIEST_READY = (
    select(attempts.c.due_at)
    .where(SCHEDULED, HERE, HANDED_OVER, attempts.c.leased_until.is_(None))
    .order_by(attempts.c.due_at)
    .limit(1)
)
READY_COUNT = select(func.count()).where(
    HAS_TURN, HERE, HANDED_OVER, attempts.c.due_at <= bindparam("soon", type_=Moment())
)
LAST_TURN = select(func.max(turns.c.turn))


async def next_ids(connection: AsyncConnection, provider: str, now: datetime, limit: int) -> list[str]:
    """Up to `limit` attempts to lease next: those that have had their turn, then those that are given one."""
    await take_turn(connection, QUEUE_LOCK)
    ids = list(await connection.scalars(TURNED, {"at_provider": provider, "now": now, "limit": limit}))
    room = min(limit - len(ids), READY_AT_MOST - await count_ready(connection, provider, now))
    for _ in range(room):
        attempt_id = await give_turn(connection, provider, now)
        if attempt_id is None:
            break
        ids.append(attempt_id)
    return ids


async def ready_ids(connection: AsyncConnection, provider: str, now: datetime, limit: int) -> list[str]:
    """Up to `limit` attempts to submit next."""
    return list(await connection.scalars(READY_IDS, {"at_provider": provider, "now": now, "limit": limit}))


async def next_due(connection: AsyncConnection, provider: str, now: datetime) -> datetime | None:
    """When to ask again: while enough is ready, only what has had its turn counts."""
    full = await count_ready(connection, provider, now) >= READY_AT_MOST
    wanted = [EARLIEST_TURNED] if full else [EARLIEST_TURNED, EARLIEST_WAITING]
    found = [await connection.scalar(statement, {"at_provider": provider}) for statement in wanted]
    return min((due_at for due_at in found if due_at is not None), default=None)


async def count_ready(connection: AsyncConnection, provider: str, now: datetime) -> int:
    return await connection.scalar(READY_COUNT, {"at_provider": provider, "soon": now + SOON}) or 0


async def give_turn(connection: AsyncConnection, provider: str, now: datetime) -> str | None:
    """Gives the next turn; None when nothing waits for one."""
    here = {"at_provider": provider, "now": now}
    place_id = await connection.scalar(LONGEST_WAITING_PLACE, here)
    if place_id is None:
        return None
    here |= {"place_id": place_id}
    owner_id = await connection.scalar(LONGEST_WAITING_MEMBER, here)
    attempt_id: str = await connection.scalar(FIRST_OF_MEMBER, here | {"owner_id": owner_id})
    number = 1 + (await connection.scalar(LAST_TURN) or 0)
    rows = [{"place_id": place_id, "owner_id": owner, "turn": number} for owner in (SERVER, owner_id)]
    giving = insert(connection, turns).values(rows)
    await connection.execute(
        giving.on_conflict_do_update(index_elements=("place_id", "owner_id"), set_={"turn": number})
    )
    await connection.execute(update(attempts).where(attempts.c.attempt_id == attempt_id).values(turn=number))
    return attempt_id
