"""What the operator has decided, in memory."""

from dataclasses import replace
from datetime import datetime

from bot.deeds import Deed
from bot.operator.balance_news import BalanceNews, is_news
from bot.operator.news import OperatorNews
from bot.operator.operating import EVERYWHERE, Bar, Drain, Operating
from tests.fakes.world import World, about


class MemoryOperatingStore:
    """An OperatingStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def state(self) -> Operating:
        return self._world.operating

    async def set_daily_cap(self, cap: int, *, actor_id: int, now: datetime) -> None:
        before = self._world.operating.daily_cap
        self._world.operating = replace(self._world.operating, daily_cap=cap)
        old = None if before is None else str(before)
        self._world.deeds.append(Deed(EVERYWHERE, actor_id, now, "daily_cap", "bot", old, str(cap)))

    async def set_drain(self, drain: Drain | None, *, actor_id: int, now: datetime) -> bool:
        before = self._world.operating.drain
        if before == drain:
            return False
        self._world.operating = replace(self._world.operating, drain=drain)
        old, new = (None if one is None else one.message or "" for one in (before, drain))
        self._world.deeds.append(Deed(EVERYWHERE, actor_id, now, "drain", "bot", old, new))
        return True

    async def bar_of(self, guild_id: int) -> Bar | None:
        return self._world.bars.get(guild_id)

    async def bar(self, bar: Bar, *, actor_id: int, now: datetime) -> None:
        self._world.bars[bar.guild_id] = bar
        self._world.deeds.append(Deed(EVERYWHERE, actor_id, now, "bar", str(bar.guild_id), None, bar.reason))

    async def unbar(self, guild_id: int, *, actor_id: int, now: datetime) -> bool:
        if self._world.bars.pop(guild_id, None) is None:
            return False
        self._world.deeds.append(Deed(EVERYWHERE, actor_id, now, "unbar", str(guild_id)))
        return True

    async def note_balance(self, news: BalanceNews) -> None:
        before = self._world.operating.balance_level
        self._world.operating = replace(self._world.operating, balance_level=news.level)
        if is_news(before, news.level):
            self._world.have_told(news)


class MemoryOperatorNewsStore:
    """What operators are still to be told."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def untold_news(self) -> list[OperatorNews]:
        return sorted(self._world.operator_news.values(), key=lambda news: (news.at, news.nonce))

    async def note_told(self, news: OperatorNews, user_id: int) -> None:
        stored = self._world.operator_news.get(about(news))
        if stored is not None and stored.at == news.at:
            self._world.operator_news[about(news)] = replace(stored, told_to=stored.told_to | {user_id})

    async def forget_news(self, news: OperatorNews) -> None:
        stored = self._world.operator_news.get(about(news))
        if stored is not None and stored.at == news.at:
            del self._world.operator_news[about(news)]
