"""A card is redrawn at once when it ends, now and then while it goes on, and not for ever."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.errors import DeliveryPostponed
from bot.model import AttemptState, Story
from bot.notices import NoticeKind
from bot.ports import Delivered
from cogs.delivery.redraws import REDRAWS_AT_ONCE
from tests.integration.delivery_stage import Stage, open_stage

_S = AttemptState
CARD = NoticeKind.CARD
MINUTE = 60.0


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


def edits(stage: Stage, story: Story) -> int:
    return len(stage.card(story).history)


def ended(story: Story) -> Story:
    return replace(story, attempt=replace(story.attempt, state=_S.CANCELLED))


async def drawn_often(stage: Stage, story: Story) -> None:
    for _ in range(REDRAWS_AT_ONCE):
        assert isinstance(await stage.deliver(CARD, story), Delivered)


async def test_after_the_first_changes_the_next_one_waits_its_15_seconds(stage: Stage) -> None:
    story = await stage.carded(state=_S.WAITING)
    await drawn_often(stage, story)
    before = edits(stage, story)

    stage.clock.advance(4)
    with pytest.raises(DeliveryPostponed) as caught:
        await stage.deliver(CARD, story)
    assert caught.value.after_seconds == pytest.approx(11)
    assert edits(stage, story) == before
    stage.clock.advance(caught.value.after_seconds)

    assert isinstance(await stage.deliver(CARD, story), Delivered)
    assert edits(stage, story) == before + 1


async def test_the_end_of_an_attempt_does_not_wait(stage: Stage) -> None:
    story = await stage.carded(state=_S.WAITING)
    await drawn_often(stage, story)

    await stage.deliver(CARD, ended(story))

    assert "Cancelled" in stage.card(story).text


async def test_a_card_of_55_minutes_is_left_alone_until_the_outcome(stage: Stage) -> None:
    story = await stage.carded(state=_S.WAITING)
    before = edits(stage, story)
    stage.clock.advance(55 * MINUTE)

    assert await stage.deliver(CARD, story) == Delivered(message=story.job.card)
    assert edits(stage, story) == before
    await stage.deliver(CARD, ended(story))

    assert edits(stage, story) == before + 1
    assert "Cancelled" in stage.card(story).text


async def test_an_outcome_that_an_old_card_cannot_take_is_tried_once(stage: Stage) -> None:
    story = await stage.carded(state=_S.WAITING)
    stage.clock.advance(55 * MINUTE)
    stage.discord.faults.fail("PATCH", "/channels/*/messages/*", code=30046)

    assert await stage.deliver(CARD, ended(story)) == Delivered(message=story.job.card)
