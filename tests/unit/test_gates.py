"""Who may start something in a server, and how much."""

from datetime import timedelta
from typing import Any

import pytest

from bot.errors import LimitReached, UserFault
from bot.fault import PERHAPS_MADE, Fault
from bot.model import AttemptState, Person
from bot.moderation import gates
from bot.moderation.gates import Block, Gates, Pause, Quota, Used
from bot.moderation.servers import ServerSettings
from bot.refusals.entries import (
    ChannelNotAllowed,
    MemberBlocked,
    RoleMissing,
    ServerPaused,
    SwitchedOff,
    TooManyRunning,
)
from tests.builders import CHANNEL_ID, GUILD_ID, NOON, OWNER_ID, a_job, a_snowflake, an_attempt

S = AttemptState
LATER, EARLIER = NOON + timedelta(hours=1), NOON - timedelta(seconds=1)
MIDNIGHT = NOON + timedelta(hours=12)
CREATOR, BEST = 71, 72


def a_member(**changes: Any) -> Person:
    defaults: dict[str, Any] = {"user_id": OWNER_ID, "guild_id": GUILD_ID, "channel_ids": {CHANNEL_ID}}
    return Person(**defaults | changes)


def refused(found: Gates, person: Person, **more: Any) -> UserFault:
    with pytest.raises(UserFault) as caught:
        gates.check(found, person, NOON, **more)
    return caught.value


def test_where_nothing_was_decided_everybody_may() -> None:
    gates.check(Gates(), a_member(), NOON)
    gates.take_place(Gates(), a_member(), Used(999, 999, 999), MIDNIGHT)

    assert not Gates().counts


@pytest.mark.parametrize("until", [None, LATER])
def test_a_pause_stops_everybody_and_says_until_when_and_why(until: Any) -> None:
    found = refused(Gates(pause=Pause(until, "tidying up")), a_member(may_manage=True))

    assert isinstance(found, ServerPaused)
    assert (found.until, found.reason) == (until, "tidying up")


def test_what_has_run_out_stops_nobody() -> None:
    over = Gates(pause=Pause(NOON), blocks={OWNER_ID: Block(OWNER_ID, EARLIER)})

    gates.check(over, a_member(), NOON)

    assert gates.stands_in_the_way(over, [OWNER_ID], NOON) is None


def test_a_block_stops_its_member_moderator_or_not_and_nobody_else() -> None:
    found = Gates(blocks={OWNER_ID: Block(OWNER_ID, LATER, "spam")})

    assert isinstance(refused(found, a_member(may_manage=True)), MemberBlocked)
    gates.check(found, a_member(user_id=a_snowflake()), NOON)


def test_a_moderator_does_not_get_around_the_block_of_a_jobs_owner() -> None:
    found = Gates(blocks={OWNER_ID: Block(OWNER_ID)})
    moderator = a_member(user_id=a_snowflake(), may_manage=True)

    refusal = refused(found, moderator, job=a_job(owner_id=OWNER_ID))

    assert isinstance(refusal, MemberBlocked)
    assert not refusal.own


def test_channels_bind_members_with_their_threads_and_not_moderators() -> None:
    found = Gates(ServerSettings(allowed_channels=frozenset({CHANNEL_ID})))
    elsewhere, thread = frozenset({5}), frozenset({6, CHANNEL_ID})

    gates.check(found, a_member(), NOON)
    gates.check(found, a_member(channel_ids=thread), NOON)
    gates.check(found, a_member(channel_ids=elsewhere, may_manage=True), NOON)
    refusal = refused(found, a_member(channel_ids=elsewhere))

    assert isinstance(refusal, ChannelNotAllowed)
    assert refusal.channel_ids == (CHANNEL_ID,)


def test_another_attempt_may_be_asked_for_where_the_job_is_allowed_to_be() -> None:
    found = Gates(ServerSettings(allowed_channels=frozenset({CHANNEL_ID})))

    gates.check(found, a_member(channel_ids=frozenset({5})), NOON, a_job())


def test_one_of_the_roles_is_enough_and_moderators_need_none() -> None:
    found = Gates(ServerSettings(allowed_roles=frozenset({CREATOR, BEST})))

    gates.check(found, a_member(role_ids=frozenset({1, BEST})), NOON)
    gates.check(found, a_member(may_manage=True), NOON)
    refusal = refused(found, a_member(role_ids=frozenset({1})))

    assert isinstance(refusal, RoleMissing)
    assert refusal.role_ids == (CREATOR, BEST)


