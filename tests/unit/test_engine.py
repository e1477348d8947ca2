"""Whole jobs, step by step on the machine, and what it does with a step that cannot be taken."""

import pytest

from bot.errors import Refused
from bot.fault import Fault
from bot.jobs.engine import PROVIDER_GONE, PROVIDER_WAIT
from bot.model import OPEN_STATES, Attempt, AttemptState, Person
from bot.notices import NoticeKind, NoticeState
from tests.builders import GUILD_ID, OWNER_ID, an_order
from tests.fakes.provider import Verb
from tests.unit.engine_rig import Rig, a_card

S = AttemptState
OWNER = Person(OWNER_ID, GUILD_ID)
GONE = "a-provider-of-last-year"


async def test_a_job_goes_from_the_command_to_the_id() -> None:
    rig = Rig()
    attempt = (await rig.desk.accept(an_order())).attempt
    await rig.desk.acknowledge(attempt.job_id, a_card())

    states = [(await rig.advance(attempt)).state for _ in range(4)]
    rig.provider.finish("task_0001")
    states.append((await rig.advance(attempt)).state)
    told = await rig.tell()

    assert states == [S.QUEUED, S.HANDED_OVER, S.WAITING, S.WAITING, S.SUCCEEDED]
    assert told == [NoticeKind.CARD, NoticeKind.THREAD, NoticeKind.RESULT]
    assert len(rig.provider.submissions) == 1


async def test_a_retry_takes_the_same_clip_and_uploads_it_afresh() -> None:
    rig = Rig()
    first = await rig.handed_over()
    rig.provider.fail(Verb.SUBMIT, Refused(Fault.LIKENESS))
    await rig.advance(first)

    second = await rig.desk.retry(first.job_id, 1, OWNER)
    for _ in range(2):
        await rig.advance(second)

    assert rig.stored(second).state is S.WAITING
    assert rig.stored(first).state is S.FAILED
    assert rig.provider.submissions[0].source_url == rig.provider.hand_overs[0].url
    assert rig.attachments.asked == []


async def test_an_attempt_whose_provider_was_taken_away_waits_for_it() -> None:
    rig = Rig()
    attempt = await rig.queued(provider=GONE, tries=2)

    waiting = await rig.advance(attempt)

    assert (waiting.state, waiting.tries) == (S.QUEUED, 2)
    assert rig.wait_seconds(attempt) == PROVIDER_WAIT.total_seconds()
    assert rig.pending(attempt) == []


@pytest.mark.parametrize("state", [S.QUEUED, S.HANDED_OVER, S.WAITING])
async def test_after_a_day_without_its_provider_an_attempt_expires(state: AttemptState) -> None:
    rig = Rig()
    attempt = await rig.in_state(state, provider=GONE)
    rig.clock.advance(PROVIDER_GONE.total_seconds())

    expired = await rig.advance(attempt)

    assert (expired.state, expired.fault) == (S.EXPIRED, Fault.WAITED_TOO_LONG)
    assert rig.pending(attempt) == [NoticeKind.CARD, NoticeKind.FAILURE]


async def test_what_was_being_submitted_to_a_provider_now_gone_is_told_as_unknown() -> None:
    rig = Rig()
    attempt = await rig.submitting(provider=GONE)

    assert (await rig.advance(attempt)).state is S.UNKNOWN


async def test_a_step_that_saved_and_then_broke_is_not_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    attempt = await rig.handed_over()

    def broken(*states: AttemptState | NoticeState) -> None:
        if S.WAITING in states:
            raise OSError("nobody listens")

    monkeypatch.setattr(rig.checkpoint, "_ring", broken)

    waiting = await rig.advance(attempt)

    assert (waiting.state, waiting.task_id) == (S.WAITING, "task_0001")
    assert len(rig.provider.submissions) == 1


async def test_every_step_rings_for_the_next_one() -> None:
    rig = Rig()
    attempt: Attempt = await rig.received()

    for _ in range(4):
        rig.rung.clear()
        await rig.advance(attempt)
        assert rig.rung.is_set()


async def test_a_step_wakes_only_those_who_go_on_with_it() -> None:
    rig = Rig()
    following, queue, outbox = (
        rig.bell.subscribe(state) for state in (S.WAITING, S.QUEUED, NoticeState.PENDING)
    )

    attempt = await rig.waiting()
    await rig.advance(attempt)
    assert [event.is_set() for event in (following, queue, outbox)] == [True, False, False]

    following.clear()
    rig.provider.finish("task_0001")
    await rig.advance(attempt)
    assert [event.is_set() for event in (following, queue, outbox)] == [False, False, True]


@pytest.mark.parametrize("state", sorted(set(S) - OPEN_STATES))
async def test_no_step_is_taken_on_what_has_ended(state: AttemptState) -> None:
    rig = Rig()
    attempt = await rig.in_state(state)

    await rig.engine.advance(attempt)

    assert rig.stored(attempt) == attempt
    assert rig.pending(attempt) == []
