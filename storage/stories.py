"""One statement that reads a job as it stands, with all that a card or a list line needs."""

from typing import Any

from sqlalchemy import FromClause, RowMapping, Select, bindparam, case, func, or_, select

from bot.model import AttemptState, Story
from storage.moderation_tables import reviews
from storage.rows import attempt_of, character_of, circuit_of, job_of, review_of
from storage.schema import IN_QUEUE, attempts, characters, circuits, jobs

earlier = attempts.alias("earlier")
latest = attempts.alias("latest")

LATEST_NUMBER = (
    select(func.max(latest.c.number))
    .where(latest.c.job_id == jobs.c.job_id)
    .correlate(jobs)
    .scalar_subquery()
)
EARLIER_IN_QUEUE = (
    select(func.count())
    .select_from(earlier)
    .where(IN_QUEUE, earlier.c.provider == attempts.c.provider, earlier.c.created_at < attempts.c.created_at)
    .correlate(attempts)
    .scalar_subquery()
)
AHEAD = case((attempts.c.state == AttemptState.QUEUED.value, EARLIER_IN_QUEUE), else_=0).label("ahead")


MADE_OR_RENEWED = or_(
    characters.c.attempt_id == attempts.c.attempt_id, characters.c.character_id == attempts.c.renews
)


def stories() -> Select[Any]:
    """Every job with every attempt; to be narrowed down by the caller."""
    return select(jobs, attempts, characters, circuits, reviews, AHEAD).select_from(
        jobs.join(attempts, attempts.c.job_id == jobs.c.job_id)
        .outerjoin(characters, MADE_OR_RENEWED)
        .outerjoin(circuits, circuits.c.provider == attempts.c.provider)
        .outerjoin(reviews, reviews.c.attempt_id == attempts.c.attempt_id)
    )


# Made once, the values to be filled in: making them takes longer than running them.
OWN_JOB = jobs.c.job_id == bindparam("of_job")
STORY = stories().where(OWN_JOB, attempts.c.number == bindparam("of_number"))
LATEST_STORY = stories().where(OWN_JOB, attempts.c.number == LATEST_NUMBER)


def story_of(row: RowMapping) -> Story:
    character, circuit, review = part(row, characters), part(row, circuits), part(row, reviews)
    return Story(
        job=job_of(part(row, jobs)),
        attempt=attempt_of(part(row, attempts)),
        character=None if character["character_id"] is None else character_of(character),
        ahead=row[AHEAD],
        circuit=None if circuit["provider"] is None else circuit_of(circuit),
        review=None if review["attempt_id"] is None else review_of(review),
    )


def part(row: RowMapping, table: FromClause) -> dict[str, Any]:
    """What a joined row holds of one table, by that table's own names."""
    return {column.name: row[column] for column in table.c}
