"""What is asked of moderators, and what they have decided, in the database."""

from collections.abc import Sequence

from sqlalchemy import func, select, update

from bot.deeds import Deed
from bot.model import Attempt, AttemptState, Story
from bot.moderation.gates import Block
from bot.notices import NoticeKind
from bot.review import Review
from storage.announcements import announce
from storage.database import Database
from storage.gates import block_member
from storage.moderation_tables import reviews
from storage.revisions import replace_row
from storage.rows import review_of, review_row
from storage.schema import SCHEDULED, attempts
from storage.servers import add
from storage.stories import stories, story_of

IN_REVIEW = attempts.c.state == AttemptState.REVIEW.value


class SqlReviewStore:
    """A row for every attempt that needs a moderator's yes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_attempt(self, attempt_id: str) -> Review | None:
        """What is asked about an attempt, or was decided; None where nobody has to look at it."""
        own = select(reviews).where(reviews.c.attempt_id == attempt_id)
        async with self._database.read() as connection:
            row = (await connection.execute(own)).mappings().first()
        return None if row is None else review_of(row)

    async def story(self, attempt_id: str) -> Story | None:
        """The attempt as it stands, with its job and its review; None where there is none of that."""
        own = stories().where(attempts.c.attempt_id == attempt_id)
        async with self._database.read() as connection:
            row = (await connection.execute(own)).mappings().first()
        return None if row is None else story_of(row)

    async def waiting(self, guild_id: int, limit: int, offset: int = 0) -> list[Story]:
        """What waits in a server for a decision, the oldest first."""
        here = stories().where(SCHEDULED, IN_REVIEW, attempts.c.place_id == guild_id)
        oldest_first = here.order_by(attempts.c.created_at, attempts.c.attempt_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(oldest_first.limit(limit).offset(offset))).mappings().all()
        return [story_of(row) for row in rows]

    async def count_waiting(self, guild_id: int) -> int:
        """How much waits there."""
        here = (SCHEDULED, IN_REVIEW, attempts.c.place_id == guild_id)
        async with self._database.read() as connection:
            return int(await connection.scalar(select(func.count()).select_from(attempts).where(*here)) or 0)

    async def decide(
        self,
        attempt: Attempt,
        review: Review,
        *,
        deed: Deed,
        block: Block | None,
        notices: Sequence[NoticeKind],
    ) -> None:
        """Stores the attempt as it is by the decision, the block that goes with it, and who decided.

        Raises:
            JobConflict: somebody else moved the attempt first.
        """
        own = reviews.c.attempt_id == review.attempt_id
        async with self._database.write() as connection:
            await replace_row(connection, attempt, leased_until=None)
            await connection.execute(update(reviews).where(own).values(review_row(review)))
            await announce(connection, attempt.job_id, attempt.number, notices, deed.at)
            await add(connection, deed)
            if block is not None:
                await block_member(connection, deed.guild_id, block, actor_id=deed.actor_id, now=deed.at)
