"""Looking jobs up: which are found, in which order, by which name."""

from datetime import timedelta

import pytest

from bot.model import Attempt, AttemptState, Job, Place, PlaceKind
from bot.records import JobRecord, Wanted
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER, a_job, an_attempt
from tests.contract.stores import (
    PLENTY,
    Stores,
    a_failed_attempt,
    a_waiting_attempt,
    an_accepted_job,
    an_unknown_attempt,
)

SECOND = timedelta(seconds=1)
ELSEWHERE = Place(99, 5, PlaceKind.TEXT)
ANYTHING = Wanted()
S = AttemptState


def only(state: AttemptState) -> Wanted:
    return Wanted(states=frozenset({state}))


async def found(stores: Stores, wanted: Wanted = ANYTHING) -> list[str]:
    """The ids of the jobs that are wanted, and as many as were counted."""
    records = await stores.records.find(wanted, limit=PLENTY)
    assert await stores.records.count(wanted) == len(records)
    return [record.job.job_id for record in records]


async def a_job_tried_again(
    stores: Stores, first: Attempt, job: Job, state: AttemptState = S.QUEUED
) -> Attempt:
    second = an_attempt(job, number=first.number + 1, state=state, created_at=NOON + SECOND)
    await stores.jobs.open_attempt(second, daily_cap=PLENTY)
    return second


async def test_a_record_holds_the_job_and_its_attempts_first_to_last(stores: Stores) -> None:
    job = a_job()
    first = await a_failed_attempt(stores, job)
    second = await a_job_tried_again(stores, first, job)
    await an_accepted_job(stores)

    record = await stores.records.record(job.job_id)

    assert record is not None
    assert record.job == await stores.jobs.job(job.job_id)
    assert record.attempts == (first, second)
    assert record.latest == second
    assert record in await stores.records.find(ANYTHING, limit=PLENTY)


async def test_there_is_no_record_of_what_is_not_there(stores: Stores) -> None:
    await an_accepted_job(stores)

    assert await stores.records.record("01K00000000000000000000000") is None


async def test_without_jobs_nothing_is_found(stores: Stores) -> None:
    assert await found(stores) == []


async def test_jobs_come_by_their_latest_attempt_newest_first(stores: Stores) -> None:
    old = a_job(created_at=NOON - 2 * SECOND)
    first = await a_failed_attempt(stores, old)
    middle, _ = await an_accepted_job(stores, a_job(created_at=NOON - SECOND))
    twin_a, _ = await an_accepted_job(stores, a_job(created_at=NOON))
    twin_b, _ = await an_accepted_job(stores, a_job(created_at=NOON))

    assert await found(stores) == [job.job_id for job in (twin_b, twin_a, middle, old)]
    await a_job_tried_again(stores, first, old)
    assert await found(stores) == [job.job_id for job in (old, twin_b, twin_a, middle)]


async def test_what_stands_at_an_unknown_outcome_comes_first_however_old(stores: Stores) -> None:
    old = await an_unknown_attempt(stores, a_job(created_at=NOON - 9 * SECOND))
    older = await an_unknown_attempt(stores, a_job(created_at=NOON - 10 * SECOND))
    new, _ = await an_accepted_job(stores)

    assert await found(stores) == [old.job_id, older.job_id, new.job_id]


async def test_once_tried_again_it_stands_where_the_new_attempt_stands(stores: Stores) -> None:
    job = a_job(created_at=NOON - 9 * SECOND)
    unknown = await an_unknown_attempt(stores, job)
    await a_job_tried_again(stores, unknown, job)
    newest, _ = await an_accepted_job(stores, a_job(created_at=NOON + 2 * SECOND))

    assert await found(stores) == [newest.job_id, job.job_id]
    assert await found(stores, only(S.QUEUED)) == [job.job_id]


async def test_an_earlier_attempt_of_unknown_outcome_is_still_found_as_that(stores: Stores) -> None:
    job = a_job()
    unknown = await an_unknown_attempt(stores, job)
    await a_job_tried_again(stores, unknown, job)
    await a_failed_attempt(stores)

    assert await found(stores, only(S.UNKNOWN)) == [job.job_id]
    (record,) = await stores.records.find(only(S.UNKNOWN), limit=PLENTY)
    assert record.unknown == (unknown,)


async def test_an_earlier_attempt_that_failed_does_not_make_a_failed_job(stores: Stores) -> None:
    job = a_job()
    await a_job_tried_again(stores, await a_failed_attempt(stores, job), job)

    assert await found(stores, only(S.FAILED)) == []


