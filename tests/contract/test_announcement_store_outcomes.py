"""The outcome of an attempt and the card: which goes first, and what is drawn last."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import AttemptState, MessageRef
from bot.notices import Announcement, NoticeKind
from bot.ports import Delivered
from tests.builders import NOON
from tests.contract.stores import PLENTY, Stores, a_queued_attempt, attempt_of
from tests.contract.test_announcement_store import announced, claim, kinds_of, the_only

CARD, RESULT, FAILURE = NoticeKind.CARD, NoticeKind.RESULT, NoticeKind.FAILURE
SECOND = timedelta(seconds=1)
MESSAGE = MessageRef(2**62, 2**62 + 1)


async def told(stores: Stores) -> Announcement:
    """What is told next, and then marked."""
    notice = await the_only(stores)
    await stores.announcements.mark_delivered(notice, Delivered(MESSAGE), NOON)
    return notice


@pytest.mark.parametrize("kind", [RESULT, FAILURE])
async def test_the_outcome_goes_before_the_card_that_comes_due_with_it(
    stores: Stores, kind: NoticeKind
) -> None:
    attempt = await announced(stores, CARD, now=NOON - SECOND)
    await stores.jobs.save(await attempt_of(stores, attempt), now=NOON, notices=(CARD, kind))

    outcome = await the_only(stores)
    assert outcome.kind is kind
    await stores.announcements.mark_delivered(outcome, Delivered(MESSAGE), NOON)
    assert (await the_only(stores)).kind is CARD


@pytest.mark.parametrize("kind", [RESULT, FAILURE])
async def test_an_outcome_that_was_put_on_the_card_is_not_drawn_over(
    stores: Stores, kind: NoticeKind
) -> None:
    attempt = await announced(stores, CARD, kind)
    on_card = Delivered(MESSAGE, card=MESSAGE)

    await stores.announcements.mark_delivered(await the_only(stores), on_card, NOON)

    assert await claim(stores) == []
    assert await stores.announcements.next_due() is None
    await stores.jobs.save(await attempt_of(stores, attempt), now=NOON, notices=(CARD,))
    assert (await the_only(stores)).kind is CARD


async def test_a_card_of_the_next_attempt_is_drawn_over_the_failure_of_the_last(stores: Stores) -> None:
    attempt = await a_queued_attempt(stores)
    failed = attempt.move(AttemptState.FAILED, ended_at=NOON)
    await stores.jobs.save(failed, now=NOON, notices=(CARD, FAILURE))
    failure = await the_only(stores)
    again = replace(attempt, attempt_id="again", number=2, callback_token="again")
    await stores.jobs.open_attempt(again, daily_cap=PLENTY)

    await stores.announcements.mark_delivered(failure, Delivered(MESSAGE, card=MESSAGE), NOON)

    assert kinds_of([await told(stores), await told(stores)]) == [CARD, NoticeKind.ATTEMPT]
