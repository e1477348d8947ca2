"""What was posted of a job is taken away when moderators take it down, and its owner is told."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import DeliveryPostponed
from bot.model import MessageRef, Story, Visibility
from bot.notices import NoticeKind
from bot.ports import Delivered, Parked
from bot.removal import Removal
from tests.builders import NOON, OWNER_ID
from tests.integration.delivery_stage import Stage, after, open_stage

K = NoticeKind
REASON = "no person agreed @everyone **now**"
REMOVAL = Removal(NOON, OWNER_ID + 5, REASON)
MESSAGE = "/channels/*/messages/*"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


def taken_down(story: Story) -> Story:
    return replace(story, character=None, job=replace(story.job, clip=None, removal=REMOVAL))


async def told(stage: Stage, **facts: Any) -> tuple[Story, MessageRef]:
    """A result that stands in its thread."""
    story = await stage.succeeded(**facts)
    delivered = await stage.deliver(K.RESULT, story)
    assert isinstance(delivered, Delivered)
    assert delivered.message is not None
    return after(story, delivered), delivered.message


async def test_the_result_is_deleted_and_the_card_says_no_more_than_that(stage: Stage) -> None:
    story, message = await told(stage, prompt="a fox", name="Fen")

    assert await stage.deliver(K.RESULT, taken_down(story), message=message) == Delivered()
    await stage.deliver(K.CARD, taken_down(story))

    assert stage.message(message).deleted
    card = stage.card(story)
    assert "Removed" in card.text
    for hidden in ("fox", "Fen", REASON):
        assert hidden not in card.text
    assert not card.files
    assert not card.buttons


async def test_a_message_that_is_gone_or_was_never_posted_is_done(stage: Stage) -> None:
    story, message = await told(stage)
    stage.message(message).delete()

    assert await stage.deliver(K.RESULT, taken_down(story), message=message) == Delivered()
    assert await stage.deliver(K.RESULT, taken_down(story)) == Delivered()
    assert await stage.deliver(K.LAPSING, taken_down(story)) == Delivered()


async def test_what_a_process_posted_and_did_not_note_is_found_and_deleted(stage: Stage) -> None:
    story, message = await told(stage)

    assert await stage.deliver(K.RESULT, taken_down(story), tries=1) == Delivered()

    assert stage.message(message).deleted


async def test_a_message_in_an_archived_thread_is_deleted_all_the_same(stage: Stage) -> None:
    story, message = await told(stage)
    stage.thread(story).archive()

    assert await stage.deliver(K.RESULT, taken_down(story), message=message) == Delivered()

    assert stage.message(message).deleted


async def test_what_discord_does_not_let_go_is_noted_once_and_left(stage: Stage) -> None:
    story, message = await told(stage)
    stage.discord.faults.fail("DELETE", MESSAGE, status=403, code=50001)

    outcome = await stage.deliver(K.RESULT, taken_down(story), message=message)

    assert isinstance(outcome, Parked)
    assert not stage.message(message).deleted
    guild_id = story.job.order.place.guild_id
    assert guild_id is not None
    (deed,) = await stage.servers.deeds(guild_id, 9)
    assert (deed.action, deed.subject) == ("undeleted", story.job.reference)
    assert deed.after == f"{message.channel_id}/{message.message_id}"


async def test_what_may_pass_is_tried_again(stage: Stage) -> None:
    story, message = await told(stage)
    stage.discord.faults.fail("DELETE", MESSAGE, status=502, times=None)

    with pytest.raises(DeliveryPostponed):
        await stage.deliver(K.RESULT, taken_down(story), message=message)


async def test_a_card_that_takes_no_more_edits_is_deleted(stage: Stage) -> None:
    story, _ = await told(stage)
    stage.discord.faults.fail("PATCH", MESSAGE, status=400, code=30046)

    await stage.deliver(K.CARD, taken_down(story))

    assert stage.card(story).deleted


async def test_a_result_on_the_card_is_redrawn_with_it_and_not_deleted(stage: Stage) -> None:
    story = await stage.succeeded()
    card = story.job.card

    assert await stage.deliver(K.RESULT, taken_down(story), message=card) == Delivered()

    assert not stage.card(story).deleted


async def test_the_owner_reads_the_reason_in_private_and_every_shown_copy_is_deleted(stage: Stage) -> None:
    story, _ = await told(stage)
    copies = [(await told(stage))[1] for _ in range(2)]
    for copy in copies:
        await stage.posts.note(story.job.job_id, copy, NOON)
    stage.posts._world.jobs[story.job.job_id] = story.job
    for copy in copies:
        await stage.posts.note(story.job.job_id, copy, NOON)

    outcome = await stage.deliver(K.REMOVAL, taken_down(story))

    assert isinstance(outcome, Delivered)
    message = stage.message(outcome.message)
    assert message.channel is stage.discord.dm(stage.mira)
    assert "Their reason: no person agreed @\u200beveryone \\*\\*now\\*\\*" in message.text
    assert str(REMOVAL.actor_id) not in message.text
    assert message.pinged_user_ids <= {stage.mira.id}
    assert all(stage.message(copy).deleted for copy in copies)
    assert await stage.posts.of_job(story.job.job_id) == []


async def test_who_takes_no_direct_messages_reads_it_in_the_thread_once(stage: Stage) -> None:
    story, _ = await told(stage)
    stage.mira.refuse_direct_messages()

    first = await stage.deliver(K.REMOVAL, taken_down(story))
    again = await stage.deliver(K.REMOVAL, taken_down(story), tries=1)

    assert isinstance(first, Delivered)
    assert isinstance(again, Delivered)
    assert first.message == again.message
    assert stage.message(first.message).channel is stage.thread(story)


@pytest.mark.parametrize("kind", [K.ATTEMPT, K.FAILURE, K.THREAD, K.OFFER, K.REFUSAL])
async def test_nothing_else_is_said_of_it_any_more(stage: Stage, kind: NoticeKind) -> None:
    story = taken_down(await stage.failed())
    before = len(stage.discord.requests)

    assert await stage.deliver(kind, story) == Delivered()

    assert len(stage.discord.requests) == before


async def test_a_private_job_is_told_where_it_was_told_before(stage: Stage) -> None:
    story, message = await told(stage, visibility=Visibility.PRIVATE)

    outcome = await stage.deliver(K.REMOVAL, taken_down(story))

    assert isinstance(outcome, Delivered)
    assert outcome.message is not None
    assert outcome.message.channel_id == message.channel_id
