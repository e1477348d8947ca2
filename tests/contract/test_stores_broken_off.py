"""A verb that breaks off in the middle leaves nothing half done, and can be done again.

On real databases only: no verb of the fakes ever awaits between two changes, so there is no middle in them.
"""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.model import AttemptState, Circuit, Fault, MessageRef
from bot.notices import NoticeKind
from bot.ports import Delivered
from bot.stores import Rate
from storage.database import sqlite_url
from storage.schema import metadata
from tests.builders import NOON, OWNER_ID, PROVIDER, a_character, a_clip, a_job, an_attempt
from tests.contract.stores import (
    LEASE_SECONDS,
    PLENTY,
    Stores,
    a_claimed,
    a_failed_attempt,
    a_handed_over_attempt,
    a_queued_attempt,
    a_waiting_attempt,
    an_accepted_job,
    opened,
    stores_over,
)
from tests.contract.strikes import (
    CANCELLATION,
    ERROR,
    Target,
    Verb,
    contents,
    postgres_target,
    sqlite_target,
    watched,
)

FILE = "dramatis.db"
S = AttemptState
CARD, THREAD, RESULT, FAILURE = NoticeKind.CARD, NoticeKind.THREAD, NoticeKind.RESULT, NoticeKind.FAILURE
MESSAGE, ELSEWHERE = MessageRef(5, 6), MessageRef(7, 8)
MODEL_OFF = Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON)

TARGETS = {
    "sqlite-error": partial(sqlite_target, blow=ERROR),
    "sqlite-cancelled": partial(sqlite_target, blow=CANCELLATION),
    "postgresql-error": partial(postgres_target, blow=ERROR),
    "postgresql-cancelled": partial(postgres_target, blow=CANCELLATION),
    "postgresql-connection-lost": partial(postgres_target, blow=None),
}


@pytest.fixture(params=TARGETS)
async def target(request: pytest.FixtureRequest) -> AsyncIterator[Target]:
    async with TARGETS[request.param](request) as made:
        yield made


async def accept(stores: Stores) -> Verb:
    job = a_job()
    return lambda: stores.jobs.accept(job, an_attempt(job), daily_cap=PLENTY)


async def acknowledge(stores: Stores) -> Verb:
    job, attempt = await an_accepted_job(stores, due_at=NOON)
    return lambda: stores.jobs.acknowledge(job.job_id, MESSAGE, attempt.due_at.replace(hour=13))


async def save_with_clip(stores: Stores) -> Verb:
    _, attempt = await an_accepted_job(stores)
    queued = (await a_claimed(stores, attempt)).move(S.QUEUED)
    return lambda: stores.jobs.save(
        queued, now=NOON, notices=[CARD, THREAD], clip=a_clip(), forget_ticket=True
    )


async def save_with_character(stores: Stores) -> Verb:
    attempt = await a_claimed(stores, await a_waiting_attempt(stores, "task"))
    made = a_character(attempt)
    return lambda: stores.jobs.save(
        attempt.move(S.SUCCEEDED), now=NOON, notices=[CARD, RESULT], character=made
    )


async def save_over_notices(stores: Stores) -> Verb:
    """An end that comes up a second time: both notices are there already, and are armed again."""
    attempt = await a_waiting_attempt(stores, "task")
    expired = await stores.jobs.save(attempt.move(S.EXPIRED), now=NOON, notices=[CARD, FAILURE])
    found = await stores.jobs.save(expired.move(S.WAITING), now=NOON)
    return lambda: stores.jobs.save(found.move(S.FAILED), now=NOON, notices=[CARD, FAILURE])


async def begin_submission(stores: Stores) -> Verb:
    attempt = await a_claimed(stores, await a_handed_over_attempt(stores))
    return lambda: stores.jobs.begin_submission(attempt, now=NOON, rate=Rate(1, 10.0))


async def open_attempt(stores: Stores) -> Verb:
    job = a_job()
    failed = await a_failed_attempt(stores, job)
    await stores.jobs.save(failed.postpone(NOON), now=NOON, notices=[CARD])
    again = an_attempt(job, number=2, state=S.QUEUED)
    return lambda: stores.jobs.open_attempt(again, daily_cap=PLENTY)


async def place_card(stores: Stores) -> Verb:
    job, _ = await an_accepted_job(stores)
    return lambda: stores.jobs.place_card(job.job_id, MESSAGE)


async def forget(stores: Stores) -> Verb:
    job_id = await a_job_with_a_card_to_tell(stores)
    return lambda: stores.jobs.forget(job_id)


