"""Servers that the bot was removed from: what is noted, and what no longer begins there."""

from datetime import timedelta

import pytest

from bot.errors import NotFound
from bot.model import AttemptState, Person
from bot.moderation.gates import Block, Pause
from bot.operator.operating import EVERYWHERE, Bar
from bot.refusals.entries import ServerLeft
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_job, an_attempt
from tests.contract.stores import (
    PLENTY,
    Stores,
    a_failed_attempt,
    a_handed_over_attempt,
    a_queued_attempt,
    a_waiting_attempt,
    an_accepted_job,
)

S = AttemptState
OTHER_GUILD = GUILD_ID + 1
LATER = NOON + timedelta(hours=1)


async def test_a_server_is_left_once_and_for_every_process(stores: Stores) -> None:
    assert await stores.departures.left_at(GUILD_ID) is None
    assert await stores.departures.leave(GUILD_ID, NOON)
    assert not await stores.departures.leave(GUILD_ID, LATER)

    other = stores.other_process()
    assert await other.departures.left_at(GUILD_ID) == NOON
    assert await other.departures.left() == {GUILD_ID}
    assert (await other.gates.gates(GUILD_ID, [])).left_at == NOON
    assert (await other.gates.gates(OTHER_GUILD, [])).left_at is None


async def test_being_there_again_forgets_it(stores: Stores) -> None:
    await stores.departures.leave(GUILD_ID, NOON)

    assert await stores.departures.come_back(GUILD_ID)
    assert not await stores.departures.come_back(GUILD_ID)
    assert await stores.departures.left() == frozenset()
    assert await stores.departures.leave(GUILD_ID, LATER)


async def test_known_is_what_something_is_stored_of_and_what_was_not_left(stores: Stores) -> None:
    assert await stores.departures.known() == frozenset()
    guild_ids = range(GUILD_ID, GUILD_ID + 4)
    await an_accepted_job(stores)
    await stores.servers.change(guild_ids[1], "approval", "off", actor_id=OWNER_ID, now=NOON)
    await stores.gates.pause(guild_ids[2], Pause(), actor_id=OWNER_ID, now=NOON)
    await stores.gates.block(guild_ids[3], Block(OWNER_ID), actor_id=OWNER_ID, now=NOON)
    await stores.operating.bar(Bar(GUILD_ID + 9), actor_id=OWNER_ID, now=NOON)

    assert await stores.departures.known() == frozenset(guild_ids)
    await stores.departures.leave(guild_ids[2], NOON)
    assert await stores.departures.known() == frozenset(guild_ids) - {guild_ids[2], EVERYWHERE}


async def test_what_waits_for_a_server_that_was_left_is_what_cost_nothing_yet(stores: Stores) -> None:
    received, _ = await an_accepted_job(stores)
    queued = await a_queued_attempt(stores)
    handed_over = await a_handed_over_attempt(stores)
    await a_waiting_attempt(stores, "task_1")
    await a_failed_attempt(stores)
    assert await stores.departures.waiting(PLENTY) == []
    await stores.departures.leave(OTHER_GUILD, LATER)
    assert await stores.departures.waiting(PLENTY) == []

    await stores.departures.leave(GUILD_ID, LATER)

    waiting = await stores.departures.waiting(PLENTY)
    assert sorted(waiting) == sorted([received.job_id, queued.job_id, handed_over.job_id])
    assert len(await stores.departures.waiting(2)) == 2


async def test_what_somebody_begins_after_that_is_not_stopped(stores: Stores) -> None:
    await stores.departures.leave(GUILD_ID, NOON)
    await an_accepted_job(stores, a_job(created_at=LATER))

    assert await stores.departures.waiting(PLENTY) == []


async def test_nothing_begins_in_a_server_that_was_left_but_an_owners_renewal(stores: Stores) -> None:
    job = a_job()
    await a_failed_attempt(stores, job)
    await stores.departures.leave(GUILD_ID, NOON)
    again = an_attempt(job, number=2, state=S.QUEUED)
    person = Person(OWNER_ID, GUILD_ID)
    other = a_job()

    with pytest.raises(ServerLeft):
        await stores.jobs.open_attempt(again, daily_cap=PLENTY, person=person)
    with pytest.raises(ServerLeft):
        await stores.jobs.accept(other, an_attempt(other), daily_cap=PLENTY, person=person)

    # The character that it names is looked for after the server has let it in.
    renewal = an_attempt(job, number=2, state=S.QUEUED, renews="a character")
    with pytest.raises(NotFound):
        await stores.jobs.open_attempt(renewal, daily_cap=PLENTY, person=person)


async def test_decisions_of_a_server_go_when_it_was_left_long_enough_ago(stores: Stores) -> None:
    for guild_id in (GUILD_ID, OTHER_GUILD):
        await stores.servers.change(guild_id, "approval", "off", actor_id=OWNER_ID, now=NOON)
        await stores.gates.block(guild_id, Block(OWNER_ID), actor_id=OWNER_ID, now=NOON)
    await stores.departures.leave(GUILD_ID, NOON)

    await stores.departures.forget(NOON - timedelta(seconds=1), PLENTY)
    assert len(await stores.servers.deeds(GUILD_ID, PLENTY)) == 2
    await stores.departures.forget(NOON, PLENTY)

    assert await stores.servers.deeds(GUILD_ID, PLENTY) == []
    gone, kept = (
        await stores.gates.gates(GUILD_ID, [OWNER_ID]),
        await stores.gates.gates(OTHER_GUILD, [OWNER_ID]),
    )
    assert (gone.settings.approval, gone.blocks, gone.left_at) == ("flagged", {}, NOON)
    assert (kept.settings.approval, list(kept.blocks)) == ("off", [OWNER_ID])
