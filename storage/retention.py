"""What is kept for a time only, in the database."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import TICKET_LIFE
from bot.servers import ServerSettings
from storage.database import Database
from storage.dialects import LIBRARY_LOCK, take_turn
from storage.entries import OPEN
from storage.report_tables import reports
from storage.rows import clip_row, offer_row
from storage.schema import attempts, characters, jobs, picks, server_settings
from storage.statement_tables import statements

PICKS_KEPT = timedelta(hours=24)
"""As long as the form about one is taken."""
STATEMENTS_KEPT = timedelta(days=365)
"""At least; as long as a character is there that was made of the clip."""
REPORTS_KEPT = timedelta(days=365)
"""After they were decided."""
ERASED = ""
SETTING = "retention_days"

GOES_ON = exists().where(attempts.c.job_id == jobs.c.job_id, OPEN)
NEEDED = exists().where(characters.c.job_id == jobs.c.job_id)
LATEST_END = func.max(func.coalesce(attempts.c.ended_at, attempts.c.created_at))
ENDED = (
    select(jobs.c.job_id, jobs.c.guild_id, LATEST_END.label("ended_at"))
    .join(attempts, attempts.c.job_id == jobs.c.job_id)
    .where(jobs.c.clip_key.is_not(None), ~NEEDED.correlate(jobs), ~GOES_ON.correlate(jobs))
    .group_by(jobs.c.job_id, jobs.c.guild_id)
)
GIVE_UP = (
    update(jobs).where(jobs.c.job_id == bindparam("of_job")).values({**clip_row(None), **offer_row(None)})
)


class SqlRetentionStore:
    """Rows whose time has come."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def give_clips_up(self, now: datetime) -> int:
        """Ends the claims on clips of jobs that ended longer ago than their server keeps them; how many."""
        async with self._database.write() as connection:
            await take_turn(connection, LIBRARY_LOCK)
            kept = await kept_days(connection)
            default = ServerSettings().retention_days
            rows = (await connection.execute(ENDED)).all()
            due = [
                {"of_job": job_id}
                for job_id, guild_id, ended_at in rows
                if ended_at <= now - timedelta(days=kept.get(guild_id, default))
            ]
            if due:
                await connection.execute(GIVE_UP, due)
        return len(due)

    async def forget_leftovers(self, now: datetime) -> None:
        """Erases tokens that work no more, picks that no form can come of, old statements and reports."""
        stale = jobs.c.created_at < now - TICKET_LIFE
        tokens = update(jobs).where(stale, jobs.c.ticket_token != ERASED).values(ticket_token=ERASED)
        async with self._database.write() as connection:
            await connection.execute(tokens)
            await connection.execute(delete(picks).where(picks.c.created_at < now - PICKS_KEPT))
            old = statements.c.stated_at < now - STATEMENTS_KEPT
            decided = reports.c.decided_at < now - REPORTS_KEPT
            await connection.execute(delete(reports).where(decided))
            made = exists().where(characters.c.job_id == statements.c.job_id)
            await connection.execute(delete(statements).where(old, ~made))


async def kept_days(connection: AsyncConnection) -> dict[int | None, int]:
    """For how many days servers keep clips, where they decided it."""
    decided = select(server_settings.c.guild_id, server_settings.c.value).where(
        server_settings.c.name == SETTING
    )
    return {guild_id: int(days) for guild_id, days in (await connection.execute(decided)).all()}
