"""What the operator decides while the bot runs holds in the transaction that begins something."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import LimitReached
from bot.model import AttemptState, Person
from bot.operator.balance_news import BalanceLevel as L
from bot.operator.balance_news import BalanceNews
from bot.operator.news import OperatorNews
from bot.operator.operating import EVERYWHERE, Bar, Drain, Operating
from bot.refusals.entries import BotDraining, ServerBarred
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_job, an_attempt
from tests.contract.stores import PLENTY, Stores, a_failed_attempt

OPERATOR, ELSEWHERE = OWNER_ID + 7, GUILD_ID + 1
BY: dict[str, Any] = {"actor_id": OPERATOR, "now": NOON}


async def order(stores: Stores, cap: int = PLENTY, guild_id: int | None = GUILD_ID) -> None:
    job = a_job(created_at=NOON)
    await stores.jobs.accept(job, an_attempt(job), daily_cap=cap, person=Person(OWNER_ID, guild_id))


async def deeds(stores: Stores) -> list[tuple[Any, ...]]:
    found = await stores.servers.deeds(EVERYWHERE, 99)
    assert {(deed.actor_id, deed.at) for deed in found} == {(OPERATOR, NOON)}
    return [(deed.action, deed.subject, deed.before, deed.after) for deed in found]


async def test_nothing_was_decided_at_first(stores: Stores) -> None:
    assert await stores.operating.state() == Operating()
    assert await stores.operating.bar_of(GUILD_ID) is None


async def test_a_cap_that_is_set_stands_in_place_of_the_setting_both_ways(stores: Stores) -> None:
    await stores.operating.set_daily_cap(1, **BY)
    await order(stores)
    with pytest.raises(LimitReached) as caught:
        await order(stores)
    assert (caught.value.scope, caught.value.limit) == ("bot-day", 1)

    await stores.operating.set_daily_cap(2, **BY)
    await order(stores, cap=1)

    assert (await stores.operating.state()).daily_cap == 2
    assert await deeds(stores) == [("daily_cap", "bot", "1", "2"), ("daily_cap", "bot", None, "1")]


async def test_a_drain_begins_nothing_and_leaves_alone_what_was_begun(stores: Stores) -> None:
    job = a_job()
    failed = await a_failed_attempt(stores, job)
    assert await stores.operating.set_drain(Drain("back at six"), **BY)

    for guild_id in (GUILD_ID, None):
        with pytest.raises(BotDraining) as caught:
            await order(stores, guild_id=guild_id)
        assert caught.value.message == "back at six"
    again = an_attempt(job, number=2, state=AttemptState.QUEUED)
    with pytest.raises(BotDraining):
        await stores.jobs.open_attempt(again, daily_cap=PLENTY)
    story = await stores.jobs.story(job.job_id)
    assert story is not None
    assert story.attempt == failed

    assert await stores.operating.set_drain(None, **BY)
    await stores.jobs.open_attempt(again, daily_cap=PLENTY)


async def test_a_drain_is_written_down_once_and_holds_for_every_process(stores: Stores) -> None:
    assert await stores.operating.set_drain(Drain(), **BY)
    assert not await stores.operating.set_drain(Drain(), **BY)
    assert (await stores.other_process().operating.state()).drain == Drain()
    assert await stores.operating.set_drain(Drain("soon"), **BY)
    assert await stores.operating.set_drain(None, **BY)
    assert not await stores.operating.set_drain(None, **BY)

    assert await deeds(stores) == [
        ("drain", "bot", "soon", None),
        ("drain", "bot", "", "soon"),
        ("drain", "bot", None, ""),
    ]


async def test_in_a_barred_server_nothing_is_begun_and_elsewhere_it_is(stores: Stores) -> None:
    await stores.operating.bar(Bar(GUILD_ID), **BY)
    await stores.operating.bar(Bar(GUILD_ID, "spam"), **BY)

    with pytest.raises(ServerBarred) as caught:
        await order(stores)
    assert caught.value.reason == "spam"
    assert await stores.operating.bar_of(GUILD_ID) == Bar(GUILD_ID, "spam")
    await order(stores, guild_id=ELSEWHERE)
    await order(stores, guild_id=None)

    assert await stores.operating.unbar(GUILD_ID, **BY)
    assert not await stores.operating.unbar(GUILD_ID, **BY)
    await order(stores)
    told = [("unbar", None), ("bar", "spam"), ("bar", None)]
    assert await deeds(stores) == [(action, str(GUILD_ID), None, why) for action, why in told]


def news(minute: int, level: L) -> BalanceNews:
    return BalanceNews(NOON + timedelta(minutes=minute), level, 150.5, 200.0, 50.0)


async def test_a_balance_is_news_once_when_it_gets_worse_and_when_it_is_well_again(stores: Stores) -> None:
    told: list[OperatorNews] = []
    kept = []
    course = (L.WELL, L.LOW, L.LOW, L.SHORT, L.LOW, L.SHORT, L.WELL, L.WELL)
    for minute, level in enumerate(course):
        await stores.operating.note_balance(news(minute, level))
        kept.append((await stores.operating.state()).balance_level)
        for found in await stores.operator_news.untold_news():
            told.append(found)
            await stores.operator_news.forget_news(found)

    assert told == [news(1, L.LOW), news(3, L.SHORT), news(5, L.SHORT), news(6, L.WELL)]
    assert tuple(kept) == course
    assert await stores.operating.state() == Operating()


async def test_whoever_was_told_of_the_balance_is_remembered_until_newer_news(stores: Stores) -> None:
    first, second = news(1, L.LOW), news(2, L.WELL)
    await stores.operating.note_balance(first)
    await stores.operator_news.note_told(first, OWNER_ID)
    halfway = await stores.operator_news.untold_news()
    await stores.operating.note_balance(second)
    for late in (stores.operator_news.note_told(first, OWNER_ID), stores.operator_news.forget_news(first)):
        await late

    assert halfway == [replace(first, told_to=frozenset({OWNER_ID}))]
    assert await stores.other_process().operator_news.untold_news() == [second]
