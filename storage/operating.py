"""What the operator has decided while the bot runs, in the database."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.deeds import Deed
from bot.operator.balance_news import BalanceLevel, BalanceNews, is_news
from bot.operator.operating import EVERYWHERE, Bar, Drain, Operating
from bot.refusals.entries import BotDraining, ServerBarred
from storage.database import Database
from storage.dialects import SETTINGS_LOCK, insert, take_turn
from storage.moderation_tables import departures
from storage.operator_news import put
from storage.schema import barred_servers, operating
from storage.servers import add

DAILY_CAP, DRAIN, LOW_BALANCE = "daily_cap", "drain", "low_balance"
NO_MESSAGE = ""


class SqlOperatingStore:
    """One row for each thing that was decided."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def state(self) -> Operating:
        """What holds now."""
        async with self._database.read() as connection:
            return await stored_state(connection)

    async def set_daily_cap(self, cap: int, *, actor_id: int, now: datetime) -> None:
        """Sets the cap that stands in place of the setting."""
        async with self._database.write() as connection:
            await take_turn(connection, SETTINGS_LOCK)
            before = (await _rows(connection)).get(DAILY_CAP)
            await _put(connection, DAILY_CAP, str(cap))
            await add(connection, Deed(EVERYWHERE, actor_id, now, DAILY_CAP, "bot", before, str(cap)))

    async def set_drain(self, drain: Drain | None, *, actor_id: int, now: datetime) -> bool:
        """Begins a drain, or ends it; False where nothing changed."""
        async with self._database.write() as connection:
            await take_turn(connection, SETTINGS_LOCK)
            before = (await _rows(connection)).get(DRAIN)
            after = None if drain is None else drain.message or NO_MESSAGE
            if before == after:
                return False
            if after is None:
                await connection.execute(delete(operating).where(operating.c.name == DRAIN))
            else:
                await _put(connection, DRAIN, after)
            await add(connection, Deed(EVERYWHERE, actor_id, now, DRAIN, "bot", before, after))
        return True

    async def bar_of(self, guild_id: int) -> Bar | None:
        """Whether a server is barred."""
        async with self._database.read() as connection:
            return await stored_bar(connection, guild_id)

    async def bar(self, bar: Bar, *, actor_id: int, now: datetime) -> None:
        """Bars a server, in place of what bar there is."""
        row = {"guild_id": bar.guild_id, "reason": bar.reason}
        async with self._database.write() as connection:
            adding = insert(connection, barred_servers).values(row)
            await connection.execute(adding.on_conflict_do_update(index_elements=("guild_id",), set_=row))
            await add(connection, Deed(EVERYWHERE, actor_id, now, "bar", str(bar.guild_id), None, bar.reason))

    async def unbar(self, guild_id: int, *, actor_id: int, now: datetime) -> bool:
        """Lets a server in again; False where it was not barred."""
        own = barred_servers.c.guild_id == guild_id
        async with self._database.write() as connection:
            ended = await connection.execute(delete(barred_servers).where(own))
            if ended.rowcount == 0:
                return False
            await add(connection, Deed(EVERYWHERE, actor_id, now, "unbar", str(guild_id)))
        return True

    async def note_balance(self, news: BalanceNews) -> None:
        """Keeps how the balance stands; where that has changed, the news are to be told."""
        async with self._database.write() as connection:
            await take_turn(connection, SETTINGS_LOCK)
            before = _level(await _rows(connection))
            if news.level is BalanceLevel.WELL:
                await connection.execute(delete(operating).where(operating.c.name == LOW_BALANCE))
            else:
                await _put(connection, LOW_BALANCE, news.level.value)
            if is_news(before, news.level):
                await put(connection, news)


async def stored_state(connection: AsyncConnection) -> Operating:
    rows = await _rows(connection)
    cap, message = rows.get(DAILY_CAP), rows.get(DRAIN)
    return Operating(
        daily_cap=None if cap is None else int(cap),
        drain=None if message is None else Drain(message or None),
        balance_level=_level(rows),
    )


async def stored_bar(connection: AsyncConnection, guild_id: int) -> Bar | None:
    own = select(barred_servers).where(barred_servers.c.guild_id == guild_id)
    row = (await connection.execute(own)).mappings().first()
    return None if row is None else Bar(row["guild_id"], row["reason"])


async def stored_departure(connection: AsyncConnection, guild_id: int) -> datetime | None:
    """When the bot was removed from a server, if it is not there."""
    own = select(departures.c.left_at).where(departures.c.guild_id == guild_id)
    left_at: datetime | None = await connection.scalar(own)
    return left_at


async def cap_in_force(connection: AsyncConnection, cap: int) -> int:
    """The cap that holds now, `cap` where no other was set, if anything may be begun at all.

    Raises:
        BotDraining: nothing may.
    """
    state = await stored_state(connection)
    if state.drain is not None:
        raise BotDraining(state.drain.message)
    return cap if state.daily_cap is None else state.daily_cap


async def check_barred(connection: AsyncConnection, guild_id: int) -> None:
    """Whether something may be begun in a server.

    Raises:
        ServerBarred: the operator does not want that.
    """
    bar = await stored_bar(connection, guild_id)
    if bar is not None:
        raise ServerBarred(bar.reason)


def _level(rows: Mapping[str, str]) -> BalanceLevel:
    """Versions before this one knew of one level below, and wrote another word."""
    stored = rows.get(LOW_BALANCE)
    if stored is None:
        return BalanceLevel.WELL
    return BalanceLevel.SHORT if stored == BalanceLevel.SHORT.value else BalanceLevel.LOW


async def _rows(connection: AsyncConnection) -> dict[str, str]:
    decided = select(operating).where(operating.c.name.in_((DAILY_CAP, DRAIN, LOW_BALANCE)))
    return {row["name"]: row["value"] for row in (await connection.execute(decided)).mappings()}


async def _put(connection: AsyncConnection, name: str, value: str) -> None:
    adding = insert(connection, operating).values(name=name, value=value)
    await connection.execute(adding.on_conflict_do_update(index_elements=("name",), set_={"value": value}))
