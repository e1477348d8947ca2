"""A row is replaced only by somebody who has read it as it is."""

from dataclasses import replace

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import JobConflict
from bot.model import Attempt
from storage.rows import (
    attempt_row,
)
from storage.schema import attempts

REPLACING = update(attempts).where(
    attempts.c.attempt_id == bindparam("of_attempt"), attempts.c.revision == bindparam("as_read")
)


async def replace_row(connection: AsyncConnection, attempt: Attempt, **lease: None) -> Attempt:
    """Stores the attempt over the row it was read from, under the next revision.

    Raises:
        JobConflict: that row has moved since, or another attempt has this task id already.
    """
    moved = replace(attempt, revision=attempt.revision + 1)
    row = attempt_row(moved) | lease
    try:
        result = await connection.execute(
            REPLACING, row | {"of_attempt": attempt.attempt_id, "as_read": attempt.revision}
        )
    except IntegrityError as error:
        if attempts.c.task_id.name in str(error.orig):
            raise JobConflict(attempt.attempt_id) from error
        raise
    if result.rowcount == 0:
        raise JobConflict(attempt.attempt_id)
    return moved


async def check_revision(connection: AsyncConnection, attempt: Attempt) -> None:
    """Raises JobConflict when the row has moved since the attempt was read."""
    revision = await connection.scalar(
        select(attempts.c.revision).where(attempts.c.attempt_id == attempt.attempt_id)
    )
    if revision != attempt.revision:
        raise JobConflict(attempt.attempt_id)


async def check_untouched(connection: AsyncConnection, attempt: Attempt) -> None:
    """Raises JobConflict when somebody has changed anything of it since it was read; else nobody can now."""
    row = attempts.c.attempt_id == attempt.attempt_id
    reading = select(attempts.c.revision, attempts.c.due_at).where(row)
    found = (await connection.execute(reading.with_for_update())).one_or_none()
    # An acknowledgement changes the time alone: it moves nothing.
    if found is None or (found.revision, found.due_at) != (attempt.revision, attempt.due_at):
        raise JobConflict(attempt.attempt_id)
