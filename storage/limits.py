"""Limits that hold under races: each is counted in the transaction that uses it up."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import CuttingBusy, LimitReached
from bot.model import Attempt, AttemptState
from bot.stores import Rate
from storage.dialects import CAP_LOCK, CUTTING_LOCK, RATE_LOCK, take_turn
from storage.operating import cap_in_force
from storage.schema import BEING_CUT, SCHEDULED, attempts, submissions

UNCOUNTED = (AttemptState.REJECTED.value, AttemptState.CANCELLED.value)
SUBMISSIONS_KEPT = timedelta(hours=1)
"""Far longer than any rate window; after that a submission is of no use to the count."""


async def take_daily_place(connection: AsyncConnection, attempt: Attempt, cap: int) -> None:
    """Makes sure that the attempt still fits into its day; the caller inserts it in the same transaction.

    Days are keyed by the attempt's own date, so a clock that jumps back re-opens none. A cap that was set
    while the bot runs stands in place of `cap`.

    Raises:
        BotDraining: nothing new is begun.
        LimitReached: the day's places are taken.
    """
    await take_turn(connection, CAP_LOCK)
    limit = await cap_in_force(connection, cap)
    if await count_of_day(connection, attempt.created_at) >= limit:
        raise LimitReached("bot-day", limit=limit, resets_at=day_of(attempt.created_at)[1])


async def count_of_day(connection: AsyncConnection, moment: datetime) -> int:
    """How many attempts count against the cap of a moment's day."""
    midnight, next_midnight = day_of(moment)
    taken = await connection.scalar(
        select(func.count())
        .select_from(attempts)
        .where(attempts.c.created_at >= midnight, attempts.c.created_at < next_midnight)
        .where(attempts.c.state.not_in(UNCOUNTED))
    )
    return taken or 0


def day_of(moment: datetime) -> tuple[datetime, datetime]:
    """The UTC day of a moment: its beginning, and that of the next."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight, midnight + timedelta(days=1)


async def take_cutting_place(
    connection: AsyncConnection, attempt: Attempt, *, own_limit: int, limit: int
) -> None:
    """Makes sure that one more clip may wait to be cut; the caller stores it in the same transaction.

    Raises:
        CuttingBusy: the places are taken, the owner's own or everybody's.
    """
    await take_turn(connection, CUTTING_LOCK)
    waiting = select(func.count()).select_from(attempts).where(SCHEDULED, BEING_CUT)
    owner = select(attempts.c.owner_id).where(attempts.c.attempt_id == attempt.attempt_id).scalar_subquery()
    if (await connection.scalar(waiting.where(attempts.c.owner_id == owner)) or 0) >= own_limit:
        raise CuttingBusy(own_limit, own=True)
    if (await connection.scalar(waiting) or 0) >= limit:
        raise CuttingBusy(limit, own=False)


async def take_submission_place(
    connection: AsyncConnection, attempt_id: str, now: datetime, rate: Rate
) -> bool:
    """Counts one more submission at `now`, unless the rate is used up (False).

    Submissions dated later than one window from now come from a clock that has since been put back; they
    do not count, or the queue would stand still until that hour comes again.
    """
    window = timedelta(seconds=rate.window_seconds)
    await take_turn(connection, RATE_LOCK)
    await connection.execute(
        delete(submissions).where(submissions.c.submitted_at < now - max(window, SUBMISSIONS_KEPT))
    )
    taken = await connection.scalar(
        select(func.count()).select_from(submissions).where(in_window(now, window))
    )
    if (taken or 0) >= rate.count:
        return False
    await connection.execute(insert(submissions).values(attempt_id=attempt_id, submitted_at=now))
    return True


async def next_submission_place(connection: AsyncConnection, now: datetime, rate: Rate) -> datetime | None:
    """When a submission would next be let through; None when one would be now."""
    window = timedelta(seconds=rate.window_seconds)
    newest_first = (
        select(submissions.c.submitted_at)
        .where(in_window(now, window))
        .order_by(submissions.c.submitted_at.desc())
    )
    in_the_way: datetime | None = await connection.scalar(newest_first.offset(rate.count - 1).limit(1))
    return None if in_the_way is None else in_the_way + window


def in_window(now: datetime, window: timedelta) -> ColumnElement[bool]:
    """Which submissions count at `now`."""
    return (submissions.c.submitted_at > now - window) & (submissions.c.submitted_at < now + window)
