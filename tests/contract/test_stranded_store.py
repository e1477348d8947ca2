"""What waits at a provider, of servers that have decided to move it on by themselves."""

from dataclasses import replace
from datetime import timedelta

from bot.clip import StoredClip
from bot.model import AttemptState, Job, Place, PlaceKind
from tests.builders import NOON, PROVIDER, a_clip, a_job
from tests.contract.stores import (
    LEASE_SECONDS,
    PLENTY,
    Stores,
    a_failed_attempt,
    a_handed_over_attempt,
    a_queued_attempt,
    an_accepted_job,
)

AUTOMATIC, ASKING, OFF = 1300000000000000001, 1300000000000000002, 1300000000000000003
MODERATOR = 1400000000000000009
POSTER = StoredClip("sha256/poster", "00" * 32, 1000)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=LEASE_SECONDS)


def job_in(guild_id: int | None) -> Job:
    kind = PlaceKind.TEXT if guild_id else PlaceKind.DM
    return a_job(place=Place(guild_id, 5, kind))


async def decide(stores: Stores) -> None:
    for guild_id, value in ((AUTOMATIC, "automatic"), (ASKING, "ask"), (OFF, "off")):
        await stores.servers.change(guild_id, "failover", value, actor_id=MODERATOR, now=NOON)
        await stores.servers.change(guild_id, "renewal", "automatic", actor_id=MODERATOR, now=NOON)


async def claimed(stores: Stores, *, with_poster: bool = False) -> list[str]:
    found = await stores.stranded.claim(PROVIDER, NOON, LEASE_SECONDS, PLENTY, with_poster=with_poster)
    return [attempt.job_id for attempt in found]


async def test_only_servers_that_have_decided_so_are_served(stores: Stores) -> None:
    await decide(stores)
    queued = await a_queued_attempt(stores, job_in(AUTOMATIC))
    handed_over = await a_handed_over_attempt(stores, job_in(AUTOMATIC))
    for guild_id in (ASKING, OFF, AUTOMATIC + 100, None):
        await a_queued_attempt(stores, job_in(guild_id))

    assert await stores.stranded.is_any(PROVIDER, with_poster=False)
    assert set(await claimed(stores)) == {queued.job_id, handed_over.job_id}


async def test_only_what_waits_at_this_provider_is_found(stores: Stores) -> None:
    await decide(stores)
    await a_queued_attempt(stores, job_in(AUTOMATIC), provider="another")
    await a_failed_attempt(stores, job_in(AUTOMATIC))
    await an_accepted_job(stores, job_in(AUTOMATIC))

    assert not await stores.stranded.is_any(PROVIDER, with_poster=False)
    assert await claimed(stores) == []


async def test_what_needs_a_picture_is_found_only_with_one(stores: Stores) -> None:
    await decide(stores)
    without = await with_clip(stores, pictured=False)
    assert not await stores.stranded.is_any(PROVIDER, with_poster=True)
    pictured = await with_clip(stores, pictured=True)

    assert await stores.stranded.is_any(PROVIDER, with_poster=True)
    assert await claimed(stores, with_poster=True) == [pictured]
    assert await claimed(stores) == [without]


async def with_clip(stores: Stores, *, pictured: bool) -> str:
    clip = replace(a_clip(), poster=POSTER if pictured else None)
    job, attempt = await an_accepted_job(stores, job_in(AUTOMATIC))
    await stores.jobs.save(attempt.move(AttemptState.QUEUED), now=NOON, clip=clip)
    return job.job_id


async def test_what_is_due_later_is_found_and_what_somebody_works_on_is_not(stores: Stores) -> None:
    await decide(stores)
    later = await a_queued_attempt(stores, job_in(AUTOMATIC), due_at=NOON + 1800 * SECOND)
    held = await a_queued_attempt(stores, job_in(AUTOMATIC))
    await stores.jobs.claim([AttemptState.QUEUED], NOON, LEASE_SECONDS, PLENTY)

    assert await claimed(stores) == [later.job_id]
    assert not await stores.stranded.is_any(PROVIDER, with_poster=False)
    lapsed = await stores.stranded.claim(PROVIDER, NOON + LEASE, LEASE_SECONDS, PLENTY, with_poster=False)
    assert {attempt.job_id for attempt in lapsed} == {later.job_id, held.job_id}


async def test_two_processes_claim_nothing_together(stores: Stores) -> None:
    await decide(stores)
    for age in range(4):
        await a_queued_attempt(stores, job_in(AUTOMATIC), created_at=NOON - age * SECOND)
    other = stores.other_process()

    ours = await stores.stranded.claim(PROVIDER, NOON, LEASE_SECONDS, 2, with_poster=False)
    theirs = await other.stranded.claim(PROVIDER, NOON, LEASE_SECONDS, PLENTY, with_poster=False)

    assert [attempt.created_at for attempt in ours] == [NOON - 3 * SECOND, NOON - 2 * SECOND]
    assert len(theirs) == 2
    assert await other.instances.release() == 2
