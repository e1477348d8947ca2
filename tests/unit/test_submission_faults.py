"""What becomes of an attempt for each fault that the provider may answer with."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import LogCapture, capture_logs

from bot.errors import NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.jobs import retry
from bot.model import Attempt, AttemptState, Circuit, Person
from bot.notices import NoticeKind
from bot.ports import Made, Submission
from tests.assembly import MIDDLE
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER
from tests.fakes.provider import FakeProvider, Verb
from tests.unit.engine_rig import LEASE_SECONDS, Rig

S = AttemptState
LIMIT_SECONDS = 20.0
CARD, FAILURE = NoticeKind.CARD, NoticeKind.FAILURE
SPREAD = retry.SPREAD_SECONDS * MIDDLE
ENDS = sorted(
    set(Fault)
    - set(retry.HOLD_SECONDS)
    - {Fault.THROTTLED, Fault.SOURCE_UNREACHABLE, Fault.PROVIDER_TROUBLE, Fault.UNEXPLAINED}
)
"""Refusals that no repetition changes."""


@pytest.mark.parametrize("fault", sorted(retry.HOLD_SECONDS))
async def test_what_concerns_the_account_or_the_model_stops_the_queue_and_fails_nobody(fault: Fault) -> None:
    rig = Rig()
    attempt = await rig.handed_over(resubmissions=2)
    rig.provider.fail(Verb.SUBMIT, Refused(fault, code="402", text="no"))

    back = await rig.advance(attempt)

    assert (back.state, back.fault, back.handed_over) == (S.QUEUED, fault, None)
    assert (back.tries, back.resubmissions) == (0, 2)
    assert rig.wait_seconds(attempt) == retry.HOLD_SECONDS[fault]
    assert await rig.circuits.get(PROVIDER) == Circuit(PROVIDER, fault, NOON, back.due_at)
    assert rig.pending(attempt) == [CARD]


async def test_the_others_in_the_queue_learn_what_they_wait_for() -> None:
    rig = Rig()
    attempt, other, elsewhere = await rig.handed_over(), await rig.queued(), await rig.waiting()
    for queued in (other, elsewhere):
        rig.world.announce(queued.job_id, 0, [CARD], NOON)
    await rig.tell()
    rig.provider.fail(Verb.SUBMIT, Refused(Fault.NO_CREDIT))

    await rig.advance(attempt)

    assert rig.stored(other).fault is Fault.NO_CREDIT
    assert rig.pending(other) == [CARD]
    assert rig.stored(elsewhere).fault is None
    assert rig.pending(elsewhere) == []


@pytest.mark.parametrize("fault", sorted(retry.HOLD_SECONDS))
async def test_an_upload_that_is_refused_for_everybody_stops_the_queue_too(fault: Fault) -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.provider.fail(Verb.HAND_OVER, Refused(fault))

    back = await rig.advance(attempt)

    assert (back.state, back.fault) == (S.QUEUED, fault)
    circuit = await rig.circuits.get(PROVIDER)
    assert circuit is not None
    assert circuit.fault is fault


async def test_the_queue_is_stopped_even_if_the_attempt_that_met_the_refusal_was_cancelled_meanwhile() -> (
    None
):
    rig = Rig()
    attempt = await rig.queued()
    rig.provider.fail(Verb.HAND_OVER, Refused(Fault.NO_CREDIT))
    rig.jobs.before_save.append(lambda: rig.desk.cancel(attempt.job_id, Person(OWNER_ID, GUILD_ID)))

    ended = await rig.advance(attempt)

    assert ended.state is S.CANCELLED
    assert await rig.circuits.get(PROVIDER) is not None


async def test_the_operator_is_told_once_however_many_run_into_it(log: LogCapture) -> None:
    rig = Rig()
    attempts = [await rig.handed_over() for _ in range(3)]
    rig.provider.fail(Verb.SUBMIT, Refused(Fault.NO_CREDIT), times=3)

    for attempt in attempts:
        await rig.advance(attempt)

    opened = [entry for entry in log.entries if entry["event"] == "circuit_opened"]
    assert [(entry["log_level"], entry["fault"]) for entry in opened] == [("error", Fault.NO_CREDIT)]


@pytest.mark.parametrize("fault", ENDS)
async def test_a_refusal_that_no_repetition_changes_ends_the_attempt(fault: Fault) -> None:
    rig = Rig()
    attempt = await rig.handed_over()
    rig.provider.fail(Verb.SUBMIT, Refused(fault, code="422", text="their own words"))

    failed = await rig.advance(attempt)

    assert (failed.state, failed.fault, failed.ended_at) == (S.FAILED, fault, NOON)
    assert (failed.provider_code, failed.provider_text) == ("422", "their own words")
    assert rig.pending(attempt) == [CARD, FAILURE]
    assert await rig.circuits.get(PROVIDER) is None


async def test_a_throttled_submission_waits_its_turn_with_the_same_upload() -> None:
    rig = Rig()
    attempt = await rig.handed_over(resubmissions=1)
    rig.provider.fail(Verb.SUBMIT, Refused(Fault.THROTTLED), times=20)

    for _ in range(20):
        back = await rig.advance(attempt)
        assert (back.state, back.resubmissions) == (S.HANDED_OVER, 1)
        assert back.handed_over == attempt.handed_over
        rig.clock.advance(rig.wait_seconds(attempt))

    assert (await rig.advance(attempt)).state is S.WAITING
    assert (rig.clock.now() - NOON).total_seconds() == 20 * (retry.THROTTLE_SECONDS + SPREAD)


@pytest.mark.parametrize("fault", [Fault.PROVIDER_TROUBLE, Fault.UNEXPLAINED])
async def test_a_refusal_without_a_reason_is_repeated_twice(fault: Fault) -> None:
    rig = Rig()
    attempt = await rig.handed_over()
    rig.provider.fail(Verb.SUBMIT, Refused(fault), times=9)

    waits = await waits_until_the_end(rig, attempt.attempt_id)

    assert waits == [5 + SPREAD, 15 + SPREAD]
    assert rig.stored(attempt).state is S.FAILED
    assert rig.provider.hand_overs == []


async def test_a_submission_that_never_left_is_repeated_for_half_an_hour() -> None:
    rig = Rig()
    attempt = await rig.handed_over()
    rig.provider.fail(Verb.SUBMIT, NotSent(Fault.UNREACHABLE), times=99)

    waits = await waits_until_the_end(rig, attempt.attempt_id)

    assert waits == [seconds + SPREAD for seconds in retry.BACKOFF_SECONDS]
    assert (rig.stored(attempt).state, rig.stored(attempt).fault) == (S.FAILED, Fault.UNREACHABLE)


async def test_an_address_the_provider_could_not_read_is_replaced_once_and_no_more() -> None:
    rig = Rig()
    attempt = await rig.handed_over()
    rig.provider.fail(Verb.SUBMIT, Refused(Fault.SOURCE_UNREACHABLE), times=99)

    await waits_until_the_end(rig, attempt.attempt_id)

    assert (rig.stored(attempt).state, rig.stored(attempt).fault) == (S.FAILED, Fault.SOURCE_UNREACHABLE)
    assert len(rig.provider.hand_overs) == 1


async def test_a_replaced_address_that_works_is_submitted() -> None:
    rig = Rig()
    attempt = await rig.handed_over()
    rig.provider.fail(Verb.SUBMIT, Refused(Fault.SOURCE_UNREACHABLE))

    states = [(await rig.advance(attempt)).state for _ in range(3)]

    assert states == [S.QUEUED, S.HANDED_OVER, S.WAITING]
    assert rig.provider.submissions[0].source_url == rig.provider.hand_overs[0].url


@pytest.mark.parametrize("error_type", [NotSent, Refused, Unanswered])
async def test_an_upload_that_fails_is_repeated_and_costs_nothing(error_type: type[ProviderError]) -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.provider.fail(Verb.HAND_OVER, error_type(Fault.PROVIDER_TROUBLE))

    back = await rig.advance(attempt)

    assert (back.state, back.tries) == (S.QUEUED, 1)
    assert rig.wait_seconds(attempt) == 5 + SPREAD
    assert (await rig.advance(attempt)).state is S.HANDED_OVER


async def test_repeated_uploads_leave_the_submission_all_its_repeats() -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.provider.fail(Verb.HAND_OVER, Unanswered(Fault.UNREACHABLE), times=retry.UPLOAD_TRIES)
    rig.provider.fail(Verb.SUBMIT, Refused(Fault.PROVIDER_TROUBLE), times=retry.TROUBLE_TRIES)

    for _ in range(retry.UPLOAD_TRIES + 1):
        handed_over = await rig.advance(attempt)
    assert (handed_over.state, handed_over.tries) == (S.HANDED_OVER, 0)
    for _ in range(retry.TROUBLE_TRIES):
        again = await rig.advance(attempt)
        rig.clock.advance(rig.wait_seconds(attempt))

    assert (again.state, again.resubmissions) == (S.HANDED_OVER, retry.TROUBLE_TRIES)
    assert (await rig.advance(attempt)).state is S.WAITING


async def test_a_repeated_submission_leaves_the_next_upload_all_its_repeats() -> None:
    rig = Rig()
    attempt = await rig.handed_over()
    rig.provider.fail(Verb.SUBMIT, Refused(Fault.SOURCE_UNREACHABLE), times=2)
    rig.provider.fail(Verb.HAND_OVER, Unanswered(Fault.UNREACHABLE), times=retry.UPLOAD_TRIES)

    await rig.advance(attempt)
    tries = [(await rig.advance(attempt)).tries for _ in range(retry.UPLOAD_TRIES)]
    replaced = await rig.advance(attempt)

    assert tries == list(range(1, retry.UPLOAD_TRIES + 1))
    assert (replaced.state, replaced.tries, replaced.resubmissions) == (S.HANDED_OVER, 0, 1)
    assert (await rig.advance(attempt)).fault is Fault.SOURCE_UNREACHABLE


async def test_an_upload_that_never_works_ends_the_attempt() -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.provider.fail(Verb.HAND_OVER, Unanswered(Fault.UNREACHABLE, code="502"), times=99)

    waits = await waits_until_the_end(rig, attempt.attempt_id)

    assert len(waits) == retry.UPLOAD_TRIES
    failed = rig.stored(attempt)
    assert (failed.state, failed.fault, failed.provider_code) == (S.FAILED, Fault.UNREACHABLE, "502")


async def test_an_unexpected_error_while_uploading_ends_as_our_fault_after_a_few_times() -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.provider.fail(Verb.HAND_OVER, ZeroDivisionError(), times=99)

    waits = await waits_until_the_end(rig, attempt.attempt_id)

    assert waits == [30, 60, 90, 120]
    assert (rig.stored(attempt).state, rig.stored(attempt).fault) == (S.FAILED, Fault.INTERNAL)
    assert rig.pending(attempt) == [CARD, FAILURE]


async def waits_until_the_end(rig: Rig, attempt_id: str) -> list[float]:
    """Takes steps, each when it is due, until the attempt ends; the waits that were not 0."""
    waits: list[float] = []
    for _ in range(40):
        attempt = rig.world.attempts[attempt_id]
        if not attempt.is_open:
            return waits
        wait_seconds = max(0.0, rig.wait_seconds(attempt))
        rig.clock.advance(wait_seconds)
        waits += [wait_seconds] if wait_seconds else []
        await rig.advance(attempt)
    raise AssertionError(f"still {rig.world.attempts[attempt_id]}")


class AskedProvider(FakeProvider):
    """Says when it is being asked to submit, and answers when it is let."""

    def __init__(self) -> None:
        super().__init__(PROVIDER)
        self.asked = asyncio.Event()
        self.answer = self.hold(Verb.SUBMIT)

    async def submit(self, submission: Submission) -> str | Made:
        self.asked.set()
        return await super().submit(submission)


async def submitting_while(rig: Rig, meanwhile: Callable[[Attempt], Awaitable[object]]) -> Attempt:
    """A submission answered after its process was taken for dead; the attempt as it is stored then."""
    provider = rig.provider
    assert isinstance(provider, AskedProvider)
    step = asyncio.create_task(rig.advance(await rig.handed_over()))
    await asyncio.wait_for(provider.asked.wait(), LIMIT_SECONDS)
    await rig.heartbeat.recover()
    (found,) = await rig.jobs.claim([S.SUBMITTING], rig.clock.now(), LEASE_SECONDS, 1)
    await meanwhile(found)
    provider.answer.set()
    return await step


async def test_a_task_whose_process_was_taken_for_dead_is_followed_after_all() -> None:
    rig = Rig(provider=AskedProvider())
    other_process = Rig(world=rig.world)

    stored = await submitting_while(rig, other_process.engine.advance)

    assert (stored.state, stored.task_id) == (S.WAITING, "task_0001")
    assert (stored.fault, stored.ended_at) == (None, None)
    assert FAILURE in rig.pending(stored), "it had been given up"
    assert len(rig.provider.submissions) == 1


async def found_again(rig: Rig) -> asyncio.Task[None]:
    """The attempt in hand is claimed once more, by a clock that has been put forward."""
    rig.clock.advance(3600)
    (found,) = await rig.jobs.claim([S.SUBMITTING, S.WAITING], rig.clock.now(), LEASE_SECONDS, 1)
    advancing = asyncio.create_task(rig.engine.advance(found))
    await asyncio.sleep(0)
    return advancing


async def test_a_clock_put_forward_gives_up_no_submission_that_goes_on() -> None:
    """Its lease has lapsed then, and so it is found by the process that takes the step."""
    provider = AskedProvider()
    rig = Rig(provider=provider)
    attempt = await rig.handed_over()
    with capture_logs() as logs:
        step = asyncio.create_task(rig.advance(attempt))
        await provider.asked.wait()
        again = await found_again(rig)
        provider.answer.set()
        stored = await step
        await again

    assert (stored.state, stored.task_id) == (S.WAITING, "task_0001")
    assert rig.stored(attempt) == stored
    assert FAILURE not in rig.pending(stored)
    assert [one["event"] for one in logs if one["log_level"] != "info"] == [
        "still_in_hand",
        "answer_stored_late",
    ]
    assert len(rig.provider.submissions) == 1


async def test_a_submission_that_ends_without_an_answer_after_such_a_jump_is_given_up_then() -> None:
    provider = AskedProvider()
    rig = Rig(provider=provider)
    provider.lose_answer()
    attempt = await rig.handed_over()
    step = asyncio.create_task(rig.advance(attempt))
    await provider.asked.wait()

    again = await found_again(rig)
    provider.answer.set()
    await asyncio.gather(step, again)

    assert rig.stored(attempt).state is S.UNKNOWN
    assert len(rig.provider.submissions) == 1


async def test_a_look_that_loses_its_lease_to_such_a_jump_is_made_once_more_at_once() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    answer = rig.provider.hold(Verb.LOOK_UP)
    step = asyncio.create_task(rig.advance(attempt))
    await asyncio.sleep(0)

    again = await found_again(rig)
    rig.provider.finish("task_0001")
    answer.set()
    await asyncio.gather(step, again)

    assert rig.stored(attempt).state is S.SUCCEEDED


async def test_a_task_that_is_answered_before_anybody_gives_it_up_is_followed() -> None:
    rig = Rig(provider=AskedProvider())

    async def nothing(_found: Attempt) -> None: ...

    stored = await submitting_while(rig, nothing)

    assert (stored.state, stored.task_id) == (S.WAITING, "task_0001")


async def test_a_task_that_a_callback_has_settled_meanwhile_stays_as_it_is() -> None:
    rig = Rig(provider=AskedProvider())

    async def settle(found: Attempt) -> None:
        await rig.jobs.save(found.move(S.WAITING, task_id="task_0001", polls=3), now=NOON)

    stored = await submitting_while(rig, settle)

    assert (stored.state, stored.task_id, stored.polls) == (S.WAITING, "task_0001", 3)