async def claim(stores: Stores) -> Verb:
    for _ in range(2):
        await a_queued_attempt(stores)
    return lambda: stores.jobs.claim([S.QUEUED], NOON, LEASE_SECONDS, PLENTY)


async def claim_turns(stores: Stores) -> Verb:
    for owner_id in (OWNER_ID, OWNER_ID + 1):
        await a_queued_attempt(stores, a_job(owner_id=owner_id))
    return lambda: stores.jobs.claim_turns(NOON, LEASE_SECONDS, PLENTY)


async def claim_announcements(stores: Stores) -> Verb:
    for _ in range(2):
        await a_job_with_a_card_to_tell(stores)
    return lambda: stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)


async def mark_delivered(stores: Stores) -> Verb:
    await a_job_with_a_card_to_tell(stores)
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, 1)
    delivered = Delivered(MESSAGE, card=ELSEWHERE, thread_id=9)
    return lambda: stores.announcements.mark_delivered(card, delivered, NOON)


async def postpone(stores: Stores) -> Verb:
    await a_job_with_a_card_to_tell(stores)
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, 1)
    return lambda: stores.announcements.postpone(card, NOON.replace(hour=13))


async def park(stores: Stores) -> Verb:
    await a_job_with_a_card_to_tell(stores)
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, 1)
    return lambda: stores.announcements.park(card, "gone")


async def open_circuit(stores: Stores) -> Verb:
    for _ in range(2):
        await a_job_with_a_card_to_tell(stores)
    return lambda: stores.circuits.open(MODEL_OFF, NOON)


async def open_circuit_for_another_fault(stores: Stores) -> Verb:
    await (await open_circuit(stores))()
    return lambda: stores.circuits.open(Circuit(PROVIDER, Fault.NO_CREDIT, NOON, NOON), NOON)


async def close_circuit(stores: Stores) -> Verb:
    await (await open_circuit(stores))()
    return lambda: stores.circuits.close(PROVIDER, NOON)


async def beat(stores: Stores) -> Verb:
    return stores.instances.beat


async def release(stores: Stores) -> Verb:
    await a_job_with_a_card_to_tell(stores)
    await stores.jobs.claim([S.QUEUED], NOON, LEASE_SECONDS, PLENTY)
    await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    await stores.instances.beat()
    return stores.instances.release


async def a_job_with_a_card_to_tell(stores: Stores) -> str:
    """A stored job in the queue."""
    attempt = await a_queued_attempt(stores)
    await stores.jobs.save(attempt.postpone(NOON), now=NOON, notices=[CARD])
    return attempt.job_id


VERBS: tuple[Callable[[Stores], Awaitable[Verb]], ...] = (
    accept,
    acknowledge,
    save_with_clip,
    save_with_character,
    save_over_notices,
    begin_submission,
    open_attempt,
    place_card,
    forget,
    claim,
    claim_turns,
    claim_announcements,
    mark_delivered,
    postpone,
    park,
    open_circuit,
    open_circuit_for_another_fault,
    close_circuit,
    beat,
    release,
)
"""Everything that writes; each is prepared, and then done."""
every_verb = pytest.mark.parametrize("prepare", VERBS, ids=lambda verb: verb.__name__)


@every_verb
async def test_a_verb_that_breaks_off_anywhere_has_changed_nothing_and_works_afterwards(
    target: Target, prepare: Callable[[Stores], Awaitable[Verb]]
) -> None:
    verb = await prepare(target.stores)
    before = await contents(target.database)

    moment = 0
    while await target.strike(moment, verb):
        assert await contents(target.database) == before
        moment += 1

    assert moment > 0
    assert await contents(target.database) != before


@every_verb
async def test_a_process_that_is_killed_anywhere_leaves_no_half_of_a_verb_in_its_file(
    tmp_path: Path, prepare: Callable[[Stores], Awaitable[Verb]]
) -> None:
    """What a kill leaves is what lies in the folder at that moment: the file, and the log of its writes."""
    killed: list[Path] = []

    def kill(_connection: object = None) -> None:
        killed.append(shutil.copytree(tmp_path / "live", tmp_path / str(len(killed))))

    async with opened(sqlite_url(tmp_path / "live" / FILE)) as database:
        verb = await prepare(stores_over(database))
        kill()
        with watched(database, kill):
            await verb()
        kill()

    before, *between, after = map(found_in, killed)
    assert between
    assert between == [before] * len(between)
    assert after != before


def found_in(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row that SQLite finds in a file when it is opened again."""
    with closing(sqlite3.connect(folder / FILE)) as shell:
        return {name: shell.execute(str(select(table))).fetchall() for name, table in metadata.tables.items()}
