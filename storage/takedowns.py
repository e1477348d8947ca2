"""Taking down what was made in a server, in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.deeds import Deed
from bot.errors import NotFound
from bot.model import MOVES, AttemptState, MessageRef
from bot.notices import NoticeKind
from bot.refused_removals import AlreadyRemoved
from bot.removal import Removal
from bot.report import ReportOutcome
from bot.reports import Decision
from bot.takedowns import Sight
from storage.announcements import announce, rearmed
from storage.database import Database
from storage.dialects import LIBRARY_LOCK, REPORTS_LOCK, insert, take_turn
from storage.report_tables import reports
from storage.reports import close_reports
from storage.rows import clip_row, offer_row, removal_of, removal_row
from storage.schema import announcements, attempts, characters, former_ids, jobs
from storage.servers import add
from storage.stories import LATEST_NUMBER
from storage.takedown_tables import character_posts

STOPPABLE = sorted(state.value for state in AttemptState if AttemptState.CANCELLED in MOVES[state])
ENDED = sorted(
    state.value
    for state in (
        AttemptState.SUCCEEDED,
        AttemptState.FAILED,
        AttemptState.EXPIRED,
        AttemptState.CANCELLED,
        AttemptState.REJECTED,
    )
)
SHOWING = (NoticeKind.RESULT.value, NoticeKind.LAPSING.value)
"""Notices that show a character."""
REDRAWN = (*SHOWING, NoticeKind.REVIEW.value)
NO_CLIP = {**clip_row(None), **offer_row(None), "ticket_token": ""}


class SqlTakedownStore:
    """Jobs of a server, as far as they can be taken down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def job_called(self, guild_id: int, reference: str) -> str | None:
        """The job of the server's character that has this id now, or once had it, by our name or theirs."""
        once = exists().where(
            former_ids.c.character_id == characters.c.character_id,
            former_ids.c.provider_character_id == reference,
        )
        called = or_(
            characters.c.character_id == reference, characters.c.provider_character_id == reference, once
        )
        here = select(characters.c.job_id).where(characters.c.guild_id == guild_id, called)
        async with self._database.read() as connection:
            job_id: str | None = await connection.scalar(here.order_by(characters.c.created_at).limit(1))
        return job_id

    async def sight(self, guild_id: int, job_id: str) -> Sight | None:
        """What there is of a job; None where the server has no such job."""
        async with self._database.read() as connection:
            return await seen(connection, guild_id, job_id)

    async def take_down(self, job_id: str, removal: Removal, deed: Deed) -> None:
        """Notes who takes a job of the deed's server down, and ends all of it that is ours, at once.

        Raises:
            AlreadyRemoved: somebody was first.
            NotFound: the server has no such job.
        """
        now = removal.at
        async with self._database.write() as connection:
            # The attempts first, as in every transaction that changes both them and their job.
            await stop(connection, job_id, now)
            await take_turn(connection, LIBRARY_LOCK)
            await take_turn(connection, REPORTS_LOCK)
            await claim(connection, deed.guild_id, job_id, removal)
            decision = Decision(ReportOutcome.REMOVED, now, removal.actor_id, removal.reason)
            await close_reports(connection, reports.c.job_id == job_id, decision)
            await delete_characters(connection, job_id)
            again = update(announcements).where(own(job_id), announcements.c.kind.in_(REDRAWN))
            await connection.execute(again.values(rearmed(now)))
            await announce(connection, job_id, 0, (NoticeKind.CARD, NoticeKind.REMOVAL), now)
            await add(connection, deed)


