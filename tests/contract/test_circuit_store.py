"""Circuits, and their traces on the attempts that wait."""

from dataclasses import replace
from datetime import timedelta

from bot.fault import Fault
from bot.model import Attempt, AttemptState, Circuit
from bot.notices import NoticeKind
from tests.builders import NOON, PROVIDER
from tests.contract.stores import (
    LEASE_SECONDS,
    PLENTY,
    Stores,
    a_claimed,
    a_failed_attempt,
    a_handed_over_attempt,
    a_queued_attempt,
    an_accepted_job,
    attempt_of,
)

SECOND = timedelta(seconds=1)
OFF = Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON + 1800 * SECOND)


async def with_a_delivered_card(stores: Stores, attempt: Attempt) -> Attempt:
    """The attempt, saved with a card that nobody has to draw any more."""
    saved = await stores.jobs.save(attempt, now=NOON, notices=[NoticeKind.CARD])
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    await stores.announcements.park(card, "seen")
    return saved


async def test_an_open_circuit_is_known_until_it_is_closed(stores: Stores) -> None:
    assert await stores.circuits.get(PROVIDER) is None
    await stores.circuits.open(OFF, NOON)
    assert await stores.circuits.get(PROVIDER) == OFF
    assert await stores.circuits.get("another") is None

    assert await stores.circuits.close(PROVIDER, NOON)

    assert await stores.circuits.get(PROVIDER) is None
    assert not await stores.circuits.close(PROVIDER, NOON)


async def test_opening_again_replaces_the_circuit(stores: Stores) -> None:
    await stores.circuits.open(OFF, NOON)
    later = Circuit(PROVIDER, Fault.NO_CREDIT, NOON + SECOND, NOON + 2 * SECOND)

    await stores.circuits.open(later, NOON)

    assert await stores.circuits.get(PROVIDER) == later


async def test_opening_for_the_same_fault_again_is_no_news_and_sets_the_next_try(stores: Stores) -> None:
    queued = await with_a_delivered_card(stores, await a_queued_attempt(stores))
    assert await stores.circuits.open(OFF, NOON)
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    await stores.announcements.park(card, "seen")
    before = await attempt_of(stores, queued)

    later = replace(OFF, opened_at=NOON + SECOND, probe_at=NOON + 3600 * SECOND)
    assert not await stores.circuits.open(later, NOON + SECOND)

    assert await stores.circuits.get(PROVIDER) == replace(OFF, probe_at=later.probe_at)
    assert await stores.announcements.claim(NOON + SECOND, LEASE_SECONDS, PLENTY) == []
    assert await attempt_of(stores, queued) == before


async def test_opening_for_another_fault_is_news(stores: Stores) -> None:
    queued = await with_a_delivered_card(stores, await a_queued_attempt(stores))
    await stores.circuits.open(OFF, NOON)

    assert await stores.circuits.open(replace(OFF, fault=Fault.NO_CREDIT), NOON)

    assert (await attempt_of(stores, queued)).fault is Fault.NO_CREDIT
    assert len(await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)) == 1


async def test_opening_notes_the_fault_on_everything_that_waits_for_submission(stores: Stores) -> None:
    queued = await a_queued_attempt(stores)
    handed_over = await a_handed_over_attempt(stores)
    _, received = await an_accepted_job(stores)
    failed = await a_failed_attempt(stores)
    elsewhere = await a_queued_attempt(stores, provider="another")

    await stores.circuits.open(OFF, NOON)

    for attempt in (queued, handed_over):
        assert (await attempt_of(stores, attempt)).fault is Fault.MODEL_OFF
    for attempt in (received, failed, elsewhere):
        assert await attempt_of(stores, attempt) == attempt


async def test_opening_and_closing_make_the_cards_of_waiting_jobs_due(stores: Stores) -> None:
    queued = await with_a_delivered_card(stores, await a_queued_attempt(stores))
    await with_a_delivered_card(stores, await a_queued_attempt(stores, provider="another"))
    await with_a_delivered_card(stores, (await an_accepted_job(stores))[1])
    await a_queued_attempt(stores)

    await stores.circuits.open(OFF, NOON + SECOND)
    (opened,) = await stores.announcements.claim(NOON + SECOND, LEASE_SECONDS, PLENTY)
    await stores.announcements.park(opened, "seen")
    await stores.circuits.close(PROVIDER, NOON + 2 * SECOND)
    (closed,) = await stores.announcements.claim(NOON + 2 * SECOND, LEASE_SECONDS, PLENTY)

    assert (opened.job_id, opened.kind) == (queued.job_id, NoticeKind.CARD)
    assert (closed.job_id, closed.due_at) == (queued.job_id, NOON + 2 * SECOND)


async def test_what_waits_behind_one_circuit_is_redrawn_when_another_opens_or_closes(stores: Stores) -> None:
    """It may be made there, or not any more."""
    await stores.circuits.open(OFF, NOON)
    waiting = await with_a_delivered_card(stores, await a_queued_attempt(stores))
    await with_a_delivered_card(stores, await a_queued_attempt(stores, provider="a third"))
    other = replace(OFF, provider="another", fault=Fault.NO_CREDIT)

    await stores.circuits.open(other, NOON + SECOND)
    (opened,) = await stores.announcements.claim(NOON + SECOND, LEASE_SECONDS, PLENTY)
    await stores.announcements.park(opened, "seen")
    await stores.circuits.close("another", NOON + 2 * SECOND)
    (closed,) = await stores.announcements.claim(NOON + 2 * SECOND, LEASE_SECONDS, PLENTY)

    assert opened.job_id == closed.job_id == waiting.job_id
    assert (await attempt_of(stores, waiting)).fault is None, "it is not at that provider"


async def test_closing_removes_the_circuits_own_traces_only(stores: Stores) -> None:
    marked = await a_queued_attempt(stores)
    await stores.circuits.open(OFF, NOON)
    other_fault = await a_queued_attempt(stores)
    other_fault = await stores.jobs.save(other_fault.postpone(NOON, fault=Fault.THROTTLED), now=NOON)
    ended = await a_failed_attempt(stores)
    ended = await stores.jobs.save(ended.postpone(NOON, fault=Fault.MODEL_OFF), now=NOON)

    await stores.circuits.close(PROVIDER, NOON)

    assert (await attempt_of(stores, marked)).fault is None
    assert (await attempt_of(stores, other_fault)).fault is Fault.THROTTLED
    assert (await attempt_of(stores, ended)).fault is Fault.MODEL_OFF


async def test_closing_what_is_not_open_touches_nothing(stores: Stores) -> None:
    attempt = await a_queued_attempt(stores)
    attempt = await stores.jobs.save(attempt.postpone(NOON, fault=Fault.THROTTLED), now=NOON)
    await with_a_delivered_card(stores, attempt)

    await stores.circuits.close(PROVIDER, NOON)

    assert (await attempt_of(stores, attempt)).fault is Fault.THROTTLED
    assert await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY) == []


async def test_who_works_on_an_attempt_can_still_save_it(stores: Stores) -> None:
    held = await a_claimed(stores, await a_queued_attempt(stores))

    await stores.circuits.open(OFF, NOON)
    await stores.circuits.close(PROVIDER, NOON)

    saved = await stores.jobs.save(held.move(AttemptState.HANDED_OVER), now=NOON)
    assert await attempt_of(stores, held) == saved
