"""Where a message goes that no thread takes, in a server that has decided that."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.model import AttemptState, Story, Visibility
from bot.notices import Announcement, NoticeKind
from bot.ports import Delivered, Parked
from bot.removal import Removal
from sandbox.discord.channels import Channel, GuildChannel
from tests.builders import a_character
from tests.integration.delivery_stage import Stage, open_stage

TEN_MINUTES = 600.0


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


async def told_in(stage: Stage, story: Story) -> Channel:
    outcome = await stage.deliver(NoticeKind.RESULT, story)
    assert isinstance(outcome, Delivered)
    return stage.message(outcome.message).channel


async def came_through_unnoticed(stage: Stage, story: Story) -> tuple[Delivered | Parked, Announcement]:
    """A result that was posted ten minutes ago, which nobody has stored; and what is still to be told."""
    announcement = stage.announcement(NoticeKind.RESULT, story)
    first = await stage.deliver(NoticeKind.RESULT, story, announcement)
    stage.discord.age(TEN_MINUTES)
    stage.clock.advance(TEN_MINUTES)
    return first, announcement


async def set_to(stage: Stage, name: str, value: str) -> None:
    await stage.servers.change(int(stage.guild.id), name, value, actor_id=1, now=stage.clock.now())


async def results_channel(stage: Stage) -> GuildChannel:
    """The server has one, from now on."""
    channel = stage.guild.add_text_channel("results")
    await set_to(stage, "results_channel", str(channel.id))
    return channel


async def results_forum(stage: Stage, *, requires_tag: bool = False) -> GuildChannel:
    """The same, and no thread takes a result any more."""
    forum = stage.guild.add_forum_channel("results", requires_tag=requires_tag)
    await set_to(stage, "results_channel", str(forum.id))
    stage.channel.deny_bot("SEND_MESSAGES_IN_THREADS")
    return forum


async def test_what_no_thread_takes_goes_to_the_servers_results_channel(stage: Stage) -> None:
    results, story = await results_channel(stage), await stage.succeeded()
    stage.channel.deny_bot("SEND_MESSAGES_IN_THREADS")

    outcome = await stage.deliver(NoticeKind.RESULT, story)

    assert isinstance(outcome, Delivered)
    result = stage.message(outcome.message)
    assert result.channel is results
    assert result.pinged_user_ids == {stage.mira.id}


async def test_while_a_thread_takes_it_nothing_goes_to_the_results_channel(stage: Stage) -> None:
    results, story = await results_channel(stage), await stage.succeeded()

    assert await told_in(stage, story) is stage.thread(story)
    assert results.messages == []


@pytest.mark.parametrize("is_gone", [True, False])
async def test_a_results_channel_that_takes_nothing_either_leaves_the_card(
    stage: Stage, *, is_gone: bool
) -> None:
    results, story = await results_channel(stage), await stage.succeeded()
    stage.channel.deny_bot("SEND_MESSAGES_IN_THREADS")
    if is_gone:
        results.delete()
    else:
        results.deny_bot("SEND_MESSAGES")

    assert await told_in(stage, story) is stage.channel


async def test_what_came_through_unnoticed_is_found_in_the_results_channel(stage: Stage) -> None:
    results, story = await results_channel(stage), await stage.succeeded()
    stage.channel.deny_bot("SEND_MESSAGES_IN_THREADS")

    first, announcement = await came_through_unnoticed(stage, story)
    again = await stage.deliver(NoticeKind.RESULT, story, announcement)

    assert again == first
    assert len(results.messages) == 1


async def test_what_only_its_owner_may_see_never_goes_to_the_results_channel(stage: Stage) -> None:
    results = await results_channel(stage)
    story = await stage.succeeded()
    private = replace(
        story, job=replace(story.job, order=replace(story.job.order, visibility=Visibility.PRIVATE))
    )
    stage.channel.deny_bot("SEND_MESSAGES_IN_THREADS")

    await stage.deliver(NoticeKind.RESULT, private)

    assert results.messages == []


async def test_in_a_forum_it_is_a_post_with_the_name_and_the_reference(stage: Stage) -> None:
    forum, story = await results_forum(stage), await stage.succeeded(name="Inspector Fen")
    await set_to(stage, "thread_archive", "7d")

    outcome = await stage.deliver(NoticeKind.RESULT, story)

    assert isinstance(outcome, Delivered)
    (post,) = forum.threads
    assert post.name == f"Character · Inspector Fen · {story.job.reference}"
    assert post.auto_archive_minutes == 10080
    assert post.applied_tags == []
    result = stage.message(outcome.message)
    assert result.channel is post
    assert "```\nchar_7Qk2f9\n```" in result.text
    assert result.pinged_user_ids == {stage.mira.id}


async def test_where_posts_need_a_tag_it_has_the_first_that_everybody_may_give(stage: Stage) -> None:
    forum, story = await results_forum(stage, requires_tag=True), await stage.succeeded()
    forum.add_tag("moderators'", moderated=True)
    tags = [forum.add_tag("characters"), forum.add_tag("other")]

    await told_in(stage, story)

    (post,) = forum.threads
    assert post.applied_tags == [str(tags[0])]


@pytest.mark.parametrize("requires_tag", [True, False])
async def test_a_forum_that_takes_no_post_leaves_the_card(stage: Stage, *, requires_tag: bool) -> None:
    forum, story = await results_forum(stage, requires_tag=requires_tag), await stage.succeeded()
    if not requires_tag:
        forum.deny_bot("SEND_MESSAGES")

    assert await told_in(stage, story) is stage.channel
    assert forum.threads == []


async def test_a_post_whose_answer_was_lost_is_found_and_nothing_is_said_twice(stage: Stage) -> None:
    forum, story = await results_forum(stage), await stage.succeeded()
    forum.allow_bot("SEND_MESSAGES_IN_THREADS")
    first = await stage.deliver(NoticeKind.RESULT, story)

    again = await stage.deliver(NoticeKind.RESULT, story)

    assert again == first
    (post,) = forum.threads
    assert len(post.messages) == 1


async def test_a_post_whose_message_was_never_stored_goes_with_a_takedown(stage: Stage) -> None:
    forum, story = await results_forum(stage), await stage.succeeded()
    _, announcement = await came_through_unnoticed(stage, story)
    removed = replace(story, job=replace(story.job, removal=Removal(stage.clock.now(), 1, "no")))

    await stage.deliver(NoticeKind.RESULT, removed, announcement)

    (post,) = forum.threads
    assert [one for one in post.messages if not one.deleted] == []


async def test_what_follows_of_the_same_job_goes_into_its_post(stage: Stage) -> None:
    forum, story = await results_forum(stage), await stage.failed()
    forum.allow_bot("SEND_MESSAGES_IN_THREADS")
    other = await stage.failed()
    for told in (story, other):
        await stage.deliver(NoticeKind.FAILURE, told)
    character = a_character(provider_character_id="char_7Qk2f9", name="Fen")
    attempt = replace(story.attempt, number=2, state=AttemptState.SUCCEEDED)
    second = replace(story, attempt=attempt, character=character)

    result = await told_in(stage, second)

    assert {post.name.endswith(story.job.reference) for post in forum.threads} == {True, False}
    assert result in forum.threads
    assert len(result.messages) == 2


async def wanting(stage: Stage, results: str) -> Story:
    """A job that succeeded in a server which wants results there; its thread would be due now."""
    await set_to(stage, "results", results)
    return await stage.carded(state=AttemptState.SUCCEEDED, character=a_character())


async def test_where_results_belong_in_the_channel_the_card_is_answered_and_no_thread_opened(
    stage: Stage,
) -> None:
    results, story = await results_channel(stage), await wanting(stage, "channel")

    opened = await stage.deliver(NoticeKind.THREAD, story)
    outcome = await stage.deliver(NoticeKind.RESULT, story)

    assert opened == Delivered()
    assert isinstance(outcome, Delivered)
    result = stage.message(outcome.message)
    assert result.channel is stage.channel
    assert result.replied_to is stage.card(story)
    assert result.pinged_user_ids == {stage.mira.id}
    assert (stage.guild.threads, results.messages) == ([], [])


async def test_a_card_that_cannot_be_answered_leaves_the_results_channel(stage: Stage) -> None:
    results, story = await results_channel(stage), await wanting(stage, "channel")
    stage.channel.deny_bot("SEND_MESSAGES")

    assert await told_in(stage, story) is results


async def test_where_results_belong_in_their_channel_failures_stay_with_the_card(stage: Stage) -> None:
    results, story = await results_channel(stage), await wanting(stage, "results_channel")
    failed = await stage.carded(state=AttemptState.FAILED)

    failure = await stage.deliver(NoticeKind.FAILURE, failed)

    assert isinstance(failure, Delivered)
    assert stage.message(failure.message).replied_to is stage.card(failed)
    assert await told_in(stage, story) is results
    assert stage.guild.threads == []


async def test_without_a_results_channel_results_that_belong_there_go_to_threads(stage: Stage) -> None:
    story = await wanting(stage, "results_channel")

    opened = await stage.deliver(NoticeKind.THREAD, story)

    assert isinstance(opened, Delivered)
    (thread,) = stage.guild.threads
    assert opened.thread_id == thread.id


async def test_a_thread_that_is_there_already_keeps_what_comes_of_its_job(stage: Stage) -> None:
    story = await stage.succeeded()
    await set_to(stage, "results", "channel")

    assert await told_in(stage, story) is stage.thread(story)


async def test_what_came_through_unnoticed_is_found_where_results_belong(stage: Stage) -> None:
    results, story = await results_channel(stage), await wanting(stage, "results_channel")

    first, announcement = await came_through_unnoticed(stage, story)
    again = await stage.deliver(NoticeKind.RESULT, story, announcement)

    assert again == first
    assert len(results.messages) == 1


@pytest.mark.parametrize(("value", "minutes"), [("1h", 60), ("1d", 1440), ("3d", 4320), ("7d", 10080)])
async def test_threads_stay_in_the_list_for_as_long_as_the_server_decided(
    stage: Stage, value: str, minutes: int
) -> None:
    await set_to(stage, "thread_archive", value)
    stage.channel.allow_bot("CREATE_PRIVATE_THREADS")
    public = await stage.succeeded()
    private = stage.told_of(visibility=Visibility.PRIVATE, state=AttemptState.QUEUED)

    await stage.deliver(NoticeKind.CARD, private)

    (own,) = [thread for thread in stage.guild.threads if thread.is_private]
    assert (stage.thread(public).auto_archive_minutes, own.auto_archive_minutes) == (minutes, minutes)
