"""The outbox: what has to be told to people, in the order in which it may be told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Insert,
    Select,
    Tuple,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import MessageRef
from bot.notices import JOB_WIDE_NOTICES, REDRAWN_NOTICES, Announcement, NoticeKind, NoticeState, nonce_of
from bot.ports import Delivered
from storage.database import Database
from storage.dialects import OUTBOX_LOCK, insert_in, take_turn
from storage.instances import ALONE
from storage.moments import Moment
from storage.rows import announcement_of, card_row
from storage.schema import PENDING, announcements, attempts, jobs

SAID_ONCE = (
    NoticeKind.ATTEMPT.value,
    NoticeKind.OFFER.value,
    NoticeKind.REFUSAL.value,
    NoticeKind.RESULT.value,
    NoticeKind.FAILURE.value,
    NoticeKind.LAPSING.value,
)
"""These are read one below the other, so an earlier one that has to wait holds up the later ones."""
SAID_IN_THREAD = (
    NoticeKind.ATTEMPT.value,
    NoticeKind.RESULT.value,
    NoticeKind.FAILURE.value,
    NoticeKind.LAPSING.value,
)
"""These belong into the thread, so they wait until it has been opened or given up."""
OUTCOMES = (NoticeKind.RESULT.value, NoticeKind.FAILURE.value)
"""What somebody waits for goes before the redrawing of a card that comes due with it."""
PENDING_STATE = NoticeState.PENDING.value

NOW = bindparam("now", type_=Moment())
# Made once, as are CLAIM and NEXT_DUE below: making a statement takes longer than running it.
other = announcements.alias("other")
candidate = announcements.alias("candidate")
rival = announcements.alias("rival")


class SqlAnnouncementStore:
    """Announcements; their `revision` counts how often one was armed, not how often it was leased."""

    def __init__(self, database: Database, instance_id: str = ALONE) -> None:
        self._database = database
        self._instance_id = instance_id

    async def claim(self, now: datetime, lease_seconds: float, limit: int) -> list[Announcement]:
        """Takes up to `limit` pending announcements that are due, oldest first.

        One per job at a time, and of a job its outcome first.
        """
        values = {
            "now": now,
            "limit": limit,
            "lease_end": now + timedelta(seconds=lease_seconds),
            "holder": self._instance_id,
        }
        async with self._database.write() as connection:
            # Two claims at once would not see each other's leases, and could take two notices of one job.
            await take_turn(connection, OUTBOX_LOCK)
            rows = (await connection.execute(CLAIM, values)).mappings().all()
        claimed = [announcement_of(row) for row in rows]
        return sorted(claimed, key=lambda announcement: (announcement.due_at, announcement.announcement_id))

    async def add(self, job_id: str, attempt_number: int, kind: NoticeKind, now: datetime) -> None:
        """Adds a pending announcement, due now, unless it was made before."""
        async with self._database.write() as connection:
            await announce(connection, job_id, attempt_number, (kind,), now)

    async def mark_delivered(self, announcement: Announcement, delivered: Delivered, now: datetime) -> None:  # noqa: ARG002 - the port's signature; nothing here is dated
        """Stores the message and where card and thread are; a notice armed again meanwhile stays pending.

        An outcome that was put on the card is the last that is drawn there, until a new attempt begins.
        """
        message = delivered.message
        place = (
            {} if message is None else {"channel_id": message.channel_id, "message_id": message.message_id}
        )
        found = job_changes(announcement, delivered)
        async with self._database.write() as connection:
            # The job first, as in every transaction that changes both: else two could wait for each other.
            if found:
                await connection.execute(
                    update(jobs).where(jobs.c.job_id == announcement.job_id).values(found)
                )
            await connection.execute(DELIVER, own(announcement) | place)
            if announcement.kind.value in OUTCOMES and message is not None and message == delivered.card:
                await connection.execute(leave_card(announcement))

    async def postpone(self, announcement: Announcement, due_at: datetime) -> None:
        """Gives the lease back and counts a try; one armed again meanwhile stays due."""
        async with self._database.write() as connection:
            await connection.execute(POSTPONE, own(announcement) | {"until": due_at})

    async def park(self, announcement: Announcement, reason: str) -> None:
        """Ends it without a message, with the reason; one armed again meanwhile stays pending."""
        async with self._database.write() as connection:
            await connection.execute(PARK, own(announcement) | {"because": reason})

    async def by_message(self, message: MessageRef) -> Announcement | None:
        """The announcement that a message of ours belongs to."""
        statement = (
            select(announcements)
            .where(announcements.c.channel_id == message.channel_id)
            .where(announcements.c.message_id == message.message_id)
            .order_by(announcements.c.announcement_id.desc())
            .limit(1)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).mappings().first()
        return None if row is None else announcement_of(row)

    async def latest_failures(self, since: datetime, limit: int) -> list[Announcement]:
        """The FAILUREs announced since then of attempts that nothing followed; newest first, parked ones not.

        One that is still pending may have been told all the same by a process that died over it.
        """
        followed = exists().where(
            attempts.c.job_id == announcements.c.job_id, attempts.c.number > announcements.c.attempt_number
        )
        statement = (
            select(announcements)
            .where(announcements.c.kind == NoticeKind.FAILURE.value, announcements.c.created_at >= since)
            .where(announcements.c.state != NoticeState.PARKED.value, ~followed)
            .order_by(announcements.c.created_at.desc(), announcements.c.announcement_id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [announcement_of(row) for row in rows]

    async def pending_of(self, job_id: str, besides: Announcement | None = None) -> int:
        """How many announcements of a job, not counting `besides`, still have to be made."""
        pending = (
            select(func.count()).select_from(announcements).where(announcements.c.job_id == job_id, PENDING)
        )
        if besides is not None:
            pending = pending.where(announcements.c.announcement_id != besides.announcement_id)
        async with self._database.read() as connection:
            return await connection.scalar(pending) or 0

    async def parked_of(self, job_id: str) -> list[Announcement]:
        """What of a job could not be told."""
        statement = (
            select(announcements)
            .where(announcements.c.job_id == job_id, announcements.c.state == NoticeState.PARKED.value)
            .order_by(announcements.c.announcement_id)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [announcement_of(row) for row in rows]

    async def next_due(self) -> datetime | None:
        """When the next announcement that nothing holds up comes due."""
        async with self._database.read() as connection:
            due_at: datetime | None = await connection.scalar(NEXT_DUE)
        return due_at


def held_up(notice: FromClause, leased: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a notice of the same job is being told (or this one itself), or has to be told first.

    `leased` is the condition on `other`.
    """
    pending = other.c.state == PENDING_STATE
    thread_first = and_(pending, notice.c.kind.in_(SAID_IN_THREAD), other.c.kind == NoticeKind.THREAD.value)
    earlier_first = and_(
        pending,
        notice.c.kind.in_(SAID_ONCE),
        other.c.kind.in_(SAID_ONCE),
        other.c.announcement_id < notice.c.announcement_id,
    )
    return (
        exists()
        .where(other.c.job_id == notice.c.job_id, or_(leased, thread_first, earlier_first))
        .correlate(notice)
    )


