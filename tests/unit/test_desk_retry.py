"""Who may try a job again, when, and that two who do it at once make one attempt."""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import AttemptsExhausted, JobConflict, LimitReached, NotAllowed, NotFound, NotRetryable
from bot.fault import Fault
from bot.jobs.desk import MAX_ATTEMPTS
from bot.model import RETRYABLE_STATES, Attempt, AttemptState, Circuit, Person, Place, PlaceKind
from bot.notices import NoticeKind
from tests.builders import CHANNEL_ID, GUILD_ID, NOON, OWNER_ID, PROVIDER, a_snowflake, an_attempt
from tests.unit.engine_rig import Rig

OWNER = Person(OWNER_ID, GUILD_ID)
MODERATOR = Person(a_snowflake(), GUILD_ID, may_manage=True)
STRANGER = Person(a_snowflake(), GUILD_ID)
DIRECT = Place(None, CHANNEL_ID, PlaceKind.DM)


def attempts_of(rig: Rig, attempt: Attempt) -> list[Attempt]:
    return rig.world.attempts_of(attempt.job_id)


@pytest.mark.parametrize("person", [OWNER, MODERATOR])
async def test_owners_and_moderators_may_try_again(person: Person) -> None:
    rig = Rig()
    failed = await rig.ended(AttemptState.FAILED)
    rig.rung.clear()

    attempt = await rig.desk.retry(failed.job_id, 1, person)

    assert attempts_of(rig, failed) == [failed, attempt]
    assert (attempt.number, attempt.state, attempt.requested_by) == (2, AttemptState.QUEUED, person.user_id)
    assert attempt.callback_token != failed.callback_token
    assert attempt.due_at == NOON
    assert rig.pending(failed) == [NoticeKind.ATTEMPT]
    assert rig.rung.is_set()


async def test_a_member_may_not_retry_what_somebody_else_ordered() -> None:
    rig = Rig()
    failed = await rig.ended(AttemptState.FAILED)

    with pytest.raises(NotAllowed):
        await rig.desk.retry(failed.job_id, 1, STRANGER)

    assert attempts_of(rig, failed) == [failed]


@pytest.mark.parametrize(
    "person",
    [
        Person(MODERATOR.user_id, a_snowflake(), may_manage=True),
        Person(OWNER_ID, a_snowflake()),
        Person(MODERATOR.user_id, None),
    ],
)
async def test_a_job_cannot_be_reached_from_another_server_or_from_others_messages(person: Person) -> None:
    rig = Rig()
    failed = await rig.ended(AttemptState.FAILED)

    with pytest.raises(NotFound):
        await rig.desk.retry(failed.job_id, 1, person)

    assert attempts_of(rig, failed) == [failed]


async def test_where_its_owner_was_told_by_direct_message_they_may_try_again() -> None:
    rig = Rig()
    failed = await rig.ended(AttemptState.FAILED)

    attempt = await rig.desk.retry(failed.job_id, 1, Person(OWNER_ID, None))

    assert [one.number for one in attempts_of(rig, failed)] == [1, 2]
    assert attempt.requested_by == OWNER_ID


async def test_in_direct_messages_the_owner_may_try_again() -> None:
    rig = Rig()
    failed = await rig.ended(AttemptState.FAILED, place=DIRECT)

    attempt = await rig.desk.retry(failed.job_id, 1, Person(OWNER_ID, None))

    assert attempt.number == 2


@pytest.mark.parametrize("may_manage", [False, True])
async def test_in_direct_messages_nobody_is_a_moderator(*, may_manage: bool) -> None:
    rig = Rig()
    failed = await rig.ended(AttemptState.FAILED, place=DIRECT)

    with pytest.raises(NotAllowed):
        await rig.desk.retry(failed.job_id, 1, Person(STRANGER.user_id, None, may_manage=may_manage))

    assert attempts_of(rig, failed) == [failed]


@pytest.mark.parametrize("state", sorted(RETRYABLE_STATES))
async def test_what_ended_badly_may_be_tried_again(state: AttemptState) -> None:
    rig = Rig()
    ended = await rig.in_state(state)

    attempt = await rig.desk.retry(ended.job_id, 1, OWNER)

    assert (attempt.number, attempt.state) == (2, AttemptState.QUEUED)
    assert rig.stored(ended) == ended


