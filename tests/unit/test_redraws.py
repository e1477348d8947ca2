"""How often a card is redrawn."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import MessageRef
from cogs.delivery.redraws import LAST_REDRAW_AFTER, REDRAW_SECONDS, REDRAWS_AT_ONCE, Redraws, too_late
from tests.builders import NOON, a_job
from tests.fakes.clock import FixedClock

CARD, OTHER = MessageRef(1, 2), MessageRef(1, 3)


def draw_all(redraws: Redraws, card: MessageRef, now: datetime) -> None:
    for _ in range(REDRAWS_AT_ONCE):
        assert redraws.wait_seconds(card, now) == 0
        redraws.count(card, now)


def test_the_first_changes_of_a_card_show_at_once_and_then_one_every_15_seconds() -> None:
    redraws, clock = Redraws(), FixedClock()
    draw_all(redraws, CARD, NOON)

    for _ in range(3):
        assert redraws.wait_seconds(CARD, clock.now()) == pytest.approx(REDRAW_SECONDS)
        assert redraws.wait_seconds(CARD, clock.advance(10)) == pytest.approx(REDRAW_SECONDS - 10)
        assert redraws.wait_seconds(CARD, clock.advance(5)) == 0
        redraws.count(CARD, clock.now())


def test_one_card_does_not_hold_up_another() -> None:
    redraws = Redraws()
    draw_all(redraws, CARD, NOON)

    assert redraws.wait_seconds(OTHER, NOON) == 0


def test_a_quiet_card_has_its_first_changes_again() -> None:
    redraws = Redraws()
    draw_all(redraws, CARD, NOON)

    draw_all(redraws, CARD, NOON + timedelta(seconds=REDRAWS_AT_ONCE * REDRAW_SECONDS))


def test_quiet_cards_are_forgotten() -> None:
    redraws = Redraws()
    for number in range(100):
        redraws.count(MessageRef(1, number), NOON)

    redraws.count(CARD, NOON + timedelta(minutes=2))

    assert list(redraws._left) == [CARD]


def test_a_clock_put_back_stops_no_card() -> None:
    redraws = Redraws()
    draw_all(redraws, CARD, NOON)

    assert redraws.wait_seconds(CARD, NOON - timedelta(hours=1)) == 0


@given(st.lists(st.floats(0, 40), max_size=60))
def test_in_any_stretch_there_are_no_more_redraws_than_were_saved_up_and_came_in(waits: list[float]) -> None:
    redraws, clock, drawn = Redraws(), FixedClock(), list[datetime]()
    for wait_seconds in waits:
        now = clock.advance(wait_seconds)
        if redraws.wait_seconds(CARD, now) == 0:
            redraws.count(CARD, now)
            drawn.append(now)

    for first, start in enumerate(drawn):
        for last, end in enumerate(drawn[first:], first):
            allowed = REDRAWS_AT_ONCE + (end - start).total_seconds() / REDRAW_SECONDS
            assert last - first + 1 <= allowed + 0.001


def test_an_old_card_is_left_alone() -> None:
    job = a_job(created_at=NOON)

    assert not too_late(job, NOON + LAST_REDRAW_AFTER - timedelta(seconds=1))
    assert too_late(job, NOON + LAST_REDRAW_AFTER)
