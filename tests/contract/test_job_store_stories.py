"""Jobs as they stand: one, or a member's latest."""

from datetime import timedelta

from bot.fault import Fault
from bot.model import AttemptState, Circuit, Place, PlaceKind
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER, a_character, a_job, an_attempt
from tests.contract.stores import (
    PLENTY,
    Stores,
    a_failed_attempt,
    a_handed_over_attempt,
    a_queued_attempt,
    an_accepted_job,
)

SECOND = timedelta(seconds=1)


async def test_the_latest_attempt_is_told_unless_another_is_asked_for(stores: Stores) -> None:
    job = a_job()
    first = await a_failed_attempt(stores, job)
    second = an_attempt(job, number=2, state=AttemptState.QUEUED)
    await stores.jobs.open_attempt(second, daily_cap=PLENTY)

    latest, asked = await stores.jobs.story(job.job_id), await stores.jobs.story(job.job_id, 1)

    assert latest is not None
    assert asked is not None
    assert (latest.attempt, asked.attempt) == (second, first)
    assert await stores.jobs.story(job.job_id, 3) is None


async def test_a_character_belongs_to_the_attempt_that_made_it(stores: Stores) -> None:
    job = a_job()
    failed = await a_failed_attempt(stores, job)
    second = an_attempt(job, number=2)
    await stores.jobs.open_attempt(second, daily_cap=PLENTY)
    character = a_character(second)
    await stores.jobs.save(second, now=NOON, character=character)

    first_story = await stores.jobs.story(job.job_id, failed.number)
    second_story = await stores.jobs.story(job.job_id, 2)

    assert first_story is not None
    assert second_story is not None
    assert (first_story.character, second_story.character) == (None, character)


async def test_a_queued_attempt_knows_how_many_are_before_it(stores: Stores) -> None:
    await a_queued_attempt(stores, a_job(created_at=NOON - 3 * SECOND))
    await a_handed_over_attempt(stores, a_job(created_at=NOON - 2 * SECOND))
    await a_failed_attempt(stores, a_job(created_at=NOON - SECOND))
    await a_queued_attempt(stores, a_job(created_at=NOON - SECOND), provider="another")
    await a_queued_attempt(stores, a_job(created_at=NOON + SECOND))
    attempt = await a_queued_attempt(stores, a_job(created_at=NOON))

    story = await stores.jobs.story(attempt.job_id)

    assert story is not None
    assert story.ahead == 2


async def test_who_is_past_the_queue_has_nobody_before_them(stores: Stores) -> None:
    await a_queued_attempt(stores, a_job(created_at=NOON - SECOND))
    handed_over = await a_handed_over_attempt(stores)
    received, _ = await an_accepted_job(stores)

    for job_id in (handed_over.job_id, received.job_id):
        story = await stores.jobs.story(job_id)
        assert story is not None
        assert story.ahead == 0


async def test_the_circuit_of_the_attempts_own_provider_is_told(stores: Stores) -> None:
    attempt = await a_queued_attempt(stores)
    await stores.circuits.open(Circuit("another", Fault.MODEL_OFF, NOON, NOON), NOON)
    circuit = Circuit(PROVIDER, Fault.NO_CREDIT, NOON, NOON + SECOND)
    await stores.circuits.open(circuit, NOON)

    story = await stores.jobs.story(attempt.job_id)

    assert story is not None
    assert story.circuit == circuit


async def test_an_attempt_is_found_by_its_callback_token_in_any_state(stores: Stores) -> None:
    job = a_job()
    failed = await a_failed_attempt(stores, job)
    second = an_attempt(job, number=2, state=AttemptState.QUEUED)
    await stores.jobs.open_attempt(second, daily_cap=PLENTY)

    assert await stores.jobs.attempt_of_token(failed.callback_token) == failed
    assert await stores.jobs.attempt_of_token(second.callback_token) == second
    for token in ("", "%", second.callback_token[:-1], second.callback_token.upper() + "A"):
        assert await stores.jobs.attempt_of_token(token) is None


async def test_a_members_jobs_are_listed_newest_first_with_their_latest_attempts(stores: Stores) -> None:
    old = a_job(created_at=NOON - SECOND)
    await a_failed_attempt(stores, old)
    second = an_attempt(old, number=2, state=AttemptState.QUEUED)
    await stores.jobs.open_attempt(second, daily_cap=PLENTY)
    new, attempt = await an_accepted_job(stores, a_job(created_at=NOON))
    await an_accepted_job(stores, a_job(created_at=NOON - 2 * SECOND))

    listed = await stores.jobs.stories_of(OWNER_ID, GUILD_ID, 2)

    assert [(story.job.job_id, story.attempt) for story in listed] == [
        (new.job_id, attempt),
        (old.job_id, second),
    ]


async def test_a_list_holds_only_the_members_own_jobs_in_this_server(stores: Stores) -> None:
    await an_accepted_job(stores, a_job(owner_id=1))
    elsewhere, _ = await an_accepted_job(stores, a_job(place=Place(99, 5, PlaceKind.TEXT)))
    direct, _ = await an_accepted_job(stores, a_job(place=Place(None, 6, PlaceKind.DM)))

    assert await stores.jobs.stories_of(OWNER_ID, GUILD_ID, PLENTY) == []
    (story,) = await stores.jobs.stories_of(OWNER_ID, 99, PLENTY)
    assert story.job == elsewhere
    (story,) = await stores.jobs.stories_of(OWNER_ID, None, PLENTY)
    assert story.job == direct