def ready(notice: FromClause) -> ColumnElement[bool]:
    held = held_up(notice, other.c.leased_until > NOW)
    return and_(notice.c.state == PENDING_STATE, notice.c.due_at <= NOW, ~held)


def rank(notice: FromClause) -> Tuple:
    """Which of a job's notices goes first."""
    is_outcome = case((notice.c.kind.in_(OUTCOMES), 0), else_=1)
    return tuple_(is_outcome, notice.c.due_at, notice.c.announcement_id)


def claimable() -> Select[Any]:
    """The ids to lease next: of each job its outcome, else the one that has been due longest."""
    sooner = rank(rival) < rank(candidate)
    has_rival = (
        exists().where(rival.c.job_id == candidate.c.job_id, sooner, ready(rival)).correlate(candidate)
    )
    free = or_(candidate.c.leased_until.is_(None), candidate.c.leased_until <= NOW)
    return (
        select(candidate.c.announcement_id)
        # PENDING lets SQLite use the partial index; `free` repeats on the row itself what PostgreSQL
        # looks at again when another process has changed it meanwhile.
        .where(PENDING, free, ready(candidate), ~has_rival)
        .order_by(candidate.c.due_at, candidate.c.announcement_id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


CLAIMABLE = claimable()
CLAIM = (
    update(announcements)
    .where(announcements.c.announcement_id.in_(CLAIMABLE))
    .values(leased_until=bindparam("lease_end"), leased_by=bindparam("holder"))
    .returning(announcements)
)
NEXT_DUE: Select[Any] = (
    select(candidate.c.due_at)
    .where(PENDING, ~held_up(candidate, other.c.leased_until.is_not(None)))
    .order_by(candidate.c.due_at)
    .limit(1)
)
"""Every lease counts in it, lapsed or not."""


def settling(**changes: object) -> Update:
    """Gives the lease back, and makes the changes unless the notice was armed again meanwhile."""
    current = announcements.c.revision == bindparam("as_read")
    unless_again = {
        # A bare value inside CASE has no column to take its type from; a time would be stored as text.
        name: case((current, type_coerce(value, announcements.c[name].type)), else_=announcements.c[name])
        for name, value in changes.items()
    }
    settled = update(announcements).where(announcements.c.announcement_id == bindparam("of_notice"))
    return settled.values(leased_until=None).values(unless_again)


DELIVER = settling(state=NoticeState.DELIVERED.value)
POSTPONE = settling(due_at=bindparam("until", type_=Moment()), tries=announcements.c.tries + 1).where(PENDING)
PARK = settling(state=NoticeState.PARKED.value, parked_reason=bindparam("because")).where(PENDING)


def own(announcement: Announcement) -> dict[str, Any]:
    """Which row `settling` is about."""
    return {"of_notice": announcement.announcement_id, "as_read": announcement.revision}


def job_changes(announcement: Announcement, delivered: Delivered) -> dict[str, Any]:
    """What a delivery tells about where the job shows itself."""
    card = delivered.card or (delivered.message if announcement.kind is NoticeKind.CARD else None)
    changes: dict[str, Any] = {} if card is None else card_row(card)
    if delivered.thread_id is not None:
        changes["thread_id"] = delivered.thread_id
    return changes


def leave_card(outcome: Announcement) -> Update:
    """Takes a redrawing of the card back, unless it is of an attempt after the one that this ends."""
    newer = exists().where(attempts.c.job_id == outcome.job_id, attempts.c.number > outcome.attempt_number)
    return (
        update(announcements)
        .where(announcements.c.job_id == outcome.job_id, announcements.c.kind == NoticeKind.CARD.value)
        .where(announcements.c.state == PENDING_STATE, ~newer)
        .values(state=NoticeState.DELIVERED.value)
    )


def rearmed(now: datetime | BindParameter[datetime]) -> dict[str, Any]:
    """What makes a notice due again; its message, its nonce and a running delivery's lease stay."""
    return {
        "state": PENDING_STATE,
        "due_at": now,
        "revision": announcements.c.revision + 1,
        "tries": 0,
        "parked_reason": None,
    }


def rearm_cards(now: datetime) -> Update:
    """Makes CARD notices due again; to be narrowed down by the caller."""
    return update(announcements).where(announcements.c.kind == NoticeKind.CARD.value).values(rearmed(now))


class Adding(NamedTuple):
    """Adding a notice, by what becomes of one that is there already."""

    or_again: Insert
    or_unsaid_again: Insert
    or_nothing: Insert


@cache
def adding(dialect: str) -> Adding:
    """The statements of one dialect."""
    key, again = ("job_id", "attempt_number", "kind"), rearmed(bindparam("again_at", type_=Moment()))
    unsaid = and_(announcements.c.message_id.is_(None), announcements.c.state != NoticeState.PARKED.value)
    new = insert_in(dialect, announcements)
    return Adding(
        new.on_conflict_do_update(index_elements=key, set_=again),
        new.on_conflict_do_update(index_elements=key, set_=again, where=unsaid),
        new.on_conflict_do_nothing(index_elements=key),
    )


async def announce(
    connection: AsyncConnection, job_id: str, number: int, kinds: Iterable[NoticeKind], now: datetime
) -> None:
    """Adds pending announcements, due now; what is there already is armed again or, if said once, left.

    A FAILURE may come up without being said, when the attempt goes on after all: then it is still to be said.
    """
    statements = adding(connection.dialect.name)
    for kind in kinds:
        attempt_number = 0 if kind in JOB_WIDE_NOTICES else number
        row = {
            "job_id": job_id,
            "attempt_number": attempt_number,
            "kind": kind.value,
            "nonce": nonce_of(job_id, attempt_number, kind),
            "state": PENDING_STATE,
            "due_at": now,
            "created_at": now,
            "revision": 0,
            "tries": 0,
        }
        if kind in REDRAWN_NOTICES:
            await connection.execute(statements.or_again, row | {"again_at": now})
        elif kind is NoticeKind.FAILURE:
            await connection.execute(statements.or_unsaid_again, row | {"again_at": now})
        else:
            await connection.execute(statements.or_nothing, row)
