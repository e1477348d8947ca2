"""A crash, or an answer that was lost, shows nobody anything twice."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.errors import DeliveryPostponed
from bot.model import AttemptState, Story
from bot.notices import NoticeKind
from bot.ports import Delivered
from sandbox.discord.sending import NewMessage, post
from tests.integration.delivery_stage import Stage, open_stage

_S = AttemptState
TEN_MINUTES = 600.0
KINDS = [NoticeKind.RESULT, NoticeKind.FAILURE, NoticeKind.ATTEMPT]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


async def a_job_for(kind: NoticeKind, stage: Stage) -> Story:
    if kind is NoticeKind.RESULT:
        return await stage.succeeded()
    if kind is NoticeKind.FAILURE:
        return await stage.failed()
    return await stage.job(state=_S.QUEUED, number=2)


def later(stage: Stage) -> None:
    """Discord forgets the nonce, and so does our clock go on."""
    stage.discord.age(TEN_MINUTES)
    stage.clock.advance(TEN_MINUTES)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_repeat_within_minutes_is_the_same_message(stage: Stage, kind: NoticeKind) -> None:
    story = await a_job_for(kind, stage)

    first = await stage.deliver(kind, story)
    shown = len(stage.messages())
    again = await stage.deliver(kind, story)

    assert again == first
    assert len(stage.messages()) == shown


@pytest.mark.parametrize("kind", KINDS)
async def test_a_repeat_much_later_finds_the_first(stage: Stage, kind: NoticeKind) -> None:
    story = await a_job_for(kind, stage)
    announcement = stage.announcement(kind, story)
    first = await stage.deliver(kind, story, announcement)
    shown = len(stage.messages())
    later(stage)

    again = await stage.deliver(kind, story, announcement)

    assert again == first
    assert len(stage.messages()) == shown


@pytest.mark.parametrize("kind", KINDS)
async def test_a_message_whose_answer_was_lost_is_found_by_the_next_try(
    stage: Stage, kind: NoticeKind
) -> None:
    story = await a_job_for(kind, stage)
    announcement = stage.announcement(kind, story)
    before = len(stage.messages())
    stage.discord.faults.reset("POST", "/channels/*/messages", when="after")

    with pytest.raises(DeliveryPostponed):
        await stage.deliver(kind, story, announcement)
    stage.discord.age(TEN_MINUTES)
    outcome = await stage.deliver(kind, story, announcement, tries=1)

    assert isinstance(outcome, Delivered)
    assert stage.message(outcome.message).channel is stage.thread(story)
    assert len(stage.messages()) == before + 1


async def test_a_fresh_announcement_reads_nothing_back(stage: Stage) -> None:
    story = await stage.succeeded()

    await stage.deliver(NoticeKind.RESULT, story)

    assert stage.discord.requests_to("GET", "/channels/{channel_id}/messages") == []


async def test_a_message_found_in_the_channel_is_not_said_in_the_thread_again(stage: Stage) -> None:
    story = await stage.failed()
    stage.thread(story).lock()
    announcement = stage.announcement(NoticeKind.FAILURE, story)
    first = await stage.deliver(NoticeKind.FAILURE, story, announcement)
    stage.thread(story).unlock()
    later(stage)

    assert await stage.deliver(NoticeKind.FAILURE, story, announcement) == first


async def test_a_repeat_tells_of_the_thread_that_was_opened_on_the_way(stage: Stage) -> None:
    character = (await stage.succeeded()).character
    story = await stage.carded(state=_S.SUCCEEDED, character=character)
    announcement = stage.announcement(NoticeKind.RESULT, story)
    first = await stage.deliver(NoticeKind.RESULT, story, announcement)
    later(stage)

    again = await stage.deliver(NoticeKind.RESULT, story, announcement)

    assert isinstance(first, Delivered)
    assert first.thread_id is not None
    assert again == first


async def test_the_failures_of_two_attempts_are_two_messages(stage: Stage) -> None:
    first = await stage.failed(stage.guild.add_voice_channel("voice"))
    second = replace(first, attempt=replace(first.attempt, number=2))

    one = await stage.deliver(NoticeKind.FAILURE, first)
    await stage.deliver(NoticeKind.CARD, second)
    two = await stage.deliver(NoticeKind.FAILURE, second, tries=1)

    assert isinstance(one, Delivered)
    assert isinstance(two, Delivered)
    assert stage.message(two.message) not in (stage.message(one.message), stage.card(first))


async def test_two_jobs_in_one_place_are_not_taken_for_each_other(stage: Stage) -> None:
    voice = stage.guild.add_voice_channel("voice")
    first, second = await stage.failed(voice), await stage.failed(voice)

    one = await stage.deliver(NoticeKind.FAILURE, first)
    two = await stage.deliver(NoticeKind.FAILURE, second, tries=1)

    assert isinstance(one, Delivered)
    assert isinstance(two, Delivered)
    assert one.message != two.message


async def test_what_others_quote_is_not_taken_for_ours(stage: Stage) -> None:
    dm = stage.discord.dm(stage.mira)
    story = await stage.failed(dm)
    outcome = await stage.deliver(NoticeKind.FAILURE, story)
    assert isinstance(outcome, Delivered)
    ours = stage.message(outcome.message)
    quoted = post(dm, NewMessage(stage.mira.user, components=ours.components))
    ours.delete()
    later(stage)

    again = await stage.deliver(NoticeKind.FAILURE, story, tries=1)

    assert isinstance(again, Delivered)
    assert stage.message(again.message) not in (ours, quoted)


async def test_a_message_that_was_deleted_is_not_sent_again(stage: Stage) -> None:
    story = await stage.succeeded()
    outcome = await stage.deliver(NoticeKind.RESULT, story)
    assert isinstance(outcome, Delivered)
    stage.message(outcome.message).delete()

    again = await stage.deliver(NoticeKind.RESULT, story)

    assert again == Delivered(thread_id=story.job.thread_id)
    assert len(stage.thread(story).messages) == 0


async def test_where_nothing_can_be_read_back_the_message_is_sent(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.channel.deny_bot("READ_MESSAGE_HISTORY")
    stage.thread(story).delete()
    story = replace(story, job=replace(story.job, thread_id=None))

    outcome = await stage.deliver(NoticeKind.RESULT, story, tries=1)

    assert isinstance(outcome, Delivered)
    assert outcome.message is not None


async def test_the_first_message_counts_wherever_it_came_to_stand(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.discord.faults.reset("POST", "/channels/*/messages", when="after")
    with pytest.raises(DeliveryPostponed):
        await stage.deliver(NoticeKind.RESULT, story)
    stage.channel.deny_bot("READ_MESSAGE_HISTORY")
    stage.thread(story).lock()

    outcome = await stage.deliver(NoticeKind.RESULT, story, tries=1)

    assert isinstance(outcome, Delivered)
    assert stage.message(outcome.message) is stage.thread(story).messages[0]


async def test_reading_back_that_fails_for_now_is_postponed(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.discord.faults.fail("GET", "/channels/*/messages", status=503)

    with pytest.raises(DeliveryPostponed):
        await stage.deliver(NoticeKind.RESULT, story, tries=1)

    assert stage.thread(story).messages == []
