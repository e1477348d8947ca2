"""A lost task that the operator found at the provider: attached once, to the right attempt, or not at all."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.errors import JobConflict, NotFound, Unanswered
from bot.fault import Fault
from bot.jobs.settling import NOT_CONFIGURED, Settling
from bot.model import Attempt, AttemptState
from bot.notices import NoticeKind
from bot.ports import Broke, Made, Running, TaskReport
from bot.privacy import NOBODY
from bot.refusals.settlements import (
    AttemptNotNamed,
    JobErased,
    NothingUnknown,
    ReferenceAmbiguous,
    SettlementRefused,
    TaskTaken,
    TaskUnchecked,
    TaskUnknown,
)
from tests.builders import PROVIDER, a_job, an_attempt
from tests.fakes.provider import Verb
from tests.fakes.records import MemoryJobRecords
from tests.unit.engine_rig import Rig

S = AttemptState
FOUND = "task_found"


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.provider.tasks[FOUND] = Running("waiting")
    return rig


@pytest.fixture
def settling(rig: Rig) -> Settling:
    return a_settling(rig, {PROVIDER})


def a_settling(rig: Rig, configured: set[str]) -> Settling:
    return Settling(
        jobs=rig.jobs,
        records=MemoryJobRecords(rig.world),
        providers=dict.fromkeys(configured, rig.provider),
        clock=rig.clock,
    )


async def tried_again(rig: Rig, first: Attempt, state: AttemptState) -> Attempt:
    second = an_attempt(rig.job_of(first), number=first.number + 1, state=state)
    await rig.jobs.open_attempt(second, daily_cap=100)
    return second


@pytest.mark.parametrize("name", [lambda job: job.job_id, lambda job: job.reference])
async def test_the_attempt_waits_for_that_task_and_is_due_at_once(
    rig: Rig, settling: Settling, name: Callable[..., str]
) -> None:
    attempt = await rig.ended(S.UNKNOWN, fault=Fault.OUTCOME_UNKNOWN)
    rig.clock.advance(3600)

    settled = await settling.settle(name(rig.job_of(attempt)), FOUND)

    stored = rig.stored(attempt)
    assert settled.attempt == stored
    assert (stored.state, stored.task_id, stored.due_at) == (S.WAITING, FOUND, rig.clock.now())
    assert (stored.fault, stored.ended_at) == (None, None)
    assert rig.pending(attempt) == [NoticeKind.CARD]


@pytest.mark.parametrize("report", [Running("generating"), Made("char_1"), Broke(Fault.LIKENESS)])
async def test_it_tells_how_the_task_stands_and_leaves_the_rest_to_the_machine(
    rig: Rig, settling: Settling, report: TaskReport
) -> None:
    attempt = await rig.ended(S.UNKNOWN)
    rig.provider.tasks[FOUND] = report

    settled = await settling.settle(attempt.job_id, FOUND)

    assert settled.report == report
    assert rig.stored(attempt).state is S.WAITING
    assert rig.world.characters == {}


async def test_the_machine_then_finds_the_character(rig: Rig, settling: Settling) -> None:
    attempt = await rig.ended(S.UNKNOWN)
    rig.provider.finish(FOUND, Made("char_after_all"))

    await settling.settle(attempt.job_id, FOUND)
    done = await rig.advance(attempt)

    assert done.state is S.SUCCEEDED
    assert [made.provider_character_id for made in rig.world.characters.values()] == ["char_after_all"]
    assert rig.provider.submissions == []


async def refused(rig: Rig, settling: Settling, attempt: Attempt, **more: int) -> SettlementRefused:
    """Why it was refused; nothing has changed."""
    before = dict(rig.world.attempts)
    with pytest.raises(SettlementRefused) as refusal:
        await settling.settle(attempt.job_id, FOUND, **more)
    assert rig.world.attempts == before
    return refusal.value


@pytest.mark.parametrize("state", [state for state in S if state is not S.UNKNOWN])
async def test_an_attempt_that_is_not_unknown_keeps_what_it_has(
    rig: Rig, settling: Settling, state: AttemptState
) -> None:
    attempt = await rig.in_state(state)

    refusal = await refused(rig, settling, attempt)

    assert isinstance(refusal, NothingUnknown)
    assert refusal.states == {1: state}
    assert rig.provider.looks == []


async def test_nobodys_job_gets_no_character(rig: Rig, settling: Settling) -> None:
    attempt = await rig.ended(S.UNKNOWN)
    job = rig.job_of(attempt)
    rig.world.jobs[job.job_id] = replace(job, order=replace(job.order, owner_id=NOBODY))

    refusal = await refused(rig, settling, attempt)

    assert isinstance(refusal, JobErased)
    assert rig.provider.looks == []


async def test_a_task_of_another_attempt_stays_where_it_is(rig: Rig, settling: Settling) -> None:
    holder = await rig.waiting(task_id=FOUND)
    attempt = await rig.ended(S.UNKNOWN)

    refusal = await refused(rig, settling, attempt)

    assert isinstance(refusal, TaskTaken)
    assert (refusal.job_id, refusal.number) == (holder.job_id, 1)


async def test_a_task_that_another_attempt_gets_meanwhile_is_refused_as_well(
    rig: Rig, settling: Settling
) -> None:
    attempt, other = await rig.ended(S.UNKNOWN), await rig.submitting()
    rig.jobs.before_save.append(lambda: rig._save(other.move(S.WAITING, task_id=FOUND)))

    with pytest.raises(TaskTaken):
        await settling.settle(attempt.job_id, FOUND)

    assert rig.stored(attempt).state is S.UNKNOWN


async def test_a_task_that_the_provider_does_not_know_is_a_typing_error(rig: Rig, settling: Settling) -> None:
    attempt = await rig.ended(S.UNKNOWN)
    del rig.provider.tasks[FOUND]

    assert isinstance(await refused(rig, settling, attempt), TaskUnknown)


async def test_a_provider_that_cannot_be_asked_settles_nothing(rig: Rig, settling: Settling) -> None:
    attempt = await rig.ended(S.UNKNOWN)
    rig.provider.fail(Verb.LOOK_UP, Unanswered(Fault.UNREACHABLE))

    refusal = await refused(rig, settling, attempt)

    assert isinstance(refusal, TaskUnchecked)
    assert refusal.cause == Fault.UNREACHABLE


async def test_a_provider_that_is_not_configured_any_more_settles_nothing(rig: Rig) -> None:
    attempt = await rig.ended(S.UNKNOWN)

    refusal = await refused(rig, a_settling(rig, {"another"}), attempt)

    assert isinstance(refusal, TaskUnchecked)
    assert refusal.cause == NOT_CONFIGURED


async def test_of_two_unknown_attempts_one_has_to_be_named(rig: Rig, settling: Settling) -> None:
    first = await rig.ended(S.UNKNOWN)
    second = await tried_again(rig, first, S.UNKNOWN)

    refusal = await refused(rig, settling, first)
    assert isinstance(refusal, AttemptNotNamed)
    assert refusal.numbers == (1, 2)

    settled = await settling.settle(first.job_id, FOUND, 2)
    assert settled.attempt.attempt_id == second.attempt_id
    assert rig.stored(first).state is S.UNKNOWN


async def test_an_earlier_attempt_can_be_settled_while_a_later_one_runs(rig: Rig, settling: Settling) -> None:
    first = await rig.ended(S.UNKNOWN)
    second = await tried_again(rig, first, S.QUEUED)

    await settling.settle(first.job_id, FOUND)

    assert (rig.stored(first).state, rig.stored(second)) == (S.WAITING, second)


async def test_a_number_that_is_not_unknown_is_refused_with_all_states(rig: Rig, settling: Settling) -> None:
    first = await rig.ended(S.UNKNOWN)
    await tried_again(rig, first, S.FAILED)

    refusal = await refused(rig, settling, first, number=2)

    assert isinstance(refusal, NothingUnknown)
    assert refusal.states == {1: S.UNKNOWN, 2: S.FAILED}


async def test_a_callback_that_comes_first_wins(rig: Rig, settling: Settling) -> None:
    attempt = await rig.ended(S.UNKNOWN)
    by_callback = rig.stored(attempt).move(S.WAITING, task_id="task_by_callback")
    rig.jobs.before_save.append(lambda: rig._save(by_callback))

    with pytest.raises(JobConflict):
        await settling.settle(attempt.job_id, FOUND)

    assert rig.stored(attempt).task_id == "task_by_callback"


async def test_a_name_of_no_job_and_a_name_of_two_are_told_apart(rig: Rig, settling: Settling) -> None:
    for job_id in ("01K9ZZZZZZZZZZZZZZ7F3A21QX", "01K8ZZZZZZZZZZZZZZ7F3A21QX"):
        job = a_job(job_id=job_id)
        await rig.jobs.accept(job, an_attempt(job), daily_cap=10)

    with pytest.raises(NotFound):
        await settling.settle("0000-0000", FOUND)
    with pytest.raises(ReferenceAmbiguous) as refusal:
        await settling.settle("7F3A-21QX", FOUND)
    assert len(refusal.value.job_ids) == 2
