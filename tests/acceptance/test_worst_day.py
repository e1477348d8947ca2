"""A day with everything in it: a model that goes off, a clip store that goes and comes, an id that lapses."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.discord.messages import Message
from sandbox.kie.ledger import Submission
from tests.acceptance.crowd import Crowd
from tests.acceptance.host import Host, crowd_in, open_host
from tests.acceptance.test_failover import (
    CANCEL,
    OMNI,
    SORA,
    WAIT_SECONDS,
    attempts,
    model_is_back,
    offered,
    press,
    queued,
)
from tests.acceptance.test_gemini_omni import made_for
from tests.acceptance.test_library import LIST, SHOW, STATUS, asked, id_of
from tests.acceptance.test_renewals import DAY_SECONDS, refreshed
from tests.object_store import ObjectServer, object_server

STORE_TRIED_AGAIN_MICROSECONDS = 31_000_000
HELD_UP = "SELECT attempt_id FROM attempts WHERE state = 'queued' AND fault = 'storage'"
STORE_AWAY = "The place where I keep clips and records did not work."
LOUD_WHILE_AWAY = {"circuit_opened", "step_failed", "sweep_failed", "clip_store_away"}


@pytest.fixture
def store() -> Iterator[ObjectServer]:
    with object_server() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def host(tmp_path: Path, store: ObjectServer) -> AsyncIterator[Host]:
    """A bot with its clips in a bucket, and two providers."""
    async with open_host(tmp_path) as host:
        host.rig.house.bot.environment.update(store.environment)
        host.rig.house.bot.environment["CLIP_STORE_URL"] = f"s3://{store.bucket()}/of/ours"
        host.rig.house.bot.environment["PROVIDERS"] = f"{SORA},{OMNI}"
        await host.rig.begin(callbacks=False)
        host.rig.house.expected_log_events |= LOUD_WHILE_AWAY
        yield host


def paid(crowd: Crowd) -> list[Submission]:
    """What the model that was off has taken."""
    return [one for one in crowd.scene.submissions if one.accepted]


async def told_of_store(host: Host, cards: list[Message]) -> None:
    """Wait until the cards say that it is the clip store that holds them up."""
    await host.rig.house.discord.until(
        lambda: all(STORE_AWAY in card.text for card in cards) or None, WAIT_SECONDS, "cards should say why"
    )


async def waiting_for_the_model(guests: Crowd) -> list[Message]:
    """The cards of ten orders in front of a model that is off, Fen's the last."""
    guests.rig.house.kie.pause_model()
    await guests.order(name="Fen")
    await guests.rig.house.logged("circuit_opened")
    await guests.order_some(*["good"] * 9)
    await queued(guests, 10)
    return sorted(await offered(guests, 10), key=lambda card: "Fen" in card.text)


@pytest.mark.seconds(240)
async def test_on_the_worst_day_nothing_is_lost_or_paid_twice_and_every_id_is_still_found(
    host: Host, store: ObjectServer
) -> None:
    guests = crowd_in(host, "worst day")
    scene, house, rig = guests.scene, host.rig.house, host.rig
    cards = await waiting_for_the_model(guests)

    store.go_down()
    for card in cards[:4]:
        assert "nothing has been charged" in await press(scene.mira, card)
    for card in cards[4:6]:
        assert "Nothing was charged" in await press(scene.mira, card, CANCEL)
    await told_of_store(host, cards[:4])

    await house.bot.restart()
    await house.logged("clip_store_away")
    await host.until_ready(ready=False)
    assert "Waiting" in (await asked(scene.channel, scene.mira, STATUS)).text
    assert (await asked(scene.channel, scene.mira, LIST)).text
    assert (made_for(guests), paid(guests)) == ([], [])

    store.come_back()
    await host.until_ready()
    await rig.reader.let_pass(STORE_TRIED_AGAIN_MICROSECONDS)
    await house.kie.ledger.wait_until(lambda: len(made_for(guests)) == 4, WAIT_SECONDS)

    store.go_down()
    await model_is_back(host)
    held_up = house.memory.until(lambda: house.memory.rows(HELD_UP), "somebody should wait for the store")
    assert await held_up
    assert paid(guests) == []
    store.come_back()

    assert await rig.judged(scene.guild) == []
    assert sorted((row["provider"], row["state"]) for row in await attempts(guests)) == sorted(
        [(OMNI, "succeeded")] * 4 + [(SORA, "cancelled")] * 2 + [(SORA, "succeeded")] * 4
    )
    assert len(scene.pings()) == 8
    await renewed_after_a_day(guests, host)


async def renewed_after_a_day(guests: Crowd, host: Host) -> None:
    """Fen, whose upload has lapsed, gets a new id from the clip in the bucket, and keeps the old one."""
    scene = guests.scene
    old = id_of(await asked(scene.channel, scene.mira, SHOW, character="Fen"))
    host.set_clock(DAY_SECONDS)
    host.rig.house.kie.advance(DAY_SECONDS)

    await refreshed(scene)
    await host.rig.house.discord.until(
        lambda: any("**Fen** is renewed" in one.text for one in scene.pings()) or None,
        WAIT_SECONDS,
        "the renewal should be told",
    )

    sheet = await asked(scene.channel, scene.mira, SHOW, character="Fen")
    assert id_of(sheet) != old
    assert (await asked(scene.channel, scene.mira, SHOW, character=old)).text == sheet.text
    assert host.rig.house.faults() == []
