"""What waits at a provider and is moved on without being asked about, in the database."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from bot.model import Attempt
from bot.moderation.servers import Failover
from storage.database import Database
from storage.instances import ALONE
from storage.rows import attempt_of
from storage.schedule import candidate, leasing
from storage.schema import IN_QUEUE, attempts, jobs, server_settings
from storage.turns import NOW, PROVIDER, unleased

SETTING = "failover"
"""Of `bot.moderation.servers.ServerSettings`; a server without a row has not decided for it."""


class SqlStrandedStore:
    """Attempts of a provider's queue in servers whose setting says so."""

    def __init__(self, database: Database, instance_id: str = ALONE) -> None:
        self._database = database
        self._instance_id = instance_id

    async def claim(
        self, provider: str, now: datetime, lease_seconds: float, limit: int, *, with_poster: bool
    ) -> list[Attempt]:
        """Leases up to `limit` unleased attempts of the provider's queue, due or not, the oldest first."""
        lease_end = now + timedelta(seconds=lease_seconds)
        lease = {"lease_end": lease_end, "holder": self._instance_id, "limit": limit}
        ids = claimable(with_poster=with_poster)
        async with self._database.write() as connection:
            claiming = leasing(attempts.c.attempt_id.in_(ids))
            rows = await connection.execute(claiming, lease | {"at_provider": provider, "now": now})
            claimed = [attempt_of(row) for row in rows.mappings()]
        return sorted(claimed, key=lambda attempt: (attempt.created_at, attempt.attempt_id))

    async def is_any(self, provider: str, *, with_poster: bool) -> bool:
        """Whether there is an unleased one."""
        first = stranded(with_poster=with_poster).where(candidate.c.leased_until.is_(None)).limit(1)
        async with self._database.read() as connection:
            return await connection.scalar(first, {"at_provider": provider}) is not None


@cache
def stranded(*, with_poster: bool) -> Select[Any]:
    """Their ids."""
    decided = (
        (server_settings.c.guild_id == jobs.c.guild_id)
        & (server_settings.c.name == SETTING)
        & (server_settings.c.value == Failover.AUTOMATIC.value)
    )
    found = (
        select(candidate.c.attempt_id)
        .join(jobs, jobs.c.job_id == candidate.c.job_id)
        .join(server_settings, decided)
        .where(IN_QUEUE, candidate.c.provider == PROVIDER)
    )
    return found.where(jobs.c.clip_poster_key.is_not(None)) if with_poster else found


@cache
def claimable(*, with_poster: bool) -> Select[Any]:
    """Those that nobody works on."""
    return (
        stranded(with_poster=with_poster)
        .where(unleased(candidate, NOW))
        .order_by(candidate.c.created_at, candidate.c.attempt_id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True, of=candidate)
    )
