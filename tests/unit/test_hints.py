"""A callback is a hint: it makes us look, and settles what was lost; it never brings a result."""

from datetime import timedelta

import pytest

from bot.fault import Fault
from bot.jobs.hints import HintOutcome, Hints
from bot.jobs.runner import LEASE_SECONDS
from bot.model import Attempt, AttemptState
from bot.notices import NoticeKind
from bot.ports import Broke, Delivered, Made
from tests.unit.engine_rig import Rig

S = AttemptState
F = NoticeKind.FAILURE
ENDED = [S.SUCCEEDED, S.FAILED, S.CANCELLED, S.REJECTED]


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def hints(rig: Rig) -> Hints:
    return Hints(rig.jobs, rig.checkpoint, rig.clock)


async def hinted(
    hints: Hints, attempt: Attempt, task_id: str = "task_0001", *, signed: bool = True
) -> HintOutcome:
    return await hints.take(attempt.callback_token, task_id, signed=signed)


@pytest.mark.parametrize("signed", [True, False])
async def test_a_hint_makes_a_waiting_task_the_next_to_be_looked_at(
    rig: Rig, hints: Hints, signed: bool
) -> None:
    now = rig.clock.now()
    for number in range(20):
        await rig.waiting(task_id=f"task_overdue_{number}", due_at=now - timedelta(hours=1 + number))
    attempt = await rig.waiting(due_at=now.replace(year=2027))

    assert await hinted(hints, attempt, signed=signed) is HintOutcome.LOOKED_AT_SOON
    assert rig.stored(attempt).state is S.WAITING
    (first,) = await rig.jobs.claim([S.WAITING], now, LEASE_SECONDS, 1)
    assert first.attempt_id == attempt.attempt_id


async def test_the_result_comes_from_the_look_and_not_from_the_hint(rig: Rig, hints: Hints) -> None:
    attempt = await rig.waiting()
    rig.provider.finish("task_0001", Made("char_from_record"))

    await hinted(hints, attempt)
    assert rig.stored(attempt).state is S.WAITING

    done = await rig.advance(attempt)
    assert done.state is S.SUCCEEDED
    assert [made.provider_character_id for made in rig.world.characters.values()] == ["char_from_record"]


@pytest.mark.parametrize("state", [S.SUBMITTING, S.UNKNOWN])
async def test_a_signed_hint_brings_the_task_id_whose_answer_was_lost(
    rig: Rig, hints: Hints, state: AttemptState
) -> None:
    attempt = await rig.in_state(state)

    assert await hinted(hints, attempt, "task_found") is HintOutcome.SETTLED
    found = rig.stored(attempt)
    assert (found.state, found.task_id, found.fault, found.ended_at) == (S.WAITING, "task_found", None, None)


@pytest.mark.parametrize("state", [S.SUBMITTING, S.UNKNOWN])
async def test_an_unsigned_hint_settles_nothing(rig: Rig, hints: Hints, state: AttemptState) -> None:
    attempt = await rig.in_state(state)

    assert await hinted(hints, attempt, "task_forged", signed=False) is HintOutcome.NOTHING_NEW
    assert rig.stored(attempt).state is state


async def test_an_early_hint_and_the_late_answer_to_our_own_call_make_one_task(
    rig: Rig, hints: Hints
) -> None:
    attempt = await rig.handed_over()
    taken: list[HintOutcome] = []

    async def call_back_first() -> None:
        task_id = next(iter(rig.provider.tasks))
        taken.append(await hinted(hints, attempt, task_id))

    rig.jobs.before_save.append(call_back_first)
    waiting = await rig.advance(attempt)

    assert taken == [HintOutcome.SETTLED]
    assert (waiting.state, waiting.task_id) == (S.WAITING, next(iter(rig.provider.tasks)))
    assert len(rig.provider.submissions) == 1


async def test_a_hint_for_another_task_than_ours_changes_nothing(rig: Rig, hints: Hints) -> None:
    attempt = await rig.waiting()
    before = rig.stored(attempt)

    assert await hinted(hints, attempt, "task_of_somebody") is HintOutcome.CONTRADICTS
    assert rig.stored(attempt) == before


@pytest.mark.parametrize("state", ENDED)
async def test_a_hint_for_what_has_ended_changes_nothing(rig: Rig, hints: Hints, state: AttemptState) -> None:
    attempt = await rig.in_state(state)
    before = rig.stored(attempt)

    await hinted(hints, attempt, before.task_id or "task_0001")

    assert rig.stored(attempt) == before


async def test_a_task_that_was_given_up_is_followed_again_when_it_ends_after_all(
    rig: Rig, hints: Hints
) -> None:
    attempt = await rig.ended(S.EXPIRED)

    assert await hinted(hints, attempt) is HintOutcome.SETTLED
    assert (rig.stored(attempt).state, rig.stored(attempt).fault) == (S.WAITING, None)


async def test_what_fails_after_it_was_found_again_is_told_although_its_loss_was_not(
    rig: Rig, hints: Hints
) -> None:
    attempt = await rig.handed_over()
    rig.provider.lose_answer()
    await rig.advance(attempt)
    await hinted(hints, attempt)
    unsaid = next(notice for notice in rig.world.announcements.values() if notice.kind is F)
    await rig.announcements.mark_delivered(unsaid, Delivered(), rig.clock.now())

    rig.provider.finish("task_0001", Broke(Fault.CONTENT))
    await rig.advance(attempt)

    assert F in await rig.tell()


async def test_the_same_hint_twice_is_the_same_hint(rig: Rig, hints: Hints) -> None:
    attempt = await rig.ended(S.UNKNOWN)

    assert [await hinted(hints, attempt) for _ in range(3)] == [
        HintOutcome.SETTLED,
        HintOutcome.LOOKED_AT_SOON,
        HintOutcome.LOOKED_AT_SOON,
    ]
    assert rig.stored(attempt).fault is not Fault.OUTCOME_UNKNOWN


async def test_nobodys_token_is_nobodys(hints: Hints) -> None:
    assert not await hints.is_expected("0" * 32)
    assert await hints.take("0" * 32, "task_0001", signed=True) is HintOutcome.NOBODYS
