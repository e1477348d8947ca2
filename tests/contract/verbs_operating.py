"""What the operator's stores write: each verb prepared on empty stores, and then to be done."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.operator.balance_news import BalanceLevel, BalanceNews
from bot.operator.credits import Balance
from bot.operator.operating import Bar, Drain
from tests.builders import GUILD_ID, NOON, OWNER_ID
from tests.contract.stores import Stores
from tests.contract.strikes import Verb


async def sample_balance(stores: Stores) -> Verb:
    await stores.credits.sample(Balance(NOON - timedelta(days=99), 9.5))
    return lambda: stores.credits.sample(Balance(NOON, 3.25))


async def set_daily_cap(stores: Stores) -> Verb:
    await stores.operating.set_daily_cap(5, actor_id=OWNER_ID, now=NOON)
    return lambda: stores.operating.set_daily_cap(7, actor_id=OWNER_ID, now=NOON)


async def begin_drain(stores: Stores) -> Verb:
    return lambda: stores.operating.set_drain(Drain("soon"), actor_id=OWNER_ID, now=NOON)


async def end_drain(stores: Stores) -> Verb:
    await (await begin_drain(stores))()
    return lambda: stores.operating.set_drain(None, actor_id=OWNER_ID, now=NOON)


async def bar_server(stores: Stores) -> Verb:
    return lambda: stores.operating.bar(Bar(GUILD_ID, "spam"), actor_id=OWNER_ID, now=NOON)


async def unbar_server(stores: Stores) -> Verb:
    await (await bar_server(stores))()
    return lambda: stores.operating.unbar(GUILD_ID, actor_id=OWNER_ID, now=NOON)


NEWS = BalanceNews(NOON, level=BalanceLevel.LOW, credits=9.5, warn_below=200.0, pause_below=0.0)


async def note_balance(stores: Stores) -> Verb:
    return lambda: stores.operating.note_balance(NEWS)


async def note_told(stores: Stores) -> Verb:
    await stores.operating.note_balance(NEWS)
    return lambda: stores.operator_news.note_told(NEWS, OWNER_ID)


async def forget_news(stores: Stores) -> Verb:
    await stores.operating.note_balance(NEWS)
    return lambda: stores.operator_news.forget_news(NEWS)


OPERATING_VERBS: tuple[Callable[[Stores], Awaitable[Verb]], ...] = (
    sample_balance,
    set_daily_cap,
    begin_drain,
    end_drain,
    bar_server,
    unbar_server,
    note_balance,
    note_told,
    forget_news,
)
