"""Where a message goes that no thread takes, in a server that has decided that."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.model import Story, Visibility
from bot.notices import NoticeKind
from bot.ports import Delivered
from sandbox.discord.channels import Channel, GuildChannel
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


async def results_channel(stage: Stage) -> GuildChannel:
    """The server has one, from now on."""
    channel = stage.guild.add_text_channel("results")
    guild_id = int(stage.guild.id)
    await stage.servers.change(
        guild_id, "results_channel", str(channel.id), actor_id=1, now=stage.clock.now()
    )
    return channel


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
    announcement = stage.announcement(NoticeKind.RESULT, story)
    first = await stage.deliver(NoticeKind.RESULT, story, announcement)
    stage.discord.age(TEN_MINUTES)
    stage.clock.advance(TEN_MINUTES)

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
