"""Pauses, blocks and quotas, and the places that are taken in the transaction that stores an attempt."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.deeds import Deed
from bot.errors import DramatisError, JobConflict, LimitReached, UserFault
from bot.fault import Fault
from bot.model import AttemptState, Person, Visibility
from bot.moderation.gates import Block, Gates, Pause, Quota, Used
from bot.moderation.servers import ServerSettings
from bot.notices import NoticeKind
from bot.refusals.entries import MemberBlocked, PrivateNotAllowed, RoleMissing, ServerPaused, TooManyRunning
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER, a_job, a_snowflake, an_attempt
from tests.contract.stores import (
    LEASE_SECONDS,
    PLENTY,
    Stores,
    a_failed_attempt,
    a_queued_attempt,
    a_waiting_attempt,
    an_unknown_attempt,
    attempt_of,
)

S = AttemptState
ELSEWHERE, MODERATOR, ROLE = GUILD_ID + 1, OWNER_ID + 5, GUILD_ID + 9
LATER, SOONER = NOON + timedelta(days=2), NOON + timedelta(hours=2)
OWNER = Person(OWNER_ID, GUILD_ID)
BY: dict[str, Any] = {"actor_id": MODERATOR, "now": NOON}


async def set_to(stores: Stores, **settings: str) -> None:
    for name, value in settings.items():
        await stores.servers.change(GUILD_ID, name, value, **BY)


async def order(stores: Stores, person: Person | None = None, **changes: Any) -> str:
    """A new job that somebody asks for; its id."""
    asks = person or OWNER
    job = a_job(**{"owner_id": asks.user_id, "created_at": NOON} | changes)
    await stores.jobs.accept(job, an_attempt(job), daily_cap=PLENTY, person=asks)
    return job.job_id


async def refused(stores: Stores, person: Person | None = None, **changes: Any) -> UserFault:
    with pytest.raises(UserFault) as caught:
        await order(stores, person, **changes)
    return caught.value


async def test_a_server_that_decided_nothing_lets_everybody_in(stores: Stores) -> None:
    assert await stores.gates.gates(GUILD_ID, [OWNER_ID]) == Gates()
    await order(stores)
    await order(stores, Person(OWNER_ID, None))


async def test_a_pause_holds_for_its_server_until_it_ends(stores: Stores) -> None:
    await stores.gates.pause(GUILD_ID, Pause(None, "first"), **BY)
    await stores.gates.pause(GUILD_ID, Pause(SOONER, "tidying up"), **BY)

    found = await refused(stores)

    assert isinstance(found, ServerPaused)
    assert (found.until, found.reason) == (SOONER, "tidying up")
    assert (await stores.gates.gates(ELSEWHERE, [])).pause is None
    await order(stores, created_at=SOONER)
    assert await stores.gates.resume(GUILD_ID, **BY)
    assert not await stores.gates.resume(GUILD_ID, **BY)
    await order(stores)


async def test_what_waits_is_told_of_a_pause_and_goes_on_after_it(stores: Stores) -> None:
    waiting = await a_queued_attempt(stores)
    waiting = await stores.jobs.save(waiting.postpone(NOON), now=NOON, notices=[NoticeKind.CARD])
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, 9)
    await stores.announcements.park(card, "told")
    held = await a_queued_attempt(stores, a_job(owner_id=OWNER_ID + 1))

    await stores.gates.pause(GUILD_ID, Pause(), **BY)

    assert (await attempt_of(stores, waiting)).fault is Fault.SERVER_PAUSED
    assert len(await stores.announcements.claim(NOON, LEASE_SECONDS, 9)) == 1
    put_off = replace(await attempt_of(stores, held), due_at=LATER)
    await stores.jobs.save(put_off, now=NOON)
    await stores.gates.resume(GUILD_ID, actor_id=MODERATOR, now=SOONER)
    after = [await attempt_of(stores, one) for one in (waiting, held)]
    assert [(one.fault, one.due_at) for one in after] == [(None, SOONER)] * 2


async def test_what_is_just_being_put_off_for_a_pause_is_not_once_it_has_ended(stores: Stores) -> None:
    await a_queued_attempt(stores)
    await stores.gates.pause(GUILD_ID, Pause(), **BY)
    (in_hand,) = await stores.jobs.claim_turns(PROVIDER, NOON, LEASE_SECONDS, 1)

    await stores.gates.resume(GUILD_ID, **BY)

    with pytest.raises(JobConflict):
        await stores.jobs.save(in_hand.postpone(LATER, fault=Fault.SERVER_PAUSED), now=NOON)
    (again,) = await stores.jobs.claim_turns(PROVIDER, NOON, LEASE_SECONDS, 1)
    assert (again.attempt_id, again.fault) == (in_hand.attempt_id, None)


async def test_a_pause_leaves_other_servers_alone_and_what_is_past_the_queue(stores: Stores) -> None:
    running = await a_waiting_attempt(stores, "task")
    elsewhere = a_job()
    place = replace(elsewhere.order.place, guild_id=ELSEWHERE)
    elsewhere = replace(elsewhere, order=replace(elsewhere.order, place=place))
    other = await a_queued_attempt(stores, elsewhere)

    await stores.gates.pause(GUILD_ID, Pause(), **BY)

    assert (await attempt_of(stores, running)).fault is None
    assert (await attempt_of(stores, other)).fault is None


async def test_a_block_keeps_one_member_out_until_it_ends(stores: Stores) -> None:
    await stores.gates.block(GUILD_ID, Block(OWNER_ID, None, "first"), **BY)
    await stores.gates.block(GUILD_ID, Block(OWNER_ID, SOONER, "spam"), **BY)

    found = await refused(stores)

    assert isinstance(found, MemberBlocked)
    assert (found.until, found.reason, found.own) == (SOONER, "spam", True)
    await order(stores, Person(MODERATOR, GUILD_ID))
    await order(stores, created_at=SOONER)
    assert await stores.gates.unblock(GUILD_ID, OWNER_ID, **BY)
    assert not await stores.gates.unblock(GUILD_ID, OWNER_ID, **BY)
    await order(stores)


async def test_blocks_are_listed_while_they_last_those_that_end_first_in_front(stores: Stores) -> None:
    blocks = [Block(1, None, "x"), Block(2, LATER), Block(3, SOONER), Block(4, NOON)]
    for block in blocks:
        await stores.gates.block(GUILD_ID, block, **BY)
    await stores.gates.block(ELSEWHERE, Block(5), **BY)

    assert await stores.gates.blocks(GUILD_ID, NOON) == [blocks[2], blocks[1], blocks[0]]


async def test_quotas_are_kept_by_whom_they_are_for(stores: Stores) -> None:
    await stores.gates.set_quota(GUILD_ID, ROLE, Quota(5, None), **BY)
    await stores.gates.set_quota(GUILD_ID, ROLE, Quota(9, 2), **BY)
    await stores.gates.set_quota(GUILD_ID, OWNER_ID, Quota(0, None), **BY)
    await stores.gates.set_quota(ELSEWHERE, ROLE, Quota(1, 1), **BY)

    assert await stores.gates.quotas(GUILD_ID) == {OWNER_ID: Quota(0, None), ROLE: Quota(9, 2)}
    assert (await stores.gates.gates(GUILD_ID, [ROLE])).quotas == {ROLE: Quota(9, 2)}
    await stores.gates.set_quota(GUILD_ID, ROLE, None, **BY)
    assert await stores.gates.quotas(GUILD_ID) == {OWNER_ID: Quota(0, None)}


async def test_every_decision_is_in_the_log_of_its_server(stores: Stores) -> None:
    await stores.gates.pause(GUILD_ID, Pause(SOONER, "why"), **BY)
    await stores.gates.resume(GUILD_ID, **BY)
    await stores.gates.block(GUILD_ID, Block(OWNER_ID), **BY)
    await stores.gates.unblock(GUILD_ID, OWNER_ID, **BY)
    await stores.gates.unblock(GUILD_ID, OWNER_ID, **BY)
    await stores.gates.set_quota(GUILD_ID, ROLE, Quota(5, None), **BY)
    await stores.gates.set_quota(GUILD_ID, ROLE, None, **BY)

    told = [(deed.action, deed.subject, deed.before, deed.after) for deed in await deeds(stores)]
    assert told == [
        ("quota", str(ROLE), "per_day=5 at_once=none", None),
        ("quota", str(ROLE), None, "per_day=5 at_once=none"),
        ("unblock", str(OWNER_ID), None, None),
        ("block", str(OWNER_ID), None, "for good"),
        ("resume", "server", None, None),
        ("pause", "server", None, "until 2026-11-23T14:00+00:00: why"),
    ]


async def deeds(stores: Stores) -> list[Deed]:
    found = await stores.servers.deeds(GUILD_ID, 99)
    assert {(deed.guild_id, deed.actor_id, deed.at) for deed in found} == {(GUILD_ID, MODERATOR, NOON)}
    return found


async def test_roles_are_those_held_when_it_is_asked(stores: Stores) -> None:
    await set_to(stores, allowed_roles=str(ROLE))

    assert isinstance(await refused(stores), RoleMissing)
    await order(stores, Person(OWNER_ID, GUILD_ID, role_ids=frozenset({ROLE})))


async def test_a_day_of_a_member_is_theirs_alone_and_starts_afresh(stores: Stores) -> None:
    await set_to(stores, quota_per_day="1")
    await order(stores)

    found = await refused(stores)

    assert isinstance(found, LimitReached)
    assert (found.scope, found.limit) == ("member-day", 1)
    assert found.resets_at == NOON + timedelta(hours=12)
    await order(stores, Person(MODERATOR, GUILD_ID))
    await order(stores, created_at=found.resets_at)


async def test_a_quota_of_a_role_or_a_member_goes_before_the_servers(stores: Stores) -> None:
    await set_to(stores, quota_per_day="0")
    await stores.gates.set_quota(GUILD_ID, ROLE, Quota(1, None), **BY)
    with_role = replace(OWNER, role_ids=frozenset({ROLE}))

    assert isinstance(await refused(stores), LimitReached)
    await order(stores, with_role)
    assert isinstance(await refused(stores, with_role), LimitReached)
    await stores.gates.set_quota(GUILD_ID, OWNER_ID, Quota(2, None), **BY)
    await order(stores)


async def test_a_day_of_the_server_is_everybodys(stores: Stores) -> None:
    await set_to(stores, quota_server_per_day="2")
    await order(stores)
    await order(stores, Person(MODERATOR, GUILD_ID))

    found = await refused(stores)

    assert isinstance(found, LimitReached)
    assert (found.scope, found.limit) == ("server-day", 2)
    await order(stores, Person(OWNER_ID, None))


async def test_what_runs_at_once_is_counted_while_it_runs(stores: Stores) -> None:
    await set_to(stores, quota_at_once="1")
    attempt = await a_queued_attempt(stores)

    found = await refused(stores)

    assert isinstance(found, TooManyRunning)
    assert (found.running, found.limit) == (1, 1)
    await stores.jobs.save(attempt.move(S.FAILED, ended_at=NOON), now=NOON)
    await order(stores)


async def test_what_nobody_knows_runs_no_more_but_is_not_given_back(stores: Stores) -> None:
    await an_unknown_attempt(stores)

    assert await stores.gates.used(GUILD_ID, OWNER_ID, NOON) == Used(today=1, now=0, by_all=1)


@pytest.mark.parametrize(
    ("facts", "counted"),
    [
        ({}, 0),
        ({"credits_spent": 0.0}, 0),
        ({"credits_spent": 4.0}, 1),
        ({"fault": Fault.LIKENESS}, 0),
        ({"fault": Fault.TASK_NOT_FOUND}, 1),
        ({"fault": Fault.UNREADABLE_RESULT}, 1),
        ({"fault": Fault.UNREADABLE_RESULT, "credits_spent": 0.0}, 0),
    ],
)
async def test_a_failure_is_given_back_when_it_cost_nothing(
    stores: Stores, facts: dict[str, Any], counted: int
) -> None:
    running = await a_waiting_attempt(stores, "task")
    await stores.jobs.save(running.move(S.FAILED, ended_at=NOON, **facts), now=NOON)

    assert await stores.gates.used(GUILD_ID, OWNER_ID, NOON) == Used(counted, 0, counted)


@pytest.mark.parametrize("state", [S.FAILED, S.EXPIRED, S.CANCELLED])
async def test_what_never_reached_the_provider_is_given_back(stores: Stores, state: AttemptState) -> None:
    attempt = await a_queued_attempt(stores)
    await stores.jobs.save(attempt.move(state, ended_at=NOON), now=NOON)

    assert await stores.gates.used(GUILD_ID, OWNER_ID, NOON) == Used(0, 0, 0)


@pytest.mark.parametrize("state", [S.EXPIRED, S.CANCELLED, S.SUCCEEDED])
async def test_what_the_provider_began_is_used(stores: Stores, state: AttemptState) -> None:
    running = await a_waiting_attempt(stores, "task")
    await stores.jobs.save(running.move(state, ended_at=NOON), now=NOON)

    assert await stores.gates.used(GUILD_ID, OWNER_ID, NOON) == Used(1, 0, 1)


async def test_another_attempt_passes_the_gates_too_and_is_whose_asks_for_it(stores: Stores) -> None:
    job = a_job()
    await a_failed_attempt(stores, job)
    moderator = Person(MODERATOR, GUILD_ID, may_manage=True)
    await stores.gates.block(GUILD_ID, Block(OWNER_ID), **BY)
    again = an_attempt(job, number=2, state=S.QUEUED, requested_by=MODERATOR)

    for person, own in ((OWNER, True), (moderator, False)):
        with pytest.raises(MemberBlocked) as caught:
            await stores.jobs.open_attempt(again, daily_cap=PLENTY, person=person)
        assert caught.value.own is own
    await stores.gates.unblock(GUILD_ID, OWNER_ID, **BY)
    await stores.jobs.open_attempt(again, daily_cap=PLENTY, person=moderator)

    assert await stores.gates.used(GUILD_ID, MODERATOR, NOON) == Used(1, 1, 1)
    assert await stores.gates.used(GUILD_ID, OWNER_ID, NOON) == Used(0, 0, 1)


@pytest.mark.parametrize(
    "limit", ["quota_per_day", "quota_at_once", "quota_server_per_day"], ids=lambda name: name
)
async def test_fifty_at_once_at_the_last_place_make_one_job(stores: Stores, limit: str) -> None:
    await set_to(stores, **{limit: "1"})

    answers = await asyncio.gather(*(order(stores) for _ in range(50)), return_exceptions=True)

    made = [answer for answer in answers if isinstance(answer, str)]
    kinds = {type(answer) for answer in answers if not isinstance(answer, str)}
    assert len(made) == 1
    assert kinds == {TooManyRunning if limit == "quota_at_once" else LimitReached}
    assert all(isinstance(answer, str | DramatisError) for answer in answers)
    assert (await stores.gates.used(GUILD_ID, OWNER_ID, NOON)).by_all == 1


async def test_a_refused_order_leaves_nothing_behind(stores: Stores) -> None:
    await stores.gates.pause(GUILD_ID, Pause(), **BY)
    job = a_job()

    with pytest.raises(ServerPaused):
        await stores.jobs.accept(job, an_attempt(job), daily_cap=PLENTY, form_id="form", person=OWNER)
    await stores.gates.resume(GUILD_ID, **BY)
    await stores.jobs.accept(job, an_attempt(job), daily_cap=PLENTY, form_id="form", person=OWNER)


async def test_settings_come_with_the_gates(stores: Stores) -> None:
    wanted = ServerSettings(
        allowed_channels=frozenset({a_snowflake()}),
        allowed_roles=frozenset({ROLE, GUILD_ID}),
        quota_per_day=0,
        quota_at_once=20,
        quota_server_per_day=None,
    )
    (channel,) = wanted.allowed_channels
    await set_to(
        stores,
        allowed_channels=f"<#{channel}>",
        allowed_roles=f"<@&{ROLE}>, {GUILD_ID}",
        quota_per_day="0",
        quota_at_once="20",
        quota_server_per_day="NONE",
    )

    assert (await stores.gates.gates(GUILD_ID, [])).settings == wanted


async def test_what_is_held_up_says_so_and_is_due_again_when_it_is_released(stores: Stores) -> None:
    waiting = await a_queued_attempt(stores)

    await stores.gates.hold(GUILD_ID, NOON)
    held = await attempt_of(stores, waiting)
    await stores.gates.release(GUILD_ID, NOON)
    released = await attempt_of(stores, waiting)

    assert (held.fault, released.fault, released.due_at) == (Fault.SERVER_PAUSED, None, NOON)
    assert await stores.servers.deeds(GUILD_ID, 9) == []


async def test_where_results_are_to_be_seen_nothing_is_begun_that_only_its_owner_sees(stores: Stores) -> None:
    private: dict[str, Any] = {"visibility": Visibility.PRIVATE}
    before = a_job(owner_id=OWNER_ID, **private)
    await a_failed_attempt(stores, before)
    await set_to(stores, private_results="off")

    assert isinstance(await refused(stores, **private), PrivateNotAllowed)
    await order(stores)
    await order(stores, Person(OWNER_ID, None), **private)
    again = an_attempt(before, number=2, state=S.QUEUED)
    await stores.jobs.open_attempt(again, daily_cap=PLENTY, person=OWNER)

    await set_to(stores, private_results="on")
    await order(stores, **private)
