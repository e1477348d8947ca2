"""The outbox asked for failures on which somebody may have wished for another attempt."""

from dataclasses import replace
from datetime import timedelta

from bot.model import Attempt, AttemptState, MessageRef
from bot.notices import NoticeKind
from bot.ports import Delivered
from tests.builders import NOON, a_snowflake, an_attempt
from tests.contract.stores import PLENTY, Stores, a_queued_attempt
from tests.contract.test_announcement_store import claim

FAILURE = NoticeKind.FAILURE
HOUR = timedelta(hours=1)


async def failed(stores: Stores, ended: timedelta = timedelta()) -> Attempt:
    """An attempt that ended so long after noon, its failure not told yet."""
    attempt = await a_queued_attempt(stores)
    now = NOON + ended
    return await stores.jobs.save(attempt.move(AttemptState.FAILED, ended_at=now), now=now, notices=[FAILURE])


async def told(stores: Stores) -> MessageRef:
    """What is due is told, by this message."""
    message = MessageRef(1, a_snowflake())
    for announcement in await claim(stores, NOON + 9 * HOUR):
        await stores.announcements.mark_delivered(announcement, Delivered(message), NOON)
    return message


async def tried_again(stores: Stores, attempt: Attempt) -> Attempt:
    job = await stores.jobs.job(attempt.job_id)
    assert job is not None
    second = an_attempt(job, number=attempt.number + 1, state=AttemptState.QUEUED)
    await stores.jobs.open_attempt(second, daily_cap=PLENTY)
    return second


async def found(stores: Stores, limit: int = PLENTY) -> list[tuple[str, int, MessageRef | None]]:
    """Job, attempt and message of the failures since noon."""
    failures = await stores.announcements.latest_failures(NOON, limit)
    assert {one.kind for one in failures} <= {FAILURE}
    return [(one.job_id, one.attempt_number, one.message) for one in failures]


async def test_failures_are_found_with_their_messages_newest_first(stores: Stores) -> None:
    older = await failed(stores)
    first = await told(stores)
    newer = await failed(stores, HOUR)
    second = await told(stores)

    assert await found(stores) == [(newer.job_id, 1, second), (older.job_id, 1, first)]
    assert await found(stores, limit=1) == [(newer.job_id, 1, second)]


async def test_what_ended_before_is_left_out(stores: Stores) -> None:
    await failed(stores, -timedelta(microseconds=1))
    await told(stores)

    assert await found(stores) == []


async def test_a_failure_that_may_have_been_told_without_our_noting_it_is_among_them(stores: Stores) -> None:
    attempt = await failed(stores)

    assert await found(stores) == [(attempt.job_id, 1, None)]


async def test_a_failure_that_could_not_be_told_is_not(stores: Stores) -> None:
    await failed(stores)
    for announcement in await claim(stores):
        await stores.announcements.park(announcement, "gone")

    assert await found(stores) == []


async def test_a_failure_that_another_attempt_followed_is_not(stores: Stores) -> None:
    attempt = await failed(stores)
    await told(stores)
    await tried_again(stores, attempt)
    await told(stores)

    assert await found(stores) == []


async def test_of_several_failures_of_a_job_only_the_last_counts(stores: Stores) -> None:
    attempt = await failed(stores)
    await told(stores)
    second = await tried_again(stores, attempt)
    await told(stores)
    ended = replace(second, state=AttemptState.FAILED, ended_at=NOON + HOUR)
    await stores.jobs.save(ended, now=NOON + HOUR, notices=[FAILURE])
    message = await told(stores)

    assert await found(stores) == [(attempt.job_id, 2, message)]


async def test_other_things_that_were_told_are_not_failures(stores: Stores) -> None:
    attempt = await a_queued_attempt(stores)
    await stores.jobs.save(attempt, now=NOON, notices=[NoticeKind.CARD, NoticeKind.THREAD, NoticeKind.RESULT])
    await told(stores)

    assert await found(stores) == []
