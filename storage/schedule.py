"""Which attempts somebody has to look at, and when."""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    bindparam,
    func,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from bot.model import OPEN_STATES, AttemptState
from storage.moments import Moment
from storage.schema import IN_QUEUE, SCHEDULED, TIMED, attempts
from storage.turns import NOW, unleased

SCHEDULED_STATES = OPEN_STATES | {AttemptState.UNKNOWN}
"""What `storage.schema.SCHEDULED` says, as values."""

candidate = attempts.alias("candidate")


def timed(provider: str, limit: int) -> Select[Any]:
    """The durations of the tasks that ended last."""
    ended = select(attempts.c.task_seconds).where(TIMED, attempts.c.provider == provider)
    return ended.order_by(attempts.c.ended_at.desc()).limit(limit)


def in_states(attempt: FromClause, states: Collection[AttemptState]) -> ColumnElement[bool]:
    """The condition on the state, worded so that the partial index can serve it."""
    wanted = attempt.c.state.in_(sorted(states))
    return SCHEDULED & wanted if SCHEDULED_STATES.issuperset(states) else wanted


@cache
def earliest(states: frozenset[AttemptState]) -> Select[Any]:
    """When the first unleased attempt is due: of each state one, read off the index.

    Asked for all states at once, the database reads every attempt in them.
    """
    firsts = [
        select(attempts.c.due_at)
        .where(in_states(attempts, {state}), attempts.c.leased_until.is_(None))
        .order_by(attempts.c.due_at)
        .limit(1)
        .subquery()
        for state in sorted(states)
    ]
    all_firsts = union_all(*(select(first.c.due_at) for first in firsts)).subquery()
    return select(func.min(all_firsts.c.due_at))


@cache
def due(states: frozenset[AttemptState]) -> Select[Any]:
    """The ids of the attempts to look at next, `limit` of those that are due `now`."""
    return (
        select(candidate.c.attempt_id)
        .where(in_states(candidate, states), candidate.c.due_at <= NOW, unleased(candidate, NOW))
        .order_by(candidate.c.due_at, candidate.c.attempt_id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


def leasing(wanted: ColumnElement[bool]) -> ReturningUpdate[Any]:
    """Leases these attempts to `holder`, until `lease_end`."""
    return (
        update(attempts)
        .where(wanted)
        .values(leased_until=bindparam("lease_end"), leased_by=bindparam("holder"))
        .values(revision=attempts.c.revision + 1)
        .returning(attempts)
    )


@cache
def claiming(states: frozenset[AttemptState]) -> ReturningUpdate[Any]:
    """Leases what is due."""
    return leasing(attempts.c.attempt_id.in_(due(states)))


THESE = attempts.c.attempt_id.in_(bindparam("ids", expanding=True)) & unleased(attempts, NOW)
LEASING_IDS = leasing(THESE)

# Worded so that the index on all times of creation cannot serve it: that leads through the whole history.
SINCE = type_coerce(func.coalesce(candidate.c.waits_since, candidate.c.created_at), BigInteger()) + 0
QUEUED_BEFORE = (
    select(candidate.c.attempt_id)
    .where(IN_QUEUE, bindparam("moment", type_=Moment()) > SINCE, unleased(candidate, NOW))
    .order_by(SINCE, candidate.c.attempt_id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
CLAIM_QUEUED_BEFORE = leasing(attempts.c.attempt_id.in_(QUEUED_BEFORE))
OLDEST_QUEUED = select(func.min(SINCE, type_=Moment())).where(IN_QUEUE, candidate.c.leased_until.is_(None))
