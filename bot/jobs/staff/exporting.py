"""Reads what a server's admins take away, a few hundred rows at a time."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from bot.deeds import Deed
from bot.jobs.staff.oversight import for_moderators
from bot.moderation import exports
from bot.moderation.exports import ExportStore, Row, What
from bot.moderation.statements import StatementStore
from bot.ports import Clock
from bot.records import JobRecords, Wanted
from bot.stores import ServerStore

AT_ONCE = 500
ROWS_AT_MOST = 20_000


class Exporting:
    """Everything of one server, and of no other; of private jobs no word of the member."""

    def __init__(
        self,
        *,
        records: JobRecords,
        store: ExportStore,
        statements: StatementStore,
        servers: ServerStore,
        clock: Clock,
    ) -> None:
        self._records = records
        self._store = store
        self._statements = statements
        self._servers = servers
        self._clock = clock

    async def note(self, guild_id: int, what: What, actor_id: int) -> None:
        """Who takes away what is in the audit log before they have it."""
        await self._servers.note(Deed(guild_id, actor_id, self._clock.now(), "export", what.value))

    async def rows(self, guild_id: int, what: What, span: timedelta | None) -> AsyncIterator[Row]:
        """Up to `ROWS_AT_MOST` rows."""
        since = self._clock.now() - span if span else None
        for offset in range(0, ROWS_AT_MOST, AT_ONCE):
            found = await self._page(guild_id, what, since, offset)
            for row in found:
                yield row
            if len(found) < AT_ONCE:
                return

    async def _page(self, guild_id: int, what: What, since: datetime | None, offset: int) -> list[Row]:
        match what:
            case What.JOBS:
                wanted = Wanted(guild_id=guild_id, since=since)
                records = await self._records.find(wanted, limit=AT_ONCE, offset=offset)
                return [exports.job_row(for_moderators(record)) for record in records]
            case What.CHARACTERS:
                made = await self._store.characters(guild_id, since, limit=AT_ONCE, offset=offset)
                return [exports.character_row(one) for one in made]
            case What.AUDIT:
                deeds = await self._store.deeds(guild_id, since, limit=AT_ONCE, offset=offset)
                return [exports.deed_row(deed) for deed in deeds]
            case What.STATEMENTS:
                stated = await self._statements.of_server(guild_id, since, limit=AT_ONCE, offset=offset)
                return [exports.statement_row(one) for one in stated]
