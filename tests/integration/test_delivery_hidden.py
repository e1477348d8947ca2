"""Pictures that a report hides are taken out of what was posted, and come back when it is dismissed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import DeliveryPostponed
from bot.model import MessageRef, Story
from bot.notices import NoticeKind
from bot.ports import Delivered
from tests.builders import NOON, a_clip
from tests.integration.delivery_stage import Stage, after, open_stage

K = NoticeKind
MESSAGE = "/channels/*/messages/*"
HIDDEN = "Its picture is hidden"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


def hidden(story: Story, *, is_hidden: bool = True) -> Story:
    return replace(story, job=replace(story.job, media_hidden=is_hidden))


async def told(stage: Stage, **facts: Any) -> tuple[Story, MessageRef]:
    """A result with a picture, in its thread."""
    poster = await stage.clips.keep(await stage.clips.stage("poster", in_chunks(b"a picture")))
    story = await stage.succeeded(clip=a_clip(poster=poster), **facts)
    delivered = await stage.deliver(K.RESULT, story)
    assert isinstance(delivered, Delivered)
    assert delivered.message is not None
    await stage.deliver(K.CARD, story)
    return after(story, delivered), delivered.message


async def in_chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_card_and_result_lose_their_picture_keep_the_id_and_get_it_back(stage: Stage) -> None:
    story, message = await told(stage)
    result, card = stage.message(message), stage.card(story)
    assert result.files
    assert card.files

    await stage.deliver(K.RESULT, hidden(story), message=message)
    await stage.deliver(K.CARD, hidden(story))

    assert (result.files, card.files) == ([], [])
    assert HIDDEN in result.text
    assert HIDDEN in card.text
    assert "char_7Qk2f9" in result.text
    await stage.deliver(K.RESULT, hidden(story, is_hidden=False), message=message)
    await stage.deliver(K.CARD, hidden(story, is_hidden=False))
    assert result.files
    assert card.files
    assert HIDDEN not in result.text


async def test_a_redrawn_result_is_the_same_message_and_pings_nobody_again(stage: Stage) -> None:
    story, message = await told(stage)
    before = stage.message(message).pinged_user_ids

    outcome = await stage.deliver(K.RESULT, hidden(story), message=message)

    assert outcome == Delivered(message=message)
    assert stage.message(message).pinged_user_ids == before
    assert len([one for one in stage.thread(story).messages if "char_7Qk2f9" in one.text]) == 1


async def test_a_result_on_the_card_is_the_last_that_is_drawn_there(stage: Stage) -> None:
    story, _ = await told(stage)
    card = story.job.card

    outcome = await stage.deliver(K.RESULT, hidden(story), message=card)

    assert outcome == Delivered(message=card, card=card)
    assert "char_7Qk2f9" in stage.card(story).text


async def test_of_a_character_that_its_owner_has_deleted_the_message_goes(stage: Stage) -> None:
    story, message = await told(stage)

    await stage.deliver(K.RESULT, replace(hidden(story), character=None), message=message)

    assert stage.message(message).deleted


async def test_copies_that_members_have_posted_are_deleted(stage: Stage) -> None:
    story, _ = await told(stage)
    _, copy = await told(stage)
    stage.posts._world.jobs[story.job.job_id] = story.job
    await stage.posts.note(story.job.job_id, copy, NOON)

    await stage.deliver(K.CARD, hidden(story))

    assert stage.message(copy).deleted
    assert await stage.posts.of_job(story.job.job_id) == []


@pytest.mark.parametrize("kind", [K.CARD, K.RESULT])
async def test_what_takes_no_edit_now_is_tried_again_until_it_does(stage: Stage, kind: NoticeKind) -> None:
    story, message = await told(stage)
    stage.discord.faults.fail("PATCH", MESSAGE, status=400, code=30046)
    known = message if kind is K.RESULT else None

    with pytest.raises(DeliveryPostponed):
        await stage.deliver(kind, hidden(story), message=known)
    await stage.deliver(kind, hidden(story), message=known)

    shown = stage.message(message) if kind is K.RESULT else stage.card(story)
    assert not shown.files


async def test_what_is_only_old_is_left_as_it_is(stage: Stage) -> None:
    story, message = await told(stage)
    stage.discord.faults.fail("PATCH", MESSAGE, status=400, code=30046)

    assert isinstance(await stage.deliver(K.RESULT, story, message=message), Delivered)
