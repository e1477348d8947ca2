"""What moderators type about somebody else's order, however long and whatever it is."""

from datetime import timedelta

import pytest

from cogs.failures import MalformedPayload
from cogs.forms import Filled
from cogs.reviews.forms import block_in, reason_in
from cogs.texts import reviews


@pytest.mark.parametrize("before", ["", "🦊" * 4000, "\u202e" * 10, " \n" * 50])
def test_a_reason_of_any_length_is_cut_to_what_the_form_takes(before: str) -> None:
    reason = reason_in(Filled({"reason": before + "x" * 4000}, {}))

    assert reason is not None
    assert len(reason) == reviews.REASON_UNITS
    assert "\u202e" not in reason


@pytest.mark.parametrize("text", ["", "   ", "\u202e\u200b", "\x00"])
def test_a_reason_of_nothing_is_none(text: str) -> None:
    assert reason_in(Filled({"reason": text}, {})) is None


def test_only_an_offered_time_is_taken() -> None:
    assert block_in(Filled({"for": "1d"}, {})) == (True, timedelta(days=1))
    assert block_in(Filled({"for": "good"}, {})) == (True, None)
    assert block_in(Filled({"for": "no"}, {})) == (False, None)
    for forged in ("-1", "10000000000d", "", "GOOD"):
        with pytest.raises(MalformedPayload):
            block_in(Filled({"for": forged}, {}))
