"""Rows that outlive the person they were about: what is erased in them, and what stands there instead.

What stays of a job is that there was one: its attempts with their states, times and the provider's tasks, so
that today's limits hold, and nothing that may have been paid is ever ordered again without anybody knowing.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, and_, bindparam, case, delete, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.notices import NoticeKind, NoticeState
from bot.privacy import NOBODY
from storage.bulk_tables import bulks
from storage.moderation_tables import reviews
from storage.report_tables import reports
from storage.rows import clip_row, offer_row, source_row
from storage.schema import announcements, attempts, characters, deeds, forms, jobs, picks, turns
from storage.statement_tables import statements
from storage.takedown_tables import character_posts

ERASED = ""
NO_ID_BITS = 62
"""Of a number in the place of an interaction's id; it is below zero, where Discord has none."""

OF_JOB: BindParameter[str] = bindparam("of_job")
ATTEMPT = (
    update(attempts)
    .where(attempts.c.job_id == OF_JOB)
    # A callback that comes late finds nobody to tell.
    .values(
        callback_token=literal("erased-") + attempts.c.attempt_id, handed_over_url=None, provider_text=None
    )
)
JOB = (
    update(jobs)
    .where(jobs.c.job_id == OF_JOB)
    .values(
        owner_id=NOBODY,
        interaction_id=bindparam("of_interaction"),
        ticket_token=ERASED,
        prompt=ERASED,
        safety=ERASED,
        safety_sent=ERASED,
        name=None,
        attachment_url=ERASED,
        attachment_filename=ERASED,
        **source_row(None),
        # What moderators wrote was about the person; that they took it down stays.
        removed_reason=None,
        **clip_row(None),
        **offer_row(None),
    )
)
NOTICES = delete(announcements).where(
    announcements.c.job_id == OF_JOB,
    # What was stopped just now is still to be said on its card, which says nothing else any more.
    ~and_(announcements.c.kind == NoticeKind.CARD.value, announcements.c.state == NoticeState.PENDING.value),
)
REVIEW = (
    update(reviews)
    .where(reviews.c.attempt_id.in_(select(attempts.c.attempt_id).where(attempts.c.job_id == OF_JOB)))
    .values(reason=None)
)
"""What a moderator wrote was about the person; that they decided stays."""
STATEMENT = update(statements).where(statements.c.job_id == OF_JOB).values(user_id=NOBODY)
"""What was stated, about which clip and when, stays."""
FORMS = delete(forms).where(forms.c.job_id == OF_JOB)
POSTS = delete(character_posts).where(character_posts.c.job_id == OF_JOB)
ALL_NOTICES = delete(announcements).where(announcements.c.job_id == OF_JOB)
NO_PLACE = (
    update(jobs)
    .where(jobs.c.job_id == OF_JOB)
    .values(channel_id=NOBODY, card_channel_id=None, card_message_id=None, thread_id=None)
)
"""A conversation with the bot names whose it is."""

PEOPLE = update(attempts).where(attempts.c.job_id == OF_JOB).values(requested_by=NOBODY, owner_id=NOBODY)
REMOVER = (
    update(jobs).where(jobs.c.job_id == OF_JOB, jobs.c.removed_by.is_not(None)).values(removed_by=NOBODY)
)
MODERATOR = (
    update(reviews)
    .where(reviews.c.attempt_id.in_(select(attempts.c.attempt_id).where(attempts.c.job_id == OF_JOB)))
    .values(decided_by=NOBODY)
)


async def anonymise_jobs(connection: AsyncConnection, job_ids: Sequence[str]) -> None:
    """Erases what ended jobs say, and whose they were."""
    if not job_ids:
        return
    of_jobs = [{"of_job": job_id} for job_id in job_ids]
    await connection.execute(ATTEMPT, of_jobs)
    numbered = [one | {"of_interaction": -secrets.randbits(NO_ID_BITS) - 1} for one in of_jobs]
    await connection.execute(JOB, numbered)
    await connection.execute(NOTICES, of_jobs)
    await connection.execute(FORMS, of_jobs)
    await connection.execute(POSTS, of_jobs)
    await connection.execute(REVIEW, of_jobs)
    await connection.execute(STATEMENT, of_jobs)


async def forget_requesters(connection: AsyncConnection, job_ids: Sequence[str]) -> None:
    """Takes out of anonymised jobs who else stands in them, and where they were told of."""
    of_jobs = [{"of_job": job_id} for job_id in job_ids]
    for statement in (PEOPLE, MODERATOR, REMOVER, NO_PLACE, ALL_NOTICES) if of_jobs else ():
        await connection.execute(statement, of_jobs)


async def take_out_of_others(connection: AsyncConnection, user_id: int, asked_at: datetime) -> None:
    """Takes somebody out of what is not theirs: what is shared with them, and the audit logs of servers."""
    await connection.execute(delete(picks).where(picks.c.owner_id == user_id, picks.c.created_at <= asked_at))
    shared = update(characters).where(characters.c.shared_with_user_id == user_id)
    await connection.execute(shared.values(shared_with_user_id=None))
    await connection.execute(delete(bulks).where(bulks.c.actor_id == user_id, bulks.c.created_at <= asked_at))
    decided = update(reviews).where(reviews.c.decided_by == user_id, reviews.c.decided_at <= asked_at)
    await connection.execute(decided.values(decided_by=NOBODY))
    told = update(reports).where(reports.c.reporter_id == user_id, reports.c.reported_at <= asked_at)
    await connection.execute(told.values(reporter_id=NOBODY, words=ERASED, to_be_told=False))
    judged = update(reports).where(reports.c.decided_by == user_id, reports.c.decided_at <= asked_at)
    await connection.execute(judged.values(decided_by=NOBODY))
    removed = update(jobs).where(jobs.c.removed_by == user_id, jobs.c.removed_at <= asked_at)
    await connection.execute(removed.values(removed_by=NOBODY))
    own = update(deeds).where(deeds.c.actor_id == user_id, deeds.c.at <= asked_at)
    await connection.execute(own.values(actor_id=NOBODY))
    about = update(deeds).where(deeds.c.subject == str(user_id), deeds.c.at <= asked_at)
    await connection.execute(about.values(subject=str(NOBODY), before=None, after=None))


async def forget_places(connection: AsyncConnection, user_id: int, asked_at: datetime) -> None:
    """Takes somebody's id out of what limits counted, and out of the places of their direct messages."""
    nobodys = attempts.c.job_id.in_(select(jobs.c.job_id).where(jobs.c.owner_id == NOBODY))
    others = attempts.c.job_id.in_(select(jobs.c.job_id).where(jobs.c.owner_id != user_id))
    theirs = and_(attempts.c.owner_id == user_id, nobodys)
    direct = select(attempts.c.job_id).where(theirs, attempts.c.place_id < 0).distinct()
    of_jobs = [{"of_job": job_id} for job_id in await connection.scalars(direct)]
    asked = and_(attempts.c.requested_by == user_id, attempts.c.created_at <= asked_at, others)
    place_id = case((attempts.c.place_id < 0, NOBODY), else_=attempts.c.place_id)
    await connection.execute(update(attempts).where(asked).values(requested_by=NOBODY))
    await connection.execute(update(attempts).where(theirs).values(owner_id=NOBODY, place_id=place_id))
    if of_jobs:
        await connection.execute(NO_PLACE, of_jobs)
        await connection.execute(ALL_NOTICES, of_jobs)
    own_turns = or_(turns.c.owner_id == user_id, turns.c.place_id == -user_id)
    await connection.execute(delete(turns).where(own_turns))
