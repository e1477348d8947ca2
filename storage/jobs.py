"""Jobs and their attempts in the database. Every verb is one transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clip import KeptClip, Offer, Part
from bot.deeds import Deed
from bot.errors import DuplicateInteraction, JobConflict
from bot.model import Attempt, AttemptState, Character, Job, MessageRef, Person, Story
from bot.moderation.reviews import held
from bot.notices import NoticeKind
from bot.review import Review
from bot.stores import Rate, TaskTimes
from storage import turns
from storage.announcements import announce, rearm_cards
from storage.characters import add_character, check_renewable
from storage.clip_claims import wanted_keys
from storage.database import Database
from storage.dialects import insert
from storage.entries import enter
from storage.forms import use_form
from storage.instances import ALONE
from storage.limits import (
    next_submission_place,
    take_cutting_place,
    take_daily_place,
    take_submission_place,
)
from storage.moderation_tables import reviews
from storage.repeats import check_repeated
from storage.revisions import check_revision, check_untouched, replace_row
from storage.rows import (
    attempt_of,
    attempt_row,
    card_row,
    clip_row,
    job_of,
    job_row,
    offer_row,
    part_row,
    review_row,
)
from storage.schedule import (
    CLAIM_QUEUED_BEFORE,
    LEASING_IDS,
    OLDEST_QUEUED,
    claiming,
    earliest,
    in_states,
    timed,
)
from storage.schema import announcements, attempts, jobs
from storage.servers import note
from storage.statements import keep_statement
from storage.stories import LATEST_NUMBER, LATEST_STORY, STORY, stories, story_of
from storage.turns import EARLIEST_READY

FIRST = 1
"""The number of a job's first attempt."""
ERASED = ""
"""What is left of a token or an address that is no longer needed."""

# Made once, the values to be filled in: making a statement takes longer than running it.
JOB = select(jobs).where(jobs.c.job_id == bindparam("of_job"))
OF_TOKEN = select(attempts).where(attempts.c.callback_token == bindparam("of_token"))