def test_a_members_own_quota_goes_first_then_the_best_role_then_the_server() -> None:
    settings = ServerSettings(quota_per_day=3, quota_at_once=1)
    roles = {CREATOR: Quota(per_day=5), BEST: Quota(per_day=9)}

    def quota(quotas: dict[int, Quota], *role_ids: int) -> Quota:
        return gates.quota_of(Gates(settings, quotas=quotas), OWNER_ID, role_ids)

    assert quota({}) == Quota(3, 1)
    assert quota(roles, CREATOR, BEST, 7) == Quota(9, 1)
    assert quota(roles, CREATOR) == Quota(5, 1)
    assert quota({BEST: Quota(per_day=0)}, BEST) == Quota(0, 1), "a role may have less than the server"
    assert quota({**roles, OWNER_ID: Quota(per_day=1, at_once=4)}, CREATOR, BEST) == Quota(1, 4)


def test_the_last_place_is_given_and_the_next_is_refused_with_what_holds() -> None:
    found = Gates(ServerSettings(quota_per_day=2, quota_at_once=1, quota_server_per_day=3))

    gates.take_place(found, a_member(), Used(1, 0, 2), MIDNIGHT)
    with pytest.raises(TooManyRunning) as running:
        gates.take_place(found, a_member(), Used(1, 1, 2), MIDNIGHT)
    with pytest.raises(LimitReached) as own:
        gates.take_place(found, a_member(), Used(2, 0, 2), MIDNIGHT)
    with pytest.raises(LimitReached) as everybodys:
        gates.take_place(found, a_member(), Used(1, 0, 3), MIDNIGHT)

    assert (running.value.running, running.value.limit) == (1, 1)
    assert (own.value.scope, own.value.limit, own.value.resets_at) == ("member-day", 2, MIDNIGHT)
    assert (everybodys.value.scope, everybodys.value.limit) == ("server-day", 3)


@pytest.mark.parametrize(
    ("state", "facts", "given_back"),
    [
        (S.QUEUED, {}, False),
        (S.WAITING, {"task_id": "t"}, False),
        (S.SUCCEEDED, {"task_id": "t"}, False),
        (S.UNKNOWN, {}, False),
        (S.REJECTED, {}, True),
        (S.CANCELLED, {}, True),
        (S.CANCELLED, {"task_id": "t"}, False),
        (S.EXPIRED, {"fault": Fault.WAITED_TOO_LONG}, True),
        (S.EXPIRED, {"task_id": "t"}, False),
        (S.FAILED, {"fault": Fault.LIKENESS}, True),
        (S.FAILED, {"task_id": "t", "fault": Fault.LIKENESS}, True),
        (S.FAILED, {"task_id": "t", "credits_spent": 0.0}, True),
        (S.FAILED, {"task_id": "t", "credits_spent": 4.0}, False),
        *((S.FAILED, {"task_id": "t", "fault": fault}, False) for fault in sorted(PERHAPS_MADE)),
    ],
)
def test_what_cost_nothing_is_given_back(state: S, facts: dict[str, Any], given_back: bool) -> None:
    assert gates.is_given_back(an_attempt(state=state, **facts)) is given_back


MOD_ROLE, ADMIN_ROLE = 81, 82
RANKED = ServerSettings(mod_roles=frozenset({MOD_ROLE}), admin_roles=frozenset({ADMIN_ROLE}))
LADDER = [
    ({}, (False, False, False)),
    ({"role_ids": frozenset({CREATOR})}, (False, False, False)),
    ({"may_manage": True}, (True, False, False)),
    ({"role_ids": frozenset({MOD_ROLE, CREATOR})}, (True, True, False)),
    ({"role_ids": frozenset({ADMIN_ROLE})}, (True, True, True)),
    ({"may_manage": True, "may_administer": True}, (True, True, True)),
]


@pytest.mark.parametrize(("rights", "may"), LADDER)
def test_a_role_that_the_server_has_named_stands_for_a_permission(
    rights: dict[str, Any], may: tuple[bool, bool, bool]
) -> None:
    person = a_member(**rights)

    rules = (gates.moderates, gates.oversees, gates.administers)
    assert tuple(rule(RANKED, person) for rule in rules) == may
    without = tuple(rule(ServerSettings(), person) for rule in rules)
    assert without == (may if "role_ids" not in rights else (False, False, False))


def test_channels_and_roles_do_not_bind_who_moderates_by_a_role() -> None:
    found = Gates(
        settings=ServerSettings(allowed_roles=frozenset({CREATOR}), mod_roles=frozenset({MOD_ROLE}))
    )

    assert isinstance(refused(found, a_member()), RoleMissing)
    gates.check(found, a_member(role_ids=frozenset({MOD_ROLE})), NOON)


def test_switched_off_nobody_starts_anything_and_what_waits_goes_on_waiting() -> None:
    off = Gates(settings=ServerSettings(enabled=False))

    assert isinstance(refused(off, a_member(may_manage=True, may_administer=True)), SwitchedOff)
    assert gates.stands_in_the_way(off, [OWNER_ID], NOON) == Pause()
