"""What members state about their clips: kept when a clip is accepted, and never changed afterwards."""

from dataclasses import replace
from datetime import timedelta

from bot.model import Attempt, AttemptState, Job, Place, PlaceKind, Subject
from bot.moderation.statements import Statement
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_clip, a_job
from tests.contract.stores import Stores, an_accepted_job

S = AttemptState
LATER = NOON + timedelta(hours=1)
ELSEWHERE = Place(GUILD_ID + 1, 5, PlaceKind.TEXT)


async def stated(stores: Stores, subject: Subject, **changes: object) -> tuple[Job, Attempt]:
    """A job whose clip was accepted after noon, by somebody who had ordered before."""
    job, attempt = await an_accepted_job(stores, a_job(subject=subject, **changes))
    return job, await stores.jobs.save(attempt.move(S.QUEUED), now=LATER, clip=a_clip())


def statement_about(job: Job) -> Statement:
    order = job.order
    sha256 = a_clip().stored.sha256
    return Statement(job.job_id, order.place.guild_id, order.owner_id, order.subject, sha256, job.created_at)


async def test_it_is_kept_with_the_clip_that_is_accepted_and_not_before(stores: Stores) -> None:
    waiting, _ = await an_accepted_job(stores)
    job, _ = await stated(stores, Subject.PERSON_WITH_PERMISSION)

    assert await stores.statements.of_job(job.job_id) == statement_about(job)
    assert await stores.statements.of_job(waiting.job_id) is None
    assert await stores.statements.of_job("nobody's") is None


async def test_a_clip_that_is_set_again_changes_nothing_of_it(stores: Stores) -> None:
    job, attempt = await stated(stores, Subject.ME)
    other = replace(a_clip(), stored=replace(a_clip().stored, sha256="f" * 64))

    await stores.jobs.save(attempt.postpone(LATER), now=LATER, clip=other)

    assert await stores.statements.of_job(job.job_id) == statement_about(job)


async def test_a_forgotten_job_leaves_its_statement(stores: Stores) -> None:
    job, _ = await stated(stores, Subject.ME)

    await stores.jobs.forget(job.job_id)

    assert await stores.statements.of_job(job.job_id) == statement_about(job)


async def test_they_are_counted_by_member_and_server(stores: Stores) -> None:
    for subject in (Subject.ME, Subject.ME, Subject.FICTIONAL):
        await stated(stores, subject)
    await stated(stores, Subject.ANIMAL_OR_OBJECT, owner_id=OWNER_ID + 1)
    await stated(stores, Subject.ANIMAL_OR_OBJECT, place=ELSEWHERE)

    assert await stores.statements.counts(GUILD_ID, OWNER_ID) == {Subject.ME: 2, Subject.FICTIONAL: 1}
    assert await stores.statements.counts(GUILD_ID, OWNER_ID + 2) == {}


async def test_those_of_a_server_come_page_by_page_oldest_first(stores: Stores) -> None:
    later, _ = await stated(stores, Subject.ME, created_at=LATER)
    first, _ = await stated(stores, Subject.FICTIONAL)
    await stated(stores, Subject.ME, place=ELSEWHERE)

    found = await stores.statements.of_server(GUILD_ID, None, limit=9, offset=0)

    assert found == [statement_about(first), statement_about(later)]
    assert await stores.statements.of_server(GUILD_ID, None, limit=1, offset=1) == found[1:]
    assert await stores.statements.of_server(GUILD_ID, LATER, limit=9, offset=0) == found[1:]
