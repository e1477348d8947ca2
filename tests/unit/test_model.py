"""The states of an attempt and the moves between them."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fault import Fault
from bot.model import (
    FREE_STATES,
    MOVES,
    OPEN_STATES,
    RETRYABLE_STATES,
    Attempt,
    AttemptState,
    HandedOver,
    IllegalMoveError,
    Place,
    PlaceKind,
)
from tests.builders import NOON, a_job, an_attempt

S = AttemptState
ENDS = frozenset({S.SUCCEEDED, S.FAILED, S.CANCELLED, S.REJECTED})
paths = st.lists(st.sampled_from(S), max_size=20)


def reachable(start: AttemptState) -> set[AttemptState]:
    """Everything that some path leads to; `start` itself only if it leads back."""
    found: set[AttemptState] = set()
    ahead = set(MOVES[start])
    while ahead:
        state = ahead.pop()
        found.add(state)
        ahead |= MOVES[state] - found
    return found


def travelled(attempt: Attempt, path: list[AttemptState]) -> list[AttemptState]:
    """The states that a path leads through from `attempt` on; illegal steps are refused and left out."""
    states = [attempt.state]
    for state in path:
        try:
            attempt = attempt.move(state)
        except IllegalMoveError:
            continue
        states.append(attempt.state)
    return states


@given(st.sampled_from(sorted(ENDS)), paths)
def test_no_path_leads_out_of_an_end(end: AttemptState, path: list[AttemptState]) -> None:
    assert travelled(an_attempt(state=end), path) == [end]


@given(st.sampled_from([S.UNKNOWN, S.EXPIRED, S.WAITING, *ENDS]), paths)
def test_what_may_have_been_paid_for_is_never_submitted_again(
    start: AttemptState, path: list[AttemptState]
) -> None:
    assert S.SUBMITTING not in travelled(an_attempt(state=start), path)


@given(paths)
def test_before_a_second_submission_lies_an_outcome_of_the_first(path: list[AttemptState]) -> None:
    """Only what was surely not accepted comes back to the queue; nothing goes straight round."""
    states = travelled(an_attempt(), path)

    for earlier, later in pairwise(states):
        if later is S.SUBMITTING:
            assert earlier is S.HANDED_OVER


def test_an_unknown_outcome_can_only_turn_out_to_be_followed() -> None:
    assert MOVES[S.UNKNOWN] == {S.WAITING, S.SUCCEEDED}
    assert reachable(S.UNKNOWN) == {S.WAITING, S.SUCCEEDED, S.FAILED, S.EXPIRED, S.CANCELLED}


def test_every_state_is_reached_from_the_first_and_leads_to_an_end() -> None:
    assert reachable(S.RECEIVED) == set(S) - {S.RECEIVED}
    assert all(reachable(state) & ENDS for state in set(S) - ENDS)


def test_only_what_is_being_submitted_cannot_be_stopped_while_it_goes_on() -> None:
    assert {state for state in OPEN_STATES if S.CANCELLED not in MOVES[state]} == {S.SUBMITTING}


def test_the_sets_of_states_agree_with_each_other() -> None:
    assert not OPEN_STATES & RETRYABLE_STATES
    assert FREE_STATES < OPEN_STATES
    assert set(S) == OPEN_STATES | RETRYABLE_STATES | {S.SUCCEEDED, S.REJECTED}
    assert not ENDS & OPEN_STATES
    assert S.SUBMITTING not in FREE_STATES


@pytest.mark.parametrize("state", sorted(S))
def test_an_attempt_is_open_as_long_as_the_machine_may_act_on_it(state: AttemptState) -> None:
    assert an_attempt(state=state).is_open is (state in OPEN_STATES)


def test_a_move_starts_counting_tries_anew_unless_told_otherwise() -> None:
    attempt = an_attempt(state=S.QUEUED, tries=3, polls=2)

    assert attempt.move(S.HANDED_OVER) == an_attempt_like(attempt, state=S.HANDED_OVER, tries=0)
    assert attempt.move(S.HANDED_OVER, tries=3).tries == 3


def test_an_illegal_move_tells_who_wanted_to_go_where() -> None:
    attempt = an_attempt(state=S.SUCCEEDED)

    with pytest.raises(IllegalMoveError) as error:
        attempt.move(S.QUEUED)

    assert error.value.args == (attempt.attempt_id, S.SUCCEEDED, S.QUEUED)


def test_a_postponed_attempt_differs_in_what_was_said_and_nothing_else() -> None:
    attempt = an_attempt(state=S.WAITING, tries=3)
    later = NOON + timedelta(hours=1)

    assert attempt.postpone(later, polls=7) == an_attempt_like(attempt, due_at=later, polls=7)


def test_going_back_to_ones_own_state_is_a_postponement_and_to_another_a_move() -> None:
    later = NOON + timedelta(minutes=1)
    queued = an_attempt(state=S.QUEUED, tries=2)
    handed_over = an_attempt_like(queued, state=S.HANDED_OVER)

    stays = queued.back_to(S.QUEUED, later, fault=Fault.NO_CREDIT)
    returns = handed_over.back_to(S.QUEUED, later, fault=Fault.NO_CREDIT)

    assert stays == an_attempt_like(queued, due_at=later, fault=Fault.NO_CREDIT)
    assert returns == an_attempt_like(queued, due_at=later, fault=Fault.NO_CREDIT, tries=0)
    with pytest.raises(IllegalMoveError):
        an_attempt(state=S.UNKNOWN).back_to(S.QUEUED, later)


@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26))
def test_a_reference_is_the_random_end_of_the_id_in_two_groups_of_four(job_id: str) -> None:
    first, second = a_job(job_id=job_id).reference.split("-")

    assert (len(first), len(second)) == (4, 4)
    assert job_id.endswith(first + second)


def test_secrets_do_not_show_in_what_a_value_looks_like() -> None:
    job = a_job()
    attempt = an_attempt(job, callback_token="c" * 32, handed_over=HandedOver("https://files/secret", NOON))

    shown = repr((job, attempt))

    for secret in (job.order.ticket.token, job.order.attachment.url, "c" * 32, "https://files/secret"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("kind", "can"),
    [
        (PlaceKind.TEXT, True),
        (PlaceKind.ANNOUNCEMENT, True),
        (PlaceKind.THREAD, False),
        (PlaceKind.VOICE, False),
        (PlaceKind.DM, False),
    ],
)
def test_threads_start_in_text_and_announcement_channels_only(kind: PlaceKind, *, can: bool) -> None:
    assert Place(1, 2, kind).can_open_thread is can


def an_attempt_like(attempt: Attempt, **changes: object) -> Attempt:
    fields = {name: getattr(attempt, name) for name in Attempt.__slots__}
    return Attempt(**fields | changes)
