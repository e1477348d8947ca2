"""Clips that wait to be cut, and what of the clip store is still needed."""

import asyncio
from dataclasses import replace

import pytest

from bot.clip import Offer, Part, StoredClip
from bot.errors import CuttingBusy, JobConflict
from bot.model import Attempt, AttemptState, Job
from bot.notices import NoticeKind
from tests.builders import NOON, a_clip, a_job, a_snowflake
from tests.contract.stores import PLENTY, Stores, an_accepted_job, attempt_of

S = AttemptState
SOURCE = StoredClip("sha256/aa/source", "a" * 64, 40_000_000_000)
SHEET = StoredClip("sha256/bb/sheet", "b" * 64, 91_000)
POSTER = StoredClip("sha256/cc/poster", "c" * 64, 31_000)
OFFER = Offer(SOURCE, SHEET, 14.2, Part(5000, 4000))
PART = Part(500, 3000)


async def an_offered_attempt(stores: Stores, job: Job | None = None) -> Attempt:
    _, attempt = await an_accepted_job(stores, job)
    return await stores.jobs.save(attempt.move(S.OFFERED), now=NOON, offer=OFFER)


async def begin(stores: Stores, attempt: Attempt, own_limit: int = PLENTY, limit: int = PLENTY) -> Attempt:
    chosen = attempt.move(S.MENDING, due_at=NOON)
    return await stores.jobs.begin_mending(chosen, PART, now=NOON, own_limit=own_limit, limit=limit)


async def job_of(stores: Stores, attempt: Attempt) -> Job:
    job = await stores.jobs.job(attempt.job_id)
    assert job is not None
    return job


async def test_an_offer_reads_back_and_the_attachments_address_is_erased(stores: Stores) -> None:
    attempt = await an_offered_attempt(stores)

    job = await job_of(stores, attempt)

    assert job.offer == OFFER
    assert job.clip is None
    assert job.order.attachment.url == ""
    assert job.order.ticket.token != ""


async def test_a_choice_is_stored_with_the_state_and_tells_the_card(stores: Stores) -> None:
    attempt = await an_offered_attempt(stores)

    saved = await begin(stores, attempt)

    assert await attempt_of(stores, attempt) == saved
    assert saved.state is S.MENDING
    assert (await job_of(stores, attempt)).offer == replace(OFFER, part=PART)
    [card] = await stores.announcements.claim(NOON, 60, 9)
    assert card.kind is NoticeKind.CARD


async def test_a_choice_on_an_old_reading_changes_nothing(stores: Stores) -> None:
    attempt = await an_offered_attempt(stores)
    await stores.jobs.save(attempt.postpone(attempt.due_at), now=NOON)

    with pytest.raises(JobConflict):
        await begin(stores, attempt)

    assert (await job_of(stores, attempt)).offer == OFFER
    assert (await attempt_of(stores, attempt)).state is S.OFFERED


async def test_places_are_counted_for_the_owner_and_for_everybody(stores: Stores) -> None:
    own = [await an_offered_attempt(stores) for _ in range(2)]
    other = await an_offered_attempt(stores, a_job(owner_id=a_snowflake()))
    await begin(stores, own[0])

    with pytest.raises(CuttingBusy) as owners:
        await begin(stores, own[1], own_limit=1)
    with pytest.raises(CuttingBusy) as everybodys:
        await begin(stores, other, own_limit=1, limit=1)
    await begin(stores, other, own_limit=1, limit=2)

    assert (owners.value.own, everybodys.value.own) == (True, False)
    assert (await attempt_of(stores, own[1])).state is S.OFFERED


async def test_a_place_is_free_again_once_the_clip_is_cut(stores: Stores) -> None:
    first, second = await an_offered_attempt(stores), await an_offered_attempt(stores)
    mending = await begin(stores, first)
    await stores.jobs.save(mending.move(S.QUEUED), now=NOON, clip=a_clip())

    assert (await begin(stores, second, own_limit=1, limit=1)).state is S.MENDING


async def test_of_many_choices_at_once_only_so_many_get_a_place(stores: Stores) -> None:
    attempts = [await an_offered_attempt(stores) for _ in range(6)]

    outcomes = await asyncio.gather(
        *(begin(stores, attempt, own_limit=2) for attempt in attempts), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Attempt"] * 2 + ["CuttingBusy"] * 4


async def test_the_clip_takes_the_offers_place_and_its_poster_reads_back(stores: Stores) -> None:
    mending = await begin(stores, await an_offered_attempt(stores))

    await stores.jobs.save(mending.move(S.QUEUED), now=NOON, clip=a_clip(poster=POSTER))

    job = await job_of(stores, mending)
    assert (job.offer, job.clip) == (None, a_clip(poster=POSTER))


async def test_what_waits_for_a_choice_is_claimed_when_its_offer_lapses(stores: Stores) -> None:
    attempt = await an_offered_attempt(stores)

    [claimed] = await stores.jobs.claim({S.RECEIVED, S.OFFERED}, attempt.due_at, 60, 9)

    assert claimed.attempt_id == attempt.attempt_id
    assert await stores.jobs.next_due({S.OFFERED}) is None


async def test_clips_posters_and_open_offers_are_wanted(stores: Stores) -> None:
    _, attempt = await an_accepted_job(stores)
    await stores.jobs.save(attempt.move(S.QUEUED), now=NOON, clip=a_clip(poster=POSTER))
    offered = await an_offered_attempt(stores)

    with_offer = await stores.jobs.wanted_keys()
    await stores.jobs.save(offered.move(S.CANCELLED), now=NOON)
    without = await stores.jobs.wanted_keys()

    assert without == {a_clip().stored.key, POSTER.key}
    assert with_offer == without | {SOURCE.key, SHEET.key}
    await stores.jobs.forget(attempt.job_id)
    assert await stores.jobs.wanted_keys() == set()
