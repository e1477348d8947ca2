"""The whole corpus against what the child does, without the child: the same bytes, the same verdict."""

import pytest

from bot.clips.look import look
from bot.clips.rules import verdict
from bot.errors import ClipRejected
from bot.model import ClipFacts
from tests.clips.corpus import Case, everything

ROUNDING_SECONDS = 0.001


def judged(clip: bytes) -> ClipFacts | ClipRejected:
    """What the bot would answer."""
    outcome = look(clip).outcome
    if isinstance(outcome, ClipRejected):
        return outcome
    try:
        return verdict(outcome, len(clip))
    except ClipRejected as rejected:
        return rejected


@pytest.mark.parametrize("case", everything(), ids=str)
def test_the_verdict_agrees_with_how_the_clip_was_made_and_can_be_read(case: Case) -> None:
    clip = case.make()

    answer = judged(clip)

    rule = answer.rule.value if isinstance(answer, ClipRejected) else None
    mendable = isinstance(answer, ClipRejected) and answer.mendable
    assert (rule, answer.kind, mendable) == (case.rule, case.kind, case.mendable)
    if case.seconds is not None:
        assert answer.seconds == pytest.approx(float(case.seconds), abs=ROUNDING_SECONDS)
    if isinstance(answer, ClipRejected):
        assert answer.found.isprintable()
        assert answer.accepted.isprintable()


def test_every_rule_about_one_file_has_a_case() -> None:
    rules = {case.rule for case in everything()}

    # The number of files is judged from the command, sizes before the first byte is read.
    assert rules == {
        None,
        "empty",
        "wrong_container",
        "no_video",
        "undecodable",
        "damaged",
        "too_short",
        "too_long",
        "too_complex",
    }
