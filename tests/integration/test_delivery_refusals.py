"""What Discord refuses is counted, and nothing that can wait is sent into a refusal again and again."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.errors import DeliveryPostponed
from bot.notices import NoticeKind, SettledBy
from cogs.delivery.refusals import WINDOW, Refusals
from cogs.delivery.thread_replies import ThreadReplies
from cogs.pictures import Pictures
from tests.fakes.clock import FixedClock
from tests.fakes.departures import MemoryDepartureStore
from tests.fakes.servers import MemoryServerStore
from tests.fakes.takedowns import MemoryCharacterPosts
from tests.fakes.world import World
from tests.integration.delivery_stage import Stage, open_stage

LIMIT = 3
WINDOW_SECONDS = WINDOW.total_seconds()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


@pytest.fixture
def refusals(stage: Stage) -> Refusals:
    return Refusals(stage.clock, limit=LIMIT)


@pytest.fixture
async def session(refusals: Refusals) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trace_configs=[refusals.trace()]) as opened:
        yield opened


async def ask(stage: Stage, session: aiohttp.ClientSession, times: int = 1) -> None:
    for _ in range(times):
        async with session.get(f"{stage.discord.api_base_url}/users/@me"):
            pass


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_after_so_many_refusals_whatever_can_wait_waits(
    stage: Stage, refusals: Refusals, session: aiohttp.ClientSession, status: int
) -> None:
    stage.discord.faults.fail("GET", "/users/@me", status=status, times=None)
    await ask(stage, session, LIMIT - 1)
    assert refusals.wait_seconds() == 0

    with capture_logs() as logs:
        await ask(stage, session, 2)

    assert refusals.wait_seconds() == WINDOW_SECONDS
    assert [one["event"] for one in logs] == ["discord_refuses_too_much"], "told once"


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_other_answers_do_not_count(
    stage: Stage, refusals: Refusals, session: aiohttp.ClientSession, status: int
) -> None:
    stage.discord.faults.fail("GET", "/users/@me", status=status, times=None)

    await ask(stage, session, 2 * LIMIT)

    assert refusals.wait_seconds() == 0


async def test_a_limit_that_others_have_used_up_does_not_count(
    stage: Stage, refusals: Refusals, session: aiohttp.ClientSession
) -> None:
    limit = stage.discord.faults.rate_limit("GET", "/users/@me", 1.0, times=None)
    limit.scope = "shared"

    await ask(stage, session, 2 * LIMIT)

    assert limit.fired == 2 * LIMIT
    assert refusals.wait_seconds() == 0


async def test_refusals_are_forgotten_after_ten_minutes(
    stage: Stage, refusals: Refusals, session: aiohttp.ClientSession
) -> None:
    stage.discord.faults.fail("GET", "/users/@me", status=403, times=None)
    await ask(stage, session)
    stage.clock.advance(60)
    await ask(stage, session, LIMIT - 1)

    assert refusals.wait_seconds() == WINDOW_SECONDS - 60
    stage.clock.advance(WINDOW_SECONDS - 60)
    assert refusals.wait_seconds() == 0


async def test_a_clock_put_back_does_not_hold_up_anything(
    stage: Stage, refusals: Refusals, session: aiohttp.ClientSession
) -> None:
    stage.discord.faults.fail("GET", "/users/@me", status=403, times=None)
    await ask(stage, session, LIMIT)

    stage.clock.advance(-timedelta(days=1).total_seconds())

    assert refusals.wait_seconds() == 0


async def test_meanwhile_nothing_is_delivered_and_nothing_is_asked(
    stage: Stage, refusals: Refusals, session: aiohttp.ClientSession
) -> None:
    stage.discord.faults.fail("GET", "/users/@me", status=403, times=None)
    await ask(stage, session, LIMIT)
    replies = ThreadReplies(
        stage.client,
        stage.clock,
        pictures=Pictures(stage.clips.whole),
        settled_by=SettledBy.OPERATOR,
        refusals=refusals,
        servers=MemoryServerStore(World()),
        departures=MemoryDepartureStore(World()),
        posts=MemoryCharacterPosts(World()),
    )
    story = stage.told_of()
    before = len(stage.discord.requests)

    with pytest.raises(DeliveryPostponed) as postponed:
        await replies.deliver(stage.announcement(NoticeKind.CARD, story), story)

    assert (postponed.value.after_seconds, postponed.value.cause) == (WINDOW_SECONDS, "refused-too-often")
    assert len(stage.discord.requests) == before


def test_the_usual_limit_is_a_tenth_of_discords() -> None:
    assert Refusals(FixedClock())._at.maxlen == 1000