class SqlJobStore:
    """Jobs and their attempts."""

    def __init__(self, database: Database, instance_id: str = ALONE) -> None:
        self._database = database
        self._instance_id = instance_id

    async def accept(
        self,
        job: Job,
        attempt: Attempt,
        *,
        daily_cap: int,
        form_id: str | None = None,
        person: Person | None = None,
    ) -> Review | None:
        """Stores a new job and its first attempt; answers with what a moderator has to decide about it.

        Attempts created since midnight UTC count against the cap, except rejected and cancelled ones.
        `form_id` is the form that the order was typed into, if it was one. `person` asks, and has to pass the
        gates and limits of their server.

        Raises:
            DuplicateInteraction: the interaction is a job already.
            FormUsed: the owner's form is a job already, and that job is not forgotten.
            AlreadyOrdered: the same was ordered just before: `bot.orders.repeats`.
            LimitReached: the cap is used up.
            UserFault: what else stands in the way: `bot.moderation.gates`.
        """
        interaction_id = job.order.ticket.interaction_id
        review: Review | None = None
        async with self._database.write() as connection:
            adding = insert(connection, jobs).values(job_row(job))
            added = await connection.execute(
                adding.on_conflict_do_nothing(index_elements=("interaction_id",))
            )
            if added.rowcount == 0:
                raise DuplicateInteraction(interaction_id)
            if form_id is not None:
                await use_form(connection, job, form_id)
            if person is not None:
                await check_repeated(connection, job)
                review = await enter(connection, attempt, person, job)
            await take_daily_place(connection, attempt, daily_cap)
            row = attempt_row(attempt) | turns.whose_turn(job.job_id)
            await connection.execute(insert(connection, attempts).values(row))
            if review is not None:
                await connection.execute(insert(connection, reviews).values(review_row(review)))
        return review

    async def acknowledge(self, job_id: str, card: MessageRef | None, due_at: datetime) -> None:
        """Stores where the card is (None for a private job) and makes the first attempt due."""
        untouched = attempts.c.state == AttemptState.RECEIVED.value
        first = (
            update(attempts)
            .where(attempts.c.job_id == job_id, attempts.c.number == FIRST, untouched)
            .values(due_at=due_at)
        )
        async with self._database.write() as connection:
            # The attempt first, as in every transaction that changes both: somebody may be cancelling it.
            await connection.execute(first)
            await connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(card_row(card)))

    async def place_card(self, job_id: str, card: MessageRef) -> None:
        """Stores where the card is, and nothing else."""
        async with self._database.write() as connection:
            await connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(card_row(card)))

    async def forget(self, job_id: str, unless_touched: Attempt | None = None) -> None:
        """Deletes the job with its attempts and announcements; nothing when it is gone already."""
        async with self._database.write() as connection:
            if unless_touched is not None:
                await check_untouched(connection, unless_touched)
            # Not left to the job's own deletion, which would take them after the job.
            await connection.execute(delete(attempts).where(attempts.c.job_id == job_id))
            await connection.execute(delete(jobs).where(jobs.c.job_id == job_id))

    async def job(self, job_id: str) -> Job | None:
        async with self._database.read() as connection:
            row = (await connection.execute(JOB, {"of_job": job_id})).mappings().first()
        return None if row is None else job_of(row)

    async def story(self, job_id: str, attempt_number: int | None = None) -> Story | None:
        """The job with the given (else its latest) attempt, its character, queue place and circuit."""
        if attempt_number is None:
            found = await self._stories(LATEST_STORY, of_job=job_id)
        else:
            found = await self._stories(STORY, of_job=job_id, of_number=attempt_number)
        return found[0] if found else None

    async def stories_of(self, owner_id: int, guild_id: int | None, limit: int) -> list[Story]:
        """A member's jobs in one server (None: direct messages), newest first, with their latest attempts."""
        return await self._stories(
            stories()
            .where(jobs.c.owner_id == owner_id, jobs.c.guild_id == guild_id)
            .where(attempts.c.number == LATEST_NUMBER)
            .order_by(jobs.c.created_at.desc(), jobs.c.job_id.desc())
            .limit(limit)
        )

    async def _stories(self, statement: Select[Any], **wanted: object) -> list[Story]:
        async with self._database.read() as connection:
            rows = (await connection.execute(statement, wanted)).mappings().all()
        return [story_of(row) for row in rows]

    async def claim(
        self, states: Collection[AttemptState], now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        """Takes up to `limit` attempts that are due and unleased, oldest first, and leases them."""
        lease = self._lease(now, lease_seconds)
        async with self._database.write() as connection:
            found = await connection.execute(claiming(frozenset(states)), lease | {"limit": limit})
            rows = found.mappings().all()
        claimed = [attempt_of(row) for row in rows]
        return sorted(claimed, key=lambda attempt: (attempt.due_at, attempt.attempt_id))

    async def claim_turns(
        self, provider: str, now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        """Takes up to `limit` QUEUED attempts that are due and unleased, in fair turns, and leases them.

        First those that have had their turn and are still here; then new turns, each for the server, and in
        it the member, that waited longest since the last one. While enough clips are handed over and wait
        for the rate, no new turns are given.
        """
        async with self._database.write() as connection:
            attempt_ids = await turns.next_ids(connection, provider, now, limit)
            return await self._lease_in_order(connection, attempt_ids, now, lease_seconds)

    async def claim_handed_over(
        self, provider: str, now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        """Takes up to `limit` HANDED_OVER attempts that are due and unleased, in the order of their turns."""
        async with self._database.write() as connection:
            attempt_ids = await turns.ready_ids(connection, provider, now, limit)
            return await self._lease_in_order(connection, attempt_ids, now, lease_seconds)

    async def _lease_in_order(
        self, connection: AsyncConnection, attempt_ids: list[str], now: datetime, lease_seconds: float
    ) -> list[Attempt]:
        values = self._lease(now, lease_seconds) | {"ids": attempt_ids}
        rows = (await connection.execute(LEASING_IDS, values)).mappings().all()
        claimed = [attempt_of(row) for row in rows]
        return sorted(claimed, key=lambda attempt: attempt_ids.index(attempt.attempt_id))

    async def claim_queued_before(
        self, moment: datetime, now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        """Leases up to `limit` attempts of the queue that were created before `moment`, due or not."""
        values = self._lease(now, lease_seconds) | {"moment": moment, "limit": limit}
        async with self._database.write() as connection:
            rows = (await connection.execute(CLAIM_QUEUED_BEFORE, values)).mappings().all()
        claimed = [attempt_of(row) for row in rows]
        return sorted(claimed, key=lambda attempt: (attempt.created_at, attempt.attempt_id))

    async def oldest_queued(self) -> datetime | None:
        """When the unleased attempt of the queue was created that has been there longest."""
        async with self._database.read() as connection:
            created_at: datetime | None = await connection.scalar(OLDEST_QUEUED)
        return created_at

    async def next_turn(self, provider: str, now: datetime) -> datetime | None:
        """When `claim_turns` may find something next."""
        async with self._database.read() as connection:
            return await turns.next_due(connection, provider, now)

    async def next_handed_over(self, provider: str) -> datetime | None:
        """When the next unleased HANDED_OVER attempt comes due."""
        async with self._database.read() as connection:
            due_at: datetime | None = await connection.scalar(EARLIEST_READY, {"at_provider": provider})
        return due_at

    async def attempt_of_token(self, callback_token: str) -> Attempt | None:
        """The attempt whose callback address carries this token."""
        async with self._database.read() as connection:
            row = (await connection.execute(OF_TOKEN, {"of_token": callback_token})).mappings().first()
        return None if row is None else attempt_of(row)

    def _lease(self, now: datetime, lease_seconds: float) -> dict[str, object]:
        """What `leasing` has to be told."""
        end = now + timedelta(seconds=lease_seconds)
        return {"now": now, "lease_end": end, "holder": self._instance_id}

    async def save(
        self,
        attempt: Attempt,
        *,
        now: datetime,
        notices: Sequence[NoticeKind] = (),
        clip: KeptClip | None = None,
        offer: Offer | None = None,
        character: Character | None = None,
        forget_ticket: bool = False,
        deed: Deed | None = None,
    ) -> Attempt:
        """Stores the attempt as it now is, gives the lease back, and all that follows from the move, at once.

        What that is, `JobStore` says.

        Raises:
            JobConflict: the row's revision is not the one this attempt was read with, or another attempt has
                the same task id at this provider.
        """
        changes: dict[str, Any] = {}
        if clip is not None or offer is not None:
            changes |= {**clip_row(clip), **offer_row(offer), "attachment_url": ERASED}
        if forget_ticket:
            changes["ticket_token"] = ERASED
        async with self._database.write() as connection:
            saved = await replace_row(connection, attempt, leased_until=None)
            if character is not None:
                # Before the job: deleting a character goes from the library to its job, too.
                await add_character(connection, character, now)
            if changes:
                await connection.execute(update(jobs).where(jobs.c.job_id == attempt.job_id).values(changes))
            if clip is not None:
                await keep_statement(connection, attempt.job_id, clip)
            await announce(connection, attempt.job_id, attempt.number, notices, now)
            await note(connection, deed)
        return saved

    async def begin_mending(
        self, attempt: Attempt, part: Part, *, now: datetime, own_limit: int, limit: int
    ) -> Attempt:
        """Stores the attempt, which is now MENDING, with the part that was chosen, in one transaction.

        Raises:
            CuttingBusy: so many of the owner's clips, or of everybody's, wait to be cut.
            JobConflict: the row's revision is not the one this attempt was read with.
        """
        own_job = jobs.c.job_id == attempt.job_id
        async with self._database.write() as connection:
            await take_cutting_place(connection, attempt, own_limit=own_limit, limit=limit)
            saved = await replace_row(connection, attempt, leased_until=None)
            await connection.execute(update(jobs).where(own_job).values(part_row(part)))
            await announce(connection, attempt.job_id, attempt.number, (NoticeKind.CARD,), now)
        return saved

    async def wanted_keys(self) -> set[str]:
        """The keys of everything in the clip store that some job still needs."""
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted_keys())).all()
        return {key for row in rows for key in row if key is not None}

    async def begin_submission(self, attempt: Attempt, *, now: datetime, rate: Rate) -> Attempt | None:
        """Marks the attempt SUBMITTING at `now` if the account-wide rate allows it, in one transaction.

        The lease is kept. Returns None when the rate is used up.

        Raises:
            JobConflict: the row's revision is not the one this attempt was read with.
        """
        submitting = attempt.move(AttemptState.SUBMITTING, submitted_at=now)
        async with self._database.write() as connection:
            if not await take_submission_place(connection, attempt.attempt_id, now, rate):
                await check_revision(connection, attempt)
                return None
            return await replace_row(connection, submitting)

    async def next_submission_at(self, *, now: datetime, rate: Rate) -> datetime | None:
        """When the account-wide rate, of at least one, lets somebody through again; None: it does now."""
        async with self._database.read() as connection:
            return await next_submission_place(connection, now, rate)

    async def open_attempt(
        self, attempt: Attempt, *, daily_cap: int, person: Person | None = None, deed: Deed | None = None
    ) -> Attempt:
        """Adds a further attempt to a job, arms its CARD again and adds an ATTEMPT notice; the attempt then.

        `person` asks, as in `accept`. Where a moderator has to decide, it is stored as REVIEW.

        Raises:
            JobConflict: the job has an attempt of that number already.
            LimitReached: the cap is used up.
            NotFound: what it renews has been deleted.
            UserFault: what else stands in the way: `bot.moderation.gates`.
        """
        now, job_id = attempt.created_at, attempt.job_id
        review: Review | None = None
        async with self._database.write() as connection:
            if person is not None:
                row = (await connection.execute(JOB, {"of_job": job_id})).mappings().first()
                review = await enter(connection, attempt, person, None if row is None else job_of(row))
            await take_daily_place(connection, attempt, daily_cap)
            if attempt.renews is not None:
                await check_renewable(connection, attempt)
            attempt = attempt if review is None else held(attempt, now)
            adding = insert(connection, attempts).values(attempt_row(attempt) | turns.whose_turn(job_id))
            added = await connection.execute(
                adding.on_conflict_do_nothing(index_elements=("job_id", "number"))
            )
            if added.rowcount == 0:
                raise JobConflict(job_id)
            await connection.execute(rearm_cards(now).where(announcements.c.job_id == job_id))
            notices: tuple[NoticeKind, ...] = (NoticeKind.ATTEMPT,)
            if review is not None:
                await connection.execute(insert(connection, reviews).values(review_row(review)))
                notices = (*notices, NoticeKind.REVIEW)
            await announce(connection, job_id, attempt.number, notices, now)
            await note(connection, deed)
        return attempt

    async def next_due(self, states: Collection[AttemptState]) -> datetime | None:
        """When the next unleased attempt in one of these states comes due."""
        if not states:
            return None
        async with self._database.read() as connection:
            due_at: datetime | None = await connection.scalar(earliest(frozenset(states)))
        return due_at

    async def task_times(self, provider: str, limit: int) -> TaskTimes:
        """How long the last `limit` tasks ran that ended at this provider, well or not."""
        async with self._database.read() as connection:
            seconds = (await connection.scalars(timed(provider, limit))).all()
            waiting = await connection.scalar(
                select(func.count())
                .select_from(attempts)
                .where(in_states(attempts, {AttemptState.WAITING}), attempts.c.provider == provider)
            )
        return TaskTimes(tuple(seconds), waiting or 0)
