"""Accepting, acknowledging and forgetting jobs, and the daily cap."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import DuplicateInteraction, FormUsed, JobConflict, LimitReached
from bot.model import Attempt, AttemptState, InteractionTicket, MessageRef, PlaceKind, Subject, Visibility
from bot.model import Place as ChannelPlace
from bot.notices import NoticeKind
from tests.builders import NOON, a_job, an_attempt
from tests.contract.stores import LEASE_SECONDS, PLENTY, Stores, a_failed_attempt, an_accepted_job, attempt_of

DAY = timedelta(days=1)
RECEIVED = [AttemptState.RECEIVED]


async def test_an_accepted_job_reads_back_as_it_was(stores: Stores) -> None:
    job = a_job(
        place=ChannelPlace(None, 2**63 - 1, PlaceKind.DM),
        subject=Subject.ANIMAL_OR_OBJECT,
        prompt="",
        name=None,
        visibility=Visibility.PRIVATE,
        created_at=NOON + timedelta(microseconds=1),
    )

    _, attempt = await an_accepted_job(stores, job)

    assert await stores.jobs.job(job.job_id) == job
    story = await stores.jobs.story(job.job_id)
    assert story is not None
    assert (story.job, story.attempt, story.character, story.circuit) == (job, attempt, None, None)


async def test_texts_in_every_script_read_back_unchanged(stores: Stores) -> None:
    job = a_job(prompt="Zoë 👩🏽‍🚀 говорит 'тихо';\n\"--\u2028\t שלום %s :name", name="İ ß ﬁ")

    await an_accepted_job(stores, job)

    assert await stores.jobs.job(job.job_id) == job


async def test_an_unknown_job_is_none(stores: Stores) -> None:
    assert await stores.jobs.job("01K") is None
    assert await stores.jobs.story("01K") is None


async def test_a_second_job_for_one_interaction_is_refused_and_leaves_nothing(stores: Stores) -> None:
    first, _ = await an_accepted_job(stores)
    second = a_job(ticket=InteractionTicket(first.order.ticket.interaction_id, 1, "another token"))

    with pytest.raises(DuplicateInteraction) as caught:
        await stores.jobs.accept(second, an_attempt(second), daily_cap=PLENTY)

    assert caught.value.interaction_id == first.order.ticket.interaction_id
    assert await stores.jobs.job(second.job_id) is None
    assert len(await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, PLENTY)) == 1


async def test_a_duplicate_is_told_even_when_the_cap_is_used_up(stores: Stores) -> None:
    job, _ = await an_accepted_job(stores)
    again = a_job(ticket=job.order.ticket)

    with pytest.raises(DuplicateInteraction):
        await stores.jobs.accept(again, an_attempt(again), daily_cap=1)


async def test_a_form_makes_one_job_however_often_it_is_sent(stores: Stores) -> None:
    first, second, other_owner = a_job(), a_job(), a_job(owner_id=1)
    await stores.jobs.accept(first, an_attempt(first), daily_cap=PLENTY, form_id="form")

    with pytest.raises(FormUsed) as caught:
        await stores.jobs.accept(second, an_attempt(second), daily_cap=1, form_id="form")
    await stores.jobs.accept(other_owner, an_attempt(other_owner), daily_cap=PLENTY, form_id="form")

    assert caught.value.form_id == "form"
    assert await stores.jobs.job(second.job_id) is None
    assert len(await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, PLENTY)) == 2


async def test_a_form_whose_job_is_forgotten_can_be_sent_again(stores: Stores) -> None:
    lost, again = a_job(), a_job()
    await stores.jobs.accept(lost, an_attempt(lost), daily_cap=PLENTY, form_id="form")
    await stores.jobs.forget(lost.job_id)

    await stores.jobs.accept(again, an_attempt(again), daily_cap=PLENTY, form_id="form")

    assert await stores.jobs.job(again.job_id) == again


async def test_a_form_that_the_cap_refuses_is_not_used(stores: Stores) -> None:
    refused = a_job()
    with pytest.raises(LimitReached):
        await stores.jobs.accept(refused, an_attempt(refused), daily_cap=0, form_id="form")

    await stores.jobs.accept(refused, an_attempt(refused), daily_cap=PLENTY, form_id="form")

    assert await stores.jobs.job(refused.job_id) == refused


async def test_twenty_parallel_sendings_of_one_form_end_with_one_job(stores: Stores) -> None:
    jobs = [a_job() for _ in range(20)]

    outcomes = await asyncio.gather(
        *(stores.jobs.accept(job, an_attempt(job), daily_cap=PLENTY, form_id="form") for job in jobs),
        return_exceptions=True,
    )

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, FormUsed) for outcome in outcomes) == 19


async def test_the_cap_refuses_the_next_job_of_the_day_and_says_when_it_resets(stores: Stores) -> None:
    await an_accepted_job(stores)
    job = a_job()

    with pytest.raises(LimitReached) as caught:
        await stores.jobs.accept(job, an_attempt(job), daily_cap=1)

    reached = caught.value
    assert (reached.scope, reached.limit) == ("bot-day", 1)
    assert reached.resets_at == datetime(2026, 11, 24, tzinfo=UTC)
    assert await stores.jobs.job(job.job_id) is None


async def test_fifty_parallel_orders_for_the_last_place_end_with_one_winner(stores: Stores) -> None:
    for _ in range(4):
        await an_accepted_job(stores)
    jobs = [a_job() for _ in range(50)]

    outcomes = await asyncio.gather(
        *(stores.jobs.accept(job, an_attempt(job), daily_cap=5) for job in jobs), return_exceptions=True
    )

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, LimitReached) for outcome in outcomes) == 49
    stored = [job for job in jobs if await stores.jobs.job(job.job_id) is not None]
    assert stored == [jobs[outcomes.index(None)]]


@pytest.mark.parametrize("state", [AttemptState.REJECTED, AttemptState.CANCELLED])
async def test_what_was_rejected_or_cancelled_gives_its_place_back(
    stores: Stores, state: AttemptState
) -> None:
    _, attempt = await an_accepted_job(stores)
    await stores.jobs.save(attempt.move(state), now=NOON)
    job = a_job()

    await stores.jobs.accept(job, an_attempt(job), daily_cap=1)

    assert await stores.jobs.job(job.job_id) == job


async def test_what_failed_keeps_its_place(stores: Stores) -> None:
    await a_failed_attempt(stores)
    job = a_job()

    with pytest.raises(LimitReached):
        await stores.jobs.accept(job, an_attempt(job), daily_cap=1)


async def test_each_utc_day_has_its_own_places(stores: Stores) -> None:
    last_moment = datetime(2026, 11, 23, 23, 59, 59, 999999, tzinfo=UTC)
    await an_accepted_job(stores, a_job(created_at=last_moment))
    tomorrow = a_job(created_at=datetime(2026, 11, 24, tzinfo=UTC))
    await stores.jobs.accept(tomorrow, an_attempt(tomorrow), daily_cap=1)
    yesterday = a_job(created_at=NOON)

    # As after a clock that was put back: the day's places are still taken.
    with pytest.raises(LimitReached):
        await stores.jobs.accept(yesterday, an_attempt(yesterday), daily_cap=1)
    await stores.jobs.accept(yesterday, an_attempt(yesterday), daily_cap=2)


async def test_acknowledging_stores_the_card_and_makes_the_attempt_due(stores: Stores) -> None:
    job, attempt = await an_accepted_job(stores, due_at=NOON + DAY)
    assert await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, PLENTY) == []

    await stores.jobs.acknowledge(job.job_id, MessageRef(5, 6), NOON)

    stored = await stores.jobs.job(job.job_id)
    assert stored is not None
    assert stored.card == MessageRef(5, 6)
    (claimed,) = await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, PLENTY)
    assert claimed.attempt_id == attempt.attempt_id


async def test_a_private_job_is_acknowledged_without_a_card(stores: Stores) -> None:
    job, _ = await an_accepted_job(stores, due_at=NOON + DAY)

    await stores.jobs.acknowledge(job.job_id, None, NOON)

    stored = await stores.jobs.job(job.job_id)
    assert stored is not None
    assert stored.card is None
    assert len(await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, PLENTY)) == 1


async def test_a_late_acknowledgement_does_not_move_an_attempt_that_went_on(stores: Stores) -> None:
    job, attempt = await an_accepted_job(stores)
    saved = await stores.jobs.save(attempt.move(AttemptState.QUEUED, due_at=NOON + DAY), now=NOON)

    await stores.jobs.acknowledge(job.job_id, MessageRef(5, 6), NOON)

    assert await attempt_of(stores, attempt) == saved


async def test_a_forgotten_job_leaves_nothing_and_its_interaction_can_come_again(stores: Stores) -> None:
    job, attempt = await an_accepted_job(stores)
    await stores.jobs.save(attempt, now=NOON, notices=[NoticeKind.CARD])

    await stores.jobs.forget(job.job_id)
    await stores.jobs.forget(job.job_id)

    assert await stores.jobs.job(job.job_id) is None
    assert await stores.jobs.story(job.job_id) is None
    assert await stores.jobs.claim(RECEIVED, NOON, LEASE_SECONDS, PLENTY) == []
    assert await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY) == []
    again = a_job(ticket=job.order.ticket)
    await stores.jobs.accept(again, an_attempt(again), daily_cap=1)


async def test_a_job_that_is_as_it_was_read_is_forgotten(stores: Stores) -> None:
    job, _ = await an_accepted_job(stores)
    (read,) = await stores.jobs.claim(RECEIVED, NOON + DAY, LEASE_SECONDS, PLENTY)

    await stores.jobs.forget(job.job_id, unless_touched=read)

    assert await stores.jobs.job(job.job_id) is None


async def test_what_moved_or_was_acknowledged_since_it_was_read_is_not_forgotten(stores: Stores) -> None:
    job, moved = await an_accepted_job(stores)
    other, acknowledged = await an_accepted_job(stores)
    await stores.jobs.save(moved.move(AttemptState.CANCELLED, ended_at=NOON), now=NOON)
    await stores.jobs.acknowledge(other.job_id, MessageRef(5, 6), NOON + DAY)

    for found in (moved, acknowledged):
        with pytest.raises(JobConflict):
            await stores.jobs.forget(found.job_id, unless_touched=found)

    assert await stores.jobs.job(job.job_id) is not None
    assert await stores.jobs.job(other.job_id) is not None


async def test_a_forgotten_job_cannot_be_saved(stores: Stores) -> None:
    job, attempt = await an_accepted_job(stores)
    await stores.jobs.forget(job.job_id)

    with pytest.raises(JobConflict):
        await stores.jobs.save(attempt.move(AttemptState.QUEUED), now=NOON, notices=[NoticeKind.CARD])


async def test_a_further_attempt_redraws_the_card_and_is_announced(stores: Stores) -> None:
    job = a_job()
    failed = await a_failed_attempt(stores, job)
    await stores.jobs.save(failed, now=NOON, notices=[NoticeKind.CARD])
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    await stores.announcements.park(card, "no permission")
    second = an_attempt(job, number=2)

    await stores.jobs.open_attempt(second, daily_cap=PLENTY)

    story = await stores.jobs.story(job.job_id)
    assert story is not None
    assert story.attempt == second
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    assert (card.kind, card.attempt_number) == (NoticeKind.CARD, 0)
    await stores.announcements.park(card, "no permission")
    (notice,) = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    assert (notice.kind, notice.attempt_number) == (NoticeKind.ATTEMPT, 2)


async def test_of_many_parallel_retries_one_opens_the_attempt(stores: Stores) -> None:
    job = a_job()
    await a_failed_attempt(stores, job)
    rivals = [an_attempt(job, number=2) for _ in range(20)]

    outcomes = await asyncio.gather(
        *(stores.jobs.open_attempt(rival, daily_cap=PLENTY) for rival in rivals), return_exceptions=True
    )

    (opened,) = [one for one in outcomes if isinstance(one, Attempt)]
    assert sum(isinstance(outcome, JobConflict) for outcome in outcomes) == 19
    story = await stores.jobs.story(job.job_id)
    assert story is not None
    assert story.attempt == opened


async def test_a_further_attempt_beyond_the_cap_is_refused_and_announces_nothing(stores: Stores) -> None:
    job = a_job()
    await a_failed_attempt(stores, job)

    with pytest.raises(LimitReached):
        await stores.jobs.open_attempt(an_attempt(job, number=2), daily_cap=1)

    assert await stores.jobs.story(job.job_id, 2) is None
    assert await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY) == []
