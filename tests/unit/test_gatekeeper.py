"""What a server's moderators have decided, asked once more between the queue and the provider."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.fault import Fault
from bot.jobs.gatekeeper import LOOK_AGAIN, WAIT_IN_PAUSE
from bot.model import AttemptState, Circuit, Place, PlaceKind
from bot.moderation.gates import Block, Pause
from bot.notices import NoticeKind
from tests.builders import CHANNEL_ID, GUILD_ID, NOON, OWNER_ID, PROVIDER, a_snowflake
from tests.unit.engine_rig import Rig

S = AttemptState
BY: dict[str, Any] = {"actor_id": OWNER_ID, "now": NOON}
MODERATOR = a_snowflake()


@pytest.mark.parametrize("state", [S.QUEUED, S.HANDED_OVER])
async def test_in_a_paused_server_a_job_waits_with_its_place_and_its_card_says_so(state: S) -> None:
    rig = Rig()
    attempt = await rig.in_state(state)
    await rig.gates.pause(GUILD_ID, Pause(), **BY)
    rig.world.attempts[attempt.attempt_id] = replace(rig.stored(attempt), fault=None)

    after = await rig.advance(attempt)

    assert (after.state, after.fault, after.handed_over) == (S.QUEUED, Fault.SERVER_PAUSED, None)
    assert after.due_at == NOON + LOOK_AGAIN
    assert rig.pending(attempt) == [NoticeKind.CARD]
    assert rig.provider.submissions == []


async def test_a_pause_that_goes_on_is_told_once() -> None:
    rig = Rig()
    attempt = await rig.queued()
    await rig.gates.pause(GUILD_ID, Pause(), **BY)

    await rig.advance(attempt)
    await rig.advance(attempt)

    assert rig.stored(attempt).state is S.QUEUED
    assert rig.pending(attempt) == [], "the pause itself has made the card due, where there was one"


async def test_a_pause_that_ends_soon_is_waited_for_no_longer() -> None:
    rig = Rig()
    attempt = await rig.queued()
    ends = NOON + timedelta(minutes=1)
    await rig.gates.pause(GUILD_ID, Pause(ends), **BY)

    assert (await rig.advance(attempt)).due_at == ends
    rig.clock.advance(60)
    after = await rig.advance(attempt)

    assert (after.state, after.fault) == (S.HANDED_OVER, None)


async def test_what_waited_for_a_day_ends_and_says_that_it_was_the_pause() -> None:
    rig = Rig()
    attempt = await rig.queued()
    await rig.gates.pause(GUILD_ID, Pause(), **BY)
    rig.clock.advance(WAIT_IN_PAUSE.total_seconds() + 1)

    after = await rig.advance(attempt)

    assert (after.state, after.fault) == (S.EXPIRED, Fault.SERVER_PAUSED)
    assert NoticeKind.FAILURE in rig.pending(attempt)


@pytest.mark.parametrize("state", [S.QUEUED, S.HANDED_OVER])
@pytest.mark.parametrize("blocked", [OWNER_ID, MODERATOR])
async def test_what_the_blocked_own_or_asked_for_ends_without_cost(state: S, blocked: int) -> None:
    rig = Rig()
    attempt = await rig.in_state(state, requested_by=MODERATOR)
    await rig.gates.block(GUILD_ID, Block(blocked), **BY)

    after = await rig.advance(attempt)

    assert (after.state, after.fault, after.task_id) == (S.FAILED, Fault.MEMBER_BLOCKED, None)
    assert set(rig.pending(attempt)) == {NoticeKind.CARD, NoticeKind.FAILURE}
    assert rig.provider.submissions == []


async def test_what_the_provider_works_on_is_followed_whatever_was_decided() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    await rig.gates.pause(GUILD_ID, Pause(), **BY)
    await rig.gates.block(GUILD_ID, Block(OWNER_ID), **BY)

    after = await rig.advance(attempt)

    assert after.state is not S.QUEUED
    assert after.fault is None


async def test_direct_messages_have_no_moderators() -> None:
    rig = Rig()
    attempt = await rig.queued(place=Place(None, CHANNEL_ID, PlaceKind.DM))
    await rig.gates.pause(GUILD_ID, Pause(), **BY)

    assert (await rig.advance(attempt)).state is S.HANDED_OVER


async def test_a_pause_is_told_again_after_a_circuit_was_open() -> None:
    rig = Rig()
    attempt = await rig.queued()
    await rig.gates.pause(GUILD_ID, Pause(), **BY)
    await rig.circuits.open(Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON), NOON)
    await rig.circuits.close(PROVIDER, NOON)

    after = await rig.advance(attempt)

    assert after.fault is Fault.SERVER_PAUSED
    assert rig.pending(attempt) == [NoticeKind.CARD]


@pytest.mark.parametrize("state", [S.QUEUED, S.HANDED_OVER])
async def test_what_waits_in_a_server_that_the_operator_no_longer_allows_ends_without_cost(state: S) -> None:
    rig = Rig(allowed_guilds=frozenset({GUILD_ID + 1}))
    attempt = await rig.in_state(state)

    after = await rig.advance(attempt)

    assert (after.state, after.fault, after.task_id) == (S.FAILED, Fault.SERVER_NOT_ALLOWED, None)
    assert set(rig.pending(attempt)) == {NoticeKind.CARD, NoticeKind.FAILURE}
    assert rig.provider.submissions == []


async def test_what_waits_in_a_server_that_is_allowed_goes_on() -> None:
    rig = Rig(allowed_guilds=frozenset({GUILD_ID}))

    after = await rig.advance(await rig.queued())

    assert after.state is S.HANDED_OVER


@pytest.mark.parametrize("state", [S.QUEUED, S.HANDED_OVER])
async def test_what_was_meant_for_a_server_that_the_bot_was_removed_from_ends_without_cost(state: S) -> None:
    rig = Rig()
    attempt = await rig.in_state(state)
    rig.clock.advance(1)
    await rig.departures.leave(GUILD_ID, rig.clock.now())

    after = await rig.advance(attempt)

    assert (after.state, after.fault, after.task_id) == (S.FAILED, Fault.SERVER_LEFT, None)
    assert rig.provider.submissions == []


async def test_what_an_owner_begins_afterwards_is_their_own_affair() -> None:
    rig = Rig()
    await rig.departures.leave(GUILD_ID, NOON)
    rig.clock.advance(1)
    attempt = await rig.queued(created_at=rig.clock.now())

    assert (await rig.advance(attempt)).state is S.HANDED_OVER
