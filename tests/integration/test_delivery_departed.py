"""Jobs from a server that the bot was removed from: their owners hear by direct message, or not at all."""

from collections.abc import AsyncIterator

import pytest

from bot.fault import Fault
from bot.model import AttemptState, Visibility
from bot.notices import NoticeKind
from bot.ports import Delivered, Parked
from cogs.delivery.departed import TOLD_DIRECTLY
from cogs.texts.notices import ParkReason
from tests.builders import NOON, a_clip
from tests.integration.delivery_stage import Stage, open_stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


async def removed(stage: Stage) -> None:
    """The bot goes from this server; it can write to Mira because they share another one."""
    stage.discord.add_guild("Elsewhere").add_member("Mira", user=stage.mira.user)
    stage.guild.remove_bot()
    await stage.departures.leave(stage.guild.id, NOON)


@pytest.mark.parametrize("visibility", Visibility)
async def test_a_result_comes_by_direct_message_and_nothing_there_is_asked_for(
    stage: Stage, visibility: Visibility
) -> None:
    story = await stage.succeeded(visibility=visibility)
    await removed(stage)
    before = len(stage.discord.requests)

    told = await stage.deliver(NoticeKind.RESULT, story)

    assert isinstance(told, Delivered)
    message = stage.message(told.message)
    assert message.channel is stage.discord.dm(stage.mira)
    assert "```\nchar_7Qk2f9\n```" in message.text
    assert (told.card, told.thread_id) == (None, None)
    asked = {request.route for request in stage.discord.requests[before:]}
    assert asked == {"/users/@me/channels", "/channels/{channel_id}/messages"}


async def test_a_failure_says_that_it_was_the_server_what_it_cost_and_what_to_do_now(stage: Stage) -> None:
    story = await stage.failed(fault=Fault.SERVER_LEFT)
    await removed(stage)

    told = await stage.deliver(NoticeKind.FAILURE, story)

    assert isinstance(told, Delivered)
    message = stage.message(told.message)
    for words in ("I was removed from the server", "Nothing was charged", "/character create"):
        assert words in message.text
    assert "Try again" not in message.buttons
    assert message.reactions == {}


async def test_another_failure_says_how_to_begin_anew_and_offers_nothing_that_would_not_work(
    stage: Stage,
) -> None:
    story = await stage.failed(fault=Fault.INTERNAL, clip=a_clip())
    await removed(stage)

    told = await stage.deliver(NoticeKind.FAILURE, story)

    assert isinstance(told, Delivered)
    message = stage.message(told.message)
    assert "Attach the clip once more and start a new one with `/character create`." in message.text
    assert "Try again" not in message.text
    assert message.buttons == {}


async def test_where_direct_messages_are_closed_it_is_put_aside(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.mira.refuse_direct_messages()
    await removed(stage)

    assert await stage.deliver(NoticeKind.RESULT, story) == Parked(ParkReason.NO_DIRECT_MESSAGES)


async def test_with_no_server_in_common_it_is_put_aside_as_well(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.guild.remove_bot()
    await stage.departures.leave(stage.guild.id, NOON)

    assert await stage.deliver(NoticeKind.RESULT, story) == Parked(ParkReason.NO_DIRECT_MESSAGES)


@pytest.mark.parametrize("kind", sorted(set(NoticeKind) - TOLD_DIRECTLY))
async def test_nothing_else_is_tried(stage: Stage, kind: NoticeKind) -> None:
    story = await stage.job(state=AttemptState.QUEUED)
    await removed(stage)
    before = len(stage.discord.requests)

    assert await stage.deliver(kind, story) == Parked(ParkReason.SERVER_LEFT)
    assert len(stage.discord.requests) == before


async def test_where_the_bot_is_there_again_it_tells_in_the_server(stage: Stage) -> None:
    story = await stage.succeeded()
    await removed(stage)
    stage.guild.invite_bot()
    await stage.departures.come_back(stage.guild.id)

    told = await stage.deliver(NoticeKind.RESULT, story)

    assert isinstance(told, Delivered)
    assert stage.message(told.message).channel is stage.thread(story)
