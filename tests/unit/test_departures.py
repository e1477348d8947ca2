"""What follows when the bot is removed from a server, and when it is there again."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.fault import Fault
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.keeping.departures import Departures
from bot.model import FREE_STATES, Attempt, AttemptState, Place, PlaceKind
from bot.moderation.departures import KEPT_FOR
from bot.moderation.gates import Pause
from bot.notices import NoticeKind
from tests.builders import CHANNEL_ID, GUILD_ID, NOON, OWNER_ID
from tests.unit.engine_rig import Rig

S = AttemptState
OTHER_GUILD = GUILD_ID + 1
BY: dict[str, Any] = {"actor_id": OWNER_ID, "now": NOON}
BEGUN = sorted(FREE_STATES | {S.SUBMITTING, S.WAITING})


@dataclass
class FakePresence:
    """Says what it is told to; `asked` is set when somebody asks, and they wait while it is not `free`."""

    there: frozenset[int] | None = frozenset()
    gone: frozenset[int] = frozenset()
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.free.set()

    async def here(self) -> frozenset[int] | None:
        return self.there

    async def is_gone(self, guild_id: int) -> bool:
        answer = guild_id in self.gone
        self.asked.set()
        await self.free.wait()
        return answer


def departures_of(rig: Rig, presence: FakePresence | None = None) -> Departures:
    return Departures(
        store=rig.departures,
        presence=presence or FakePresence(),
        jobs=rig.jobs,
        checkpoint=Checkpoint(rig.jobs, rig.clock, rig.bell.ring),
        clock=rig.clock,
    )


async def begun(rig: Rig, state: AttemptState, guild_id: int | None = GUILD_ID) -> Attempt:
    """An attempt that somebody asked for a minute ago."""
    kind = PlaceKind.TEXT if guild_id else PlaceKind.DM
    attempt = await rig.in_state(state, place=Place(guild_id, CHANNEL_ID, kind))
    rig.clock.advance(60)
    return attempt


@pytest.mark.parametrize("state", BEGUN)
async def test_what_has_cost_nothing_is_stopped_and_what_was_ordered_goes_on(state: S) -> None:
    rig = Rig()
    attempt = await begun(rig, state)

    await departures_of(rig).leave(GUILD_ID)

    after = rig.stored(attempt)
    if state not in FREE_STATES:
        assert (after.state, after.fault) == (state, attempt.fault)
        return
    kind = NoticeKind.REFUSAL if state in {S.RECEIVED, S.OFFERED, S.MENDING} else NoticeKind.FAILURE
    assert after.state is (S.REJECTED if kind is NoticeKind.REFUSAL else S.FAILED)
    assert after.fault is Fault.SERVER_LEFT
    assert kind in rig.pending(attempt)


@pytest.mark.parametrize("guild_id", [OTHER_GUILD, None])
async def test_nothing_of_another_server_or_of_direct_messages_is_stopped(guild_id: int | None) -> None:
    rig = Rig()
    attempt = await begun(rig, S.QUEUED, guild_id)

    await departures_of(rig).leave(GUILD_ID)

    assert rig.stored(attempt).state is S.QUEUED


async def test_a_job_that_a_worker_moves_at_that_moment_is_stopped_by_the_next_round() -> None:
    rig = Rig()
    attempt = await begun(rig, S.QUEUED)
    departures = departures_of(rig)

    async def postponed() -> None:
        await rig.jobs.save(rig.stored(attempt).postpone(rig.clock.now()), now=rig.clock.now())

    rig.jobs.before_save.append(postponed)
    await departures.leave(GUILD_ID)
    assert rig.stored(attempt).state is S.QUEUED

    await departures.stop()

    assert rig.stored(attempt).fault is Fault.SERVER_LEFT


async def test_what_a_crash_left_undone_is_done_by_the_next_round() -> None:
    rig = Rig()
    attempt = await begun(rig, S.REVIEW)
    rig.jobs.save_errors.append(OSError("the machine stops here"))
    with pytest.raises(OSError, match="stops here"):
        await departures_of(rig).leave(GUILD_ID)

    await departures_of(rig).stop()

    assert rig.stored(attempt).fault is Fault.SERVER_LEFT
    assert rig.world.departures == {GUILD_ID: rig.clock.now()}


async def test_the_time_begins_with_the_first_that_is_heard_of_it() -> None:
    rig = Rig()
    departures = departures_of(rig)
    await departures.leave(GUILD_ID)
    rig.clock.advance(3600)

    await departures.leave(GUILD_ID)

    assert rig.world.departures == {GUILD_ID: NOON}


async def test_who_invites_the_bot_again_in_time_finds_everything_as_it_was() -> None:
    rig = Rig()
    departures = departures_of(rig)
    await rig.gates.pause(GUILD_ID, Pause(), **BY)
    await departures.leave(GUILD_ID)
    rig.clock.advance((KEPT_FOR - timedelta(seconds=1)).total_seconds())
    await departures.forget()

    await departures.come_back(GUILD_ID)
    rig.clock.advance(KEPT_FOR.total_seconds())
    await departures.forget()

    assert rig.world.pauses == {GUILD_ID: Pause()}


async def test_after_thirty_days_what_the_server_decided_is_deleted() -> None:
    rig = Rig()
    departures = departures_of(rig)
    for guild_id in (GUILD_ID, OTHER_GUILD):
        await rig.gates.pause(guild_id, Pause(), **BY)
    await departures.leave(GUILD_ID)
    rig.clock.advance(KEPT_FOR.total_seconds())

    await departures.keep()

    assert rig.world.pauses == {OTHER_GUILD: Pause()}


async def test_who_was_removed_while_nobody_listened_is_noticed_and_so_is_who_returned() -> None:
    rig = Rig()
    attempt = await begun(rig, S.QUEUED)
    await rig.departures.leave(OTHER_GUILD, NOON)
    presence = FakePresence(there=frozenset({OTHER_GUILD}), gone=frozenset({GUILD_ID}))

    await departures_of(rig, presence).look()

    assert rig.world.departures == {GUILD_ID: rig.clock.now()}
    assert rig.stored(attempt).fault is Fault.SERVER_LEFT


@pytest.mark.parametrize("there", [None, frozenset[int](), frozenset({GUILD_ID})])
async def test_a_server_that_is_not_certainly_gone_is_left_alone(there: frozenset[int] | None) -> None:
    """Before the connection stands; in an outage; and while all is well."""
    rig = Rig()
    attempt = await begun(rig, S.QUEUED)
    gone = frozenset[int]() if there is not None and not there else frozenset({GUILD_ID})

    await departures_of(rig, FakePresence(there=there, gone=gone)).look()

    assert rig.world.departures == {}
    assert rig.stored(attempt).state is S.QUEUED


async def test_an_invitation_that_comes_while_discord_is_asked_has_the_last_word() -> None:
    rig = Rig()
    await begun(rig, S.WAITING)
    presence = FakePresence(gone=frozenset({GUILD_ID}))
    presence.free.clear()
    departures = departures_of(rig, presence)
    looking = asyncio.create_task(departures.look())
    await presence.asked.wait()
    returning = asyncio.create_task(departures.come_back(GUILD_ID))
    await asyncio.sleep(0)

    presence.free.set()
    await asyncio.gather(looking, returning)

    assert rig.world.departures == {}