@pytest.mark.parametrize("state", sorted(set(AttemptState) - RETRYABLE_STATES))
async def test_what_goes_on_or_ended_well_may_not(state: AttemptState) -> None:
    rig = Rig()
    attempt = await rig.in_state(state)

    with pytest.raises(NotRetryable) as refusal:
        await rig.desk.retry(attempt.job_id, 1, OWNER)

    assert refusal.value.state is state
    assert attempts_of(rig, attempt) == [attempt]


@pytest.mark.parametrize("asked_on", [1, 3])
async def test_only_the_latest_attempts_notice_counts(asked_on: int) -> None:
    rig = Rig()
    failed = await rig.ended(AttemptState.FAILED)
    second = await rig.desk.retry(failed.job_id, 1, OWNER)
    await rig.jobs.save(second.move(AttemptState.FAILED), now=NOON)

    with pytest.raises(NotRetryable):
        await rig.desk.retry(failed.job_id, asked_on, OWNER)

    assert len(attempts_of(rig, failed)) == 2


async def test_a_job_has_three_attempts_in_all() -> None:
    rig = Rig()
    attempt = await rig.ended(AttemptState.FAILED)
    for number in range(1, MAX_ATTEMPTS):
        further = await rig.desk.retry(attempt.job_id, number, OWNER)
        await rig.jobs.save(further.move(AttemptState.FAILED), now=NOON)

    with pytest.raises(AttemptsExhausted) as refusal:
        await rig.desk.retry(attempt.job_id, MAX_ATTEMPTS, OWNER)

    assert refusal.value.limit == MAX_ATTEMPTS == len(attempts_of(rig, attempt)) == 3


async def test_without_a_kept_clip_there_is_nothing_to_try_again() -> None:
    rig = Rig()
    cancelled = await rig.ended(AttemptState.CANCELLED, clip=None)

    with pytest.raises(NotRetryable):
        await rig.desk.retry(cancelled.job_id, 1, OWNER)


async def test_a_retry_takes_a_place_of_the_days_cap() -> None:
    rig = Rig(daily_cap=1)
    failed = await rig.ended(AttemptState.FAILED)

    with pytest.raises(LimitReached):
        await rig.desk.retry(failed.job_id, 1, OWNER)

    assert attempts_of(rig, failed) == [failed]


async def test_a_retry_behind_an_open_circuit_says_what_it_waits_for() -> None:
    rig = Rig()
    failed = await rig.ended(AttemptState.FAILED)
    await rig.circuits.open(Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON + timedelta(hours=1)), NOON)

    attempt = await rig.desk.retry(failed.job_id, 1, OWNER)

    assert rig.stored(attempt).fault is Fault.MODEL_OFF


async def test_two_retries_at_once_make_one_attempt() -> None:
    rig = Rig()
    failed = await rig.ended(AttemptState.FAILED)

    outcomes = await asyncio.gather(
        rig.desk.retry(failed.job_id, 1, OWNER),
        rig.desk.retry(failed.job_id, 1, MODERATOR),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Attempt", "NotRetryable"]
    assert [attempt.number for attempt in attempts_of(rig, failed)] == [1, 2]


async def test_a_retry_that_somebody_else_got_ahead_of_adds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one comes in between our look at the job and our writing."""
    rig = Rig()
    failed = await rig.ended(AttemptState.FAILED)
    rival = an_attempt(rig.job_of(failed), number=2, state=AttemptState.QUEUED)
    look = rig.circuits.get

    async def look_and_be_overtaken(provider: str) -> Circuit | None:
        await rig.jobs.open_attempt(rival, daily_cap=100)
        return await look(provider)

    monkeypatch.setattr(rig.circuits, "get", look_and_be_overtaken)

    with pytest.raises(JobConflict):
        await rig.desk.retry(failed.job_id, 1, OWNER)

    assert attempts_of(rig, failed) == [failed, rival]
