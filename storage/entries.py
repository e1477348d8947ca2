"""Entering a server's queue: its gates, and its places, taken in the transaction that uses them up."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.fault import PERHAPS_MADE
from bot.model import OPEN_STATES, Attempt, AttemptState, Job, Person
from bot.moderation import gates
from bot.moderation.gates import TASKLESS_IS_FREE, Block, Gates, Pause, Quota, Used
from bot.moderation.reviews import needed_review
from bot.moderation.text_rules import check_texts
from bot.review import Review
from storage.dialects import CAP_LOCK, take_turn
from storage.limits import day_of
from storage.moderation_tables import reviews
from storage.operating import check_barred, stored_departure
from storage.rows import Row
from storage.schema import SCHEDULED, attempts, blocks, pauses, quotas
from storage.servers import stored_settings
from storage.text_rules import stored_rules

GIVEN_BACK = or_(
    attempts.c.state == AttemptState.REJECTED.value,
    and_(attempts.c.state.in_([state.value for state in TASKLESS_IS_FREE]), attempts.c.task_id.is_(None)),
    and_(
        attempts.c.state == AttemptState.FAILED.value,
        or_(
            func.coalesce(attempts.c.credits_spent, 1) == 0,
            and_(
                attempts.c.credits_spent.is_(None),
                func.coalesce(attempts.c.fault, "").not_in([fault.value for fault in PERHAPS_MADE]),
            ),
        ),
    ),
)
"""`bot.moderation.gates.is_given_back`, in SQL; never NULL, which would be neither given back nor counted."""
OPEN = and_(SCHEDULED, attempts.c.state.in_([state.value for state in OPEN_STATES]))


async def enter(
    connection: AsyncConnection, attempt: Attempt, person: Person, job: Job | None
) -> Review | None:
    """Lets an attempt of `job` that `person` asks for into its server's queue; the caller stores it.

    Answers with what a moderator has to decide before; the caller stores that, too.

    Raises:
        ServerBarred, ServerLeft, ServerPaused, MemberBlocked, ChannelNotAllowed, RoleMissing: or not.
        PrivateNotAllowed: or only where others see it.
        TextRefused: what was written is not wanted there.
        TooManyRunning, LimitReached: there is no place.
    """
    if person.guild_id is None:
        return None
    await check_barred(connection, person.guild_id)
    earlier = job if attempt.number > 1 else None
    concerned = {person.user_id, *person.role_ids, *({earlier.order.owner_id} if earlier else ())}
    found = await stored_gates(connection, person.guild_id, concerned)
    gates.check_present(found, attempt)
    gates.check(found, person, attempt.created_at, earlier)
    gates.check_visibility(found.settings, job if earlier is None else None)
    rule = check_texts(await stored_rules(connection, person.guild_id), job)
    used = Used()
    if found.counts:
        await take_turn(connection, CAP_LOCK)
        used = await count_used(connection, person.guild_id, person.user_id, attempt.created_at)
        gates.take_place(found, person, used, day_of(attempt.created_at)[1])
    if job is None or await needs_no_other_look(connection, attempt):
        return None
    return needed_review(found, attempt, person, job, used, rule)


async def needs_no_other_look(connection: AsyncConnection, attempt: Attempt) -> bool:
    """Whether this very clip, with these very words, was approved before, or has made a character."""
    if attempt.renews is not None:
        return True
    approved = (
        exists()
        .where(attempts.c.job_id == attempt.job_id)
        .where(reviews.c.attempt_id == attempts.c.attempt_id, reviews.c.approved)
    )
    return bool(await connection.scalar(select(approved)))


async def stored_gates(connection: AsyncConnection, guild_id: int, concerned: Collection[int]) -> Gates:
    """What a server has decided, with the blocks and quotas of the people and roles of these ids."""
    own_pause = select(pauses).where(pauses.c.guild_id == guild_id)
    own_blocks = select(blocks).where(blocks.c.guild_id == guild_id, blocks.c.user_id.in_(concerned))
    own_quotas = select(quotas).where(quotas.c.guild_id == guild_id, quotas.c.target_id.in_(concerned))
    pause = (await connection.execute(own_pause)).mappings().first()
    return Gates(
        left_at=await stored_departure(connection, guild_id),
        settings=await stored_settings(connection, guild_id),
        pause=None if pause is None else Pause(pause["until"], pause["reason"]),
        blocks={row["user_id"]: block_of(row) for row in (await connection.execute(own_blocks)).mappings()},
        quotas={row["target_id"]: quota_of(row) for row in (await connection.execute(own_quotas)).mappings()},
    )


async def count_used(connection: AsyncConnection, guild_id: int, user_id: int, now: datetime) -> Used:
    """What is used up in a server on the day of `now`; whoever asked for an attempt has used it."""
    midnight, next_midnight = day_of(now)
    here, own = attempts.c.place_id == guild_id, attempts.c.requested_by == user_id
    today = and_(attempts.c.created_at >= midnight, attempts.c.created_at < next_midnight)
    count = select(func.count()).select_from(attempts).where(here)
    counted = count.where(today, ~GIVEN_BACK)
    return Used(
        today=await connection.scalar(counted.where(own)) or 0,
        now=await connection.scalar(count.where(OPEN, own)) or 0,
        by_all=await connection.scalar(counted) or 0,
    )


def block_of(row: Row) -> Block:
    return Block(row["user_id"], row["until"], row["reason"])


def quota_of(row: Row) -> Quota:
    return Quota(row["per_day"], row["at_once"])
