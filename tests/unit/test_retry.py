"""What follows from each kind of trouble with the provider."""

import pytest

from bot.errors import NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.jobs import retry
from bot.jobs.retry import Again, Consequence, End, Hold, LoseTrack

NO_SPREAD = 0.0
PROVIDERS_WORD_ON_THE_CLIP = [
    Fault.LIKENESS,
    Fault.THIRD_PARTY,
    Fault.SEXUAL,
    Fault.VIOLENCE,
    Fault.HATE,
    Fault.SELF_HARM,
    Fault.ILLEGAL,
    Fault.CONTENT,
    Fault.CLIP_UNSUITABLE,
    Fault.REQUEST_INVALID,
]


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("tries", [0, 1, 9])
def test_a_submission_without_an_answer_is_never_repeated_by_machine(fault: Fault, tries: int) -> None:
    assert retry.after_submitting(Unanswered(fault), tries, NO_SPREAD) == LoseTrack()


@pytest.mark.parametrize("fault", list(Fault))
def test_an_upload_is_never_a_reason_to_lose_track(fault: Fault) -> None:
    for error in (NotSent(fault), Refused(fault), Unanswered(fault)):
        assert not isinstance(retry.after_handing_over(error, 0, NO_SPREAD), LoseTrack)


@pytest.mark.parametrize("fault", sorted(retry.HOLD_SECONDS))
def test_what_concerns_everybody_opens_the_circuit(fault: Fault) -> None:
    expected = Hold(retry.HOLD_SECONDS[fault])

    assert retry.after_submitting(Refused(fault), 7, NO_SPREAD) == expected
    assert retry.after_handing_over(Refused(fault), 7, NO_SPREAD) == expected


@pytest.mark.parametrize("fault", PROVIDERS_WORD_ON_THE_CLIP)
def test_a_refused_clip_or_text_ends_the_attempt(fault: Fault) -> None:
    assert retry.after_submitting(Refused(fault), 0, NO_SPREAD) == End()


def test_a_throttled_submission_waits_a_full_window_and_uses_up_no_try() -> None:
    assert retry.after_submitting(Refused(Fault.THROTTLED), 99, NO_SPREAD) == Again(10, counted=False)
    assert retry.after_submitting(Refused(Fault.THROTTLED), 0, 1.0) == Again(15, counted=False)


def test_a_provider_out_of_reach_is_waited_for_about_half_an_hour() -> None:
    waits = [
        retry.after_submitting(NotSent(Fault.UNREACHABLE), tries, NO_SPREAD)
        for tries in range(len(retry.BACKOFF_SECONDS) + 1)
    ]

    assert waits[-1] == End()
    assert sum(wait.after_seconds for wait in waits[:-1] if isinstance(wait, Again)) == pytest.approx(1880)


def test_an_address_the_provider_could_not_read_is_replaced_once() -> None:
    refused = Refused(Fault.SOURCE_UNREACHABLE)

    assert retry.after_submitting(refused, 0, NO_SPREAD) == Again(5, fresh_upload=True)
    assert retry.after_submitting(refused, 1, NO_SPREAD) == End()


@pytest.mark.parametrize("error_type", [NotSent, Refused, Unanswered])
def test_every_fault_has_a_consequence(error_type: type[ProviderError]) -> None:
    for fault in Fault:
        for tries in range(12):
            assert isinstance(retry.after_submitting(error_type(fault), tries, NO_SPREAD), Consequence)
            assert isinstance(retry.after_handing_over(error_type(fault), tries, NO_SPREAD), Consequence)


def test_no_trouble_is_repeated_without_end() -> None:
    uncounted = {Fault.THROTTLED, *retry.HOLD_SECONDS}
    for fault in set(Fault) - uncounted:
        for error in (NotSent(fault), Refused(fault)):
            assert retry.after_submitting(error, 20, NO_SPREAD) == End()
            assert retry.after_handing_over(error, 20, NO_SPREAD) == End()