async def test_jobs_are_found_by_any_of_several_states(stores: Stores) -> None:
    failed = await a_failed_attempt(stores, a_job(created_at=NOON - SECOND))
    waiting = await a_waiting_attempt(stores, "task-1")
    await an_accepted_job(stores)

    assert await found(stores, Wanted(states=frozenset({S.FAILED, S.WAITING}))) == [
        waiting.job_id,
        failed.job_id,
    ]
    assert await found(stores, Wanted(states=frozenset())) == []


async def test_jobs_are_found_by_server_by_member_and_by_both(stores: Stores) -> None:
    here, _ = await an_accepted_job(stores)
    elsewhere, _ = await an_accepted_job(stores, a_job(place=ELSEWHERE))
    direct, _ = await an_accepted_job(stores, a_job(place=Place(None, 6, PlaceKind.DM)))
    others, _ = await an_accepted_job(stores, a_job(owner_id=1))

    assert set(await found(stores, Wanted(guild_id=GUILD_ID))) == {here.job_id, others.job_id}
    assert await found(stores, Wanted(guild_id=99)) == [elsewhere.job_id]
    assert await found(stores, Wanted(owner_id=1)) == [others.job_id]
    assert await found(stores, Wanted(guild_id=GUILD_ID, owner_id=OWNER_ID)) == [here.job_id]
    assert direct.job_id in await found(stores)


async def test_since_looks_at_the_latest_attempt(stores: Stores) -> None:
    old = a_job(created_at=NOON - 9 * SECOND)
    first = await a_failed_attempt(stores, old)
    edge, _ = await an_accepted_job(stores, a_job(created_at=NOON))
    since = Wanted(since=NOON)

    assert await found(stores, since) == [edge.job_id]
    await a_job_tried_again(stores, first, old)
    assert await found(stores, since) == [old.job_id, edge.job_id]


async def test_a_page_is_a_part_of_the_whole(stores: Stores) -> None:
    jobs = [(await an_accepted_job(stores))[0] for _ in range(5)]
    newest_first = [job.job_id for job in reversed(jobs)]

    def ids(records: list[JobRecord]) -> list[str]:
        return [record.job.job_id for record in records]

    assert ids(await stores.records.find(ANYTHING, limit=2)) == newest_first[:2]
    assert ids(await stores.records.find(ANYTHING, limit=2, offset=4)) == newest_first[4:]
    assert await stores.records.find(ANYTHING, limit=2, offset=5) == []


async def test_a_job_is_known_by_its_id_and_by_its_reference(stores: Stores) -> None:
    job, _ = await an_accepted_job(stores, a_job(job_id="01K9ZZZZZZZZZZZZZZ7F3A21QX"))
    await an_accepted_job(stores)

    assert job.reference == "7F3A-21QX"
    for name in (job.job_id, job.job_id.lower(), "7F3A-21QX", "7f3a-21qx", "7F3A21QX", " 7F3A-21QX "):
        assert await stores.records.called(name) == [job.job_id], name


@pytest.mark.parametrize("name", ["", "%", "7F3A-21Q_", "________", "21QX", "7F3A-21QX'", "x" * 5000])
async def test_nothing_else_is_a_name_of_a_job(stores: Stores, name: str) -> None:
    await an_accepted_job(stores, a_job(job_id="01K9ZZZZZZZZZZZZZZ7F3A21QX"))

    assert await stores.records.called(name) == []


async def test_two_jobs_of_one_reference_are_both_told(stores: Stores) -> None:
    for job_id in ("01K9ZZZZZZZZZZZZZZ7F3A21QX", "01K8ZZZZZZZZZZZZZZ7F3A21QX"):
        await an_accepted_job(stores, a_job(job_id=job_id))

    assert await stores.records.called("7F3A-21QX") == [
        "01K8ZZZZZZZZZZZZZZ7F3A21QX",
        "01K9ZZZZZZZZZZZZZZ7F3A21QX",
    ]


async def test_a_task_is_traced_to_its_attempt(stores: Stores) -> None:
    waiting = await a_waiting_attempt(stores, "task-1")
    await a_failed_attempt(stores)

    assert await stores.records.attempt_of_task(PROVIDER, "task-1") == waiting
    assert await stores.records.attempt_of_task("another", "task-1") is None
    assert await stores.records.attempt_of_task(PROVIDER, "task-2") is None