class SqlCharacterPosts:
    """The messages in which members have shown characters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, job_id: str, message: MessageRef, now: datetime) -> None:
        """Notes that a message shows a character that this job has made; nothing where that job is gone."""
        row: dict[str, Any] = {
            "channel_id": message.channel_id,
            "message_id": message.message_id,
            "job_id": job_id,
            "posted_at": now,
        }
        async with self._database.write() as connection:
            if await connection.scalar(select(jobs.c.job_id).where(jobs.c.job_id == job_id)) is None:
                return
            adding = insert(connection, character_posts).values(row)
            await connection.execute(
                adding.on_conflict_do_nothing(index_elements=("channel_id", "message_id"))
            )

    async def of_job(self, job_id: str) -> list[MessageRef]:
        """Those of a job's characters."""
        posted = select(character_posts).where(character_posts.c.job_id == job_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(posted.order_by(character_posts.c.posted_at))).mappings().all()
        return [MessageRef(row["channel_id"], row["message_id"]) for row in rows]

    async def forget(self, message: MessageRef) -> None:
        """It is gone, or cannot be taken away."""
        own_row = (
            character_posts.c.channel_id == message.channel_id,
            character_posts.c.message_id == message.message_id,
        )
        async with self._database.write() as connection:
            await connection.execute(delete(character_posts).where(*own_row))


async def seen(connection: AsyncConnection, guild_id: int, job_id: str) -> Sight | None:
    """What there is of a job of the server."""
    latest = (
        select(jobs, attempts.c.state.label("latest_state"))
        .join(attempts, attempts.c.job_id == jobs.c.job_id)
        .where(jobs.c.job_id == job_id, jobs.c.guild_id == guild_id, attempts.c.number == LATEST_NUMBER)
    )
    row = (await connection.execute(latest)).mappings().first()
    if row is None:
        return None
    told = select(func.count()).select_from(announcements)
    told = told.where(own(job_id), announcements.c.kind.in_(SHOWING), announcements.c.message_id.is_not(None))
    shown = select(func.count()).select_from(character_posts).where(character_posts.c.job_id == job_id)
    made = select(func.count()).select_from(characters).where(characters.c.job_id == job_id)
    return Sight(
        job_id=job_id,
        owner_id=row["owner_id"],
        created_at=row["created_at"],
        state=AttemptState(row["latest_state"]),
        characters=await connection.scalar(made) or 0,
        posts=(await connection.scalar(told) or 0) + (await connection.scalar(shown) or 0),
        removal=removal_of(row),
    )


async def stop(connection: AsyncConnection, job_id: str, now: datetime) -> None:
    """Cancels what can be; whoever has read an attempt before saves nothing of it any more.

    One that is being submitted is left alone: what the provider says of it has to be stored.
    """
    touched = {"revision": attempts.c.revision + 1}
    of_job = update(attempts).where(attempts.c.job_id == job_id)
    await connection.execute(of_job.where(attempts.c.state.in_(ENDED)).values(touched))
    cancelled = touched | {
        "state": AttemptState.CANCELLED.value,
        "ended_at": now,
        "tries": 0,
        "leased_until": None,
    }
    await connection.execute(of_job.where(attempts.c.state.in_(STOPPABLE)).values(cancelled))


async def claim(connection: AsyncConnection, guild_id: int, job_id: str, removal: Removal) -> None:
    """Marks the job, and gives up its claim on clip and picture.

    Raises:
        AlreadyRemoved: somebody was first.
        NotFound: the server has no such job.
    """
    here = (jobs.c.job_id == job_id, jobs.c.guild_id == guild_id)
    marking = update(jobs).where(*here, jobs.c.removed_at.is_(None))
    marked = await connection.execute(marking.values(removal_row(removal) | NO_CLIP))
    if marked.rowcount:
        return
    row = (await connection.execute(select(jobs).where(*here))).mappings().first()
    earlier = None if row is None else removal_of(row)
    if earlier is None:
        raise NotFound("removable")
    raise AlreadyRemoved(earlier)


async def delete_characters(connection: AsyncConnection, job_id: str) -> None:
    """Deletes all that the job made, with former ids; whom it was shared with has it no more."""
    made = select(characters.c.character_id).where(characters.c.job_id == job_id)
    await connection.execute(delete(former_ids).where(former_ids.c.character_id.in_(made)))
    await connection.execute(delete(characters).where(characters.c.job_id == job_id))


def own(job_id: str) -> ColumnElement[bool]:
    return announcements.c.job_id == job_id
