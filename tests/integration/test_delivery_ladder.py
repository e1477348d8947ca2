"""Where a message goes when the place it belongs in does not take it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from bot.errors import DeliveryPostponed
from bot.model import AttemptState, MessageRef, Story
from bot.notices import NoticeKind, SettledBy
from bot.ports import Delivered, Parked
from cogs.delivery.refusals import Refusals
from cogs.delivery.thread_replies import ThreadReplies
from cogs.pictures import Pictures
from cogs.texts.notices import ParkReason
from sandbox.discord.channels import Channel
from tests.fakes.departures import MemoryDepartureStore
from tests.fakes.servers import MemoryServerStore
from tests.fakes.takedowns import MemoryCharacterPosts
from tests.fakes.world import World
from tests.integration.delivery_stage import Stage, open_stage

_S = AttemptState
POST = ("POST", "/channels/*/messages")
EDIT = ("PATCH", "/channels/*/messages/*")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


async def told_in(stage: Stage, story: Story, kind: NoticeKind = NoticeKind.RESULT) -> Channel:
    outcome = await stage.deliver(kind, story)
    assert isinstance(outcome, Delivered)
    return stage.message(outcome.message).channel


async def test_what_a_closed_client_cannot_say_waits(stage: Stage) -> None:
    story = await stage.succeeded()
    await stage.client.close()

    with pytest.raises(DeliveryPostponed) as caught:
        await stage.deliver(NoticeKind.RESULT, story)

    assert caught.value.cause == "client-closed"


async def test_an_archived_thread_is_opened_again(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.thread(story).archive()

    assert await told_in(stage, story) is stage.thread(story)
    assert not stage.thread(story).archived


async def test_an_archived_thread_that_refuses_a_message_is_opened_first(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.thread(story).archive()
    stage.discord.faults.fail(*POST, code=50083)

    assert await told_in(stage, story) is stage.thread(story)
    assert [one.json for one in stage.discord.requests if one.route == "/channels/{channel_id}"] == [
        {"archived": False}
    ]


async def test_the_card_of_an_archived_thread_is_redrawn(stage: Stage) -> None:
    host = await stage.succeeded()
    story = await stage.carded(stage.thread(host), state=_S.SUCCEEDED)
    stage.thread(host).archive()

    assert isinstance(await stage.deliver(NoticeKind.CARD, story), Delivered)
    assert "Created" in stage.card(story).text


@pytest.mark.parametrize("archived", [False, True])
async def test_a_locked_thread_sends_the_message_to_the_channel(stage: Stage, *, archived: bool) -> None:
    story = await stage.succeeded()
    stage.thread(story).lock()
    stage.thread(story).change(archived=archived)

    assert await told_in(stage, story) is stage.channel


async def test_without_the_right_to_write_in_threads_the_card_is_answered(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.channel.deny_bot("SEND_MESSAGES_IN_THREADS")

    outcome = await stage.deliver(NoticeKind.RESULT, story)

    assert isinstance(outcome, Delivered)
    result = stage.message(outcome.message)
    assert result.channel is stage.channel
    assert result.replied_to is stage.card(story)
    assert result.pinged_user_ids == {stage.mira.id}


async def test_a_thread_that_was_deleted_is_opened_anew(stage: Stage) -> None:
    story = await stage.succeeded()
    gone = stage.thread(story)
    gone.delete()

    place = await told_in(stage, story)

    assert place is not gone
    assert place is stage.channel.threads[0]


async def test_a_thread_that_a_crash_hid_from_us_is_used(stage: Stage) -> None:
    story = await stage.succeeded()
    forgotten = replace(story, job=replace(story.job, thread_id=None))

    outcome = await stage.deliver(NoticeKind.RESULT, forgotten)

    assert isinstance(outcome, Delivered)
    assert outcome.thread_id == story.job.thread_id
    assert stage.message(outcome.message).channel is stage.thread(story)


@pytest.mark.parametrize("permission", ["CREATE_PUBLIC_THREADS", "SEND_MESSAGES_IN_THREADS"])
async def test_a_job_without_a_thread_is_told_in_the_channel(stage: Stage, permission: str) -> None:
    story = await stage.carded(state=_S.SUCCEEDED, character=(await stage.succeeded()).character)
    stage.channel.deny_bot(permission)

    assert await told_in(stage, story) is stage.channel


async def test_a_server_full_of_threads_is_told_in_the_channel(stage: Stage) -> None:
    story = await stage.carded(state=_S.FAILED)
    stage.guild.active_threads_limit = 0

    assert await told_in(stage, story, NoticeKind.FAILURE) is stage.channel


async def test_a_thread_that_cannot_be_opened_is_parked_with_the_reason(stage: Stage) -> None:
    story = await stage.carded()
    stage.channel.deny_bot("CREATE_PUBLIC_THREADS")

    assert await stage.deliver(NoticeKind.THREAD, story) == Parked(ParkReason.FORBIDDEN)


async def test_the_last_place_is_the_card_itself(stage: Stage) -> None:
    story = await stage.failed()
    stage.channel.deny_bot("SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS")

    outcome = await stage.deliver(NoticeKind.FAILURE, story)

    assert outcome == Delivered(message=story.job.card, card=story.job.card)
    assert "This one didn't work." in stage.card(story).text
    assert "Try again" in stage.card(story).buttons
    assert stage.card(story).reactions == {"🔁": [stage.discord.world.bot.id]}


async def test_a_result_that_an_earlier_try_put_on_the_card_is_known_again_there(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.channel.deny_bot("SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS")
    await stage.deliver(NoticeKind.RESULT, story)

    again = await stage.deliver(NoticeKind.RESULT, story, tries=1)

    assert again == Delivered(message=story.job.card, card=story.job.card)
    assert "char_7Qk2f9" in stage.card(story).text


async def test_a_card_is_redrawn_with_one_request(stage: Stage) -> None:
    story = await stage.succeeded()
    before = len(stage.discord.requests)

    await stage.deliver(NoticeKind.CARD, story)

    assert [one.method for one in stage.discord.requests[before:]] == ["PATCH"]


async def test_a_card_that_held_a_failure_shows_the_next_attempt(stage: Stage) -> None:
    story = await stage.failed()
    stage.channel.deny_bot("SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS")
    await stage.deliver(NoticeKind.FAILURE, story)
    again = replace(story, attempt=replace(story.attempt, number=2, state=_S.QUEUED))

    await stage.deliver(NoticeKind.CARD, again)

    assert "Waiting – next in line" in stage.card(story).text


async def test_the_line_about_an_attempt_leaves_the_card_alone(stage: Stage) -> None:
    story = await stage.job(state=_S.QUEUED, number=2)
    stage.channel.deny_bot("SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS")

    assert await stage.deliver(NoticeKind.ATTEMPT, story) == Parked(ParkReason.FORBIDDEN)
    assert "Trying again" not in stage.card(story).text


async def test_a_deleted_card_is_answered_all_the_same(stage: Stage) -> None:
    story = await stage.succeeded(stage.guild.add_voice_channel("voice"))
    stage.card(story).delete()

    outcome = await stage.deliver(NoticeKind.RESULT, story)

    assert isinstance(outcome, Delivered)
    assert stage.message(outcome.message).replied_to is None
    assert await stage.deliver(NoticeKind.CARD, story) == Parked(ParkReason.GONE)


async def test_without_reading_the_history_the_result_comes_without_a_reply_mark(stage: Stage) -> None:
    story = await stage.succeeded(stage.guild.add_voice_channel("voice"))
    assert isinstance(stage.card(story).channel, Channel)
    channel = stage.guild.channels[-1]
    channel.deny_bot("READ_MESSAGE_HISTORY")

    outcome = await stage.deliver(NoticeKind.RESULT, story)

    assert isinstance(outcome, Delivered)
    result = stage.message(outcome.message)
    assert result.replied_to is None
    assert result.pinged_user_ids == {stage.mira.id}


def delete_channel(stage: Stage) -> None:
    stage.channel.delete()


def hide_channel(stage: Stage) -> None:
    stage.channel.deny_bot("VIEW_CHANNEL")


def remove_bot(stage: Stage) -> None:
    stage.guild.remove_bot()


@pytest.mark.parametrize(
    ("undo", "reason"),
    [
        (delete_channel, ParkReason.GONE),
        (hide_channel, ParkReason.FORBIDDEN),
        (remove_bot, ParkReason.FORBIDDEN),
    ],
)
@pytest.mark.parametrize("kind", [NoticeKind.CARD, NoticeKind.RESULT, NoticeKind.ATTEMPT])
async def test_where_nothing_is_left_the_reason_is_kept(
    stage: Stage, undo: Callable[[Stage], None], reason: ParkReason, kind: NoticeKind
) -> None:
    story = await stage.succeeded()
    undo(stage)
    before = len(stage.discord.requests)

    assert await stage.deliver(kind, story) == Parked(reason)
    assert len(stage.discord.requests) - before <= 4, (
        "a member's lost result must not cost a storm of refusals"
    )


async def test_a_public_job_without_a_card_has_no_place(stage: Stage) -> None:
    assert await stage.deliver(NoticeKind.CARD, stage.told_of()) == Parked(ParkReason.GONE)
    assert await stage.deliver(NoticeKind.FAILURE, stage.told_of(state=_S.FAILED)) == Parked(ParkReason.GONE)


@pytest.mark.parametrize("code", [50001, 50013, 50083, 160005, 10003, 50035, 50008])
async def test_every_refusal_of_a_thread_leads_to_the_next_place(stage: Stage, code: int) -> None:
    story = await stage.succeeded()
    assert story.job.thread_id is not None
    stage.discord.faults.fail("POST", f"/channels/{story.job.thread_id}/messages", code=code, times=None)

    assert await told_in(stage, story) is stage.channel


@pytest.mark.parametrize("code", [200000, 200001])
async def test_what_automod_refuses_is_said_again_without_the_members_words(stage: Stage, code: int) -> None:
    story = await stage.succeeded()
    assert story.character is not None
    story = replace(story, character=replace(story.character, name="rude"))
    stage.discord.faults.fail(*POST, status=400, code=code)
    stage.discord.faults.fail(*EDIT, status=400, code=code)

    result = await stage.deliver(NoticeKind.RESULT, story)
    await stage.deliver(NoticeKind.CARD, story)

    assert isinstance(result, Delivered)
    assert stage.message(result.message).channel is stage.thread(story)
    assert "**Your character** is ready" in stage.message(result.message).text
    assert "rude" not in stage.message(result.message).text
    assert story.job.order.prompt not in stage.card(story).text


async def test_a_title_that_automod_refuses_becomes_the_reference(stage: Stage) -> None:
    story = await stage.carded(name="rude")
    stage.discord.faults.fail("POST", "/channels/*/messages/*/threads", status=400, code=200001)

    await stage.deliver(NoticeKind.THREAD, story)

    assert stage.channel.threads[0].name == f"Character · {story.job.reference}"


async def test_automod_that_refuses_everything_ends_in_the_next_place(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.discord.faults.fail(
        "POST", f"/channels/{story.job.thread_id}/messages", status=400, code=200000, times=2
    )

    assert await told_in(stage, story) is stage.channel


@pytest.mark.parametrize("kind", [NoticeKind.CARD, NoticeKind.THREAD, NoticeKind.RESULT])
@pytest.mark.parametrize("status", [503, 401])
async def test_what_may_pass_is_postponed(stage: Stage, status: int, kind: NoticeKind) -> None:
    character = (await stage.succeeded()).character
    story = await stage.carded(state=_S.SUCCEEDED, character=character)
    stage.discord.faults.fail("*", "/channels/**", status=status, times=None)

    with pytest.raises(DeliveryPostponed) as postponed:
        await stage.deliver(kind, story)

    assert postponed.value.cause == f"http-{status}"
    assert postponed.value.after_seconds >= (300 if status == 401 else 5)


async def test_a_broken_connection_is_postponed(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.discord.faults.reset(*POST)

    with pytest.raises(DeliveryPostponed):
        await stage.deliver(NoticeKind.RESULT, story)


async def test_a_delivery_that_drags_on_is_postponed(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.discord.faults.delay(*POST, seconds=0.3)
    hasty = ThreadReplies(
        stage.client,
        stage.clock,
        pictures=Pictures(stage.clips.whole),
        settled_by=SettledBy.OPERATOR,
        refusals=Refusals(stage.clock),
        servers=MemoryServerStore(World()),
        departures=MemoryDepartureStore(World()),
        posts=MemoryCharacterPosts(World()),
        limit_seconds=0.05,
    )

    with pytest.raises(DeliveryPostponed) as postponed:
        await hasty.deliver(stage.announcement(NoticeKind.RESULT, story), story)

    assert postponed.value.cause == "TimeoutError"


async def test_a_long_rate_limit_is_waited_for_outside(stage: Stage) -> None:
    story = await stage.succeeded()
    stage.discord.faults.rate_limit(*POST, retry_after_seconds=120.0)

    with pytest.raises(DeliveryPostponed) as postponed:
        await stage.deliver(NoticeKind.RESULT, story)

    assert postponed.value.after_seconds >= 120


async def test_waits_grow_with_every_try_and_stay_below_five_minutes(stage: Stage) -> None:
    story = await stage.job()
    stage.discord.faults.fail(*EDIT, status=503, times=None)
    waits: list[float] = []

    for tries in (0, 1, 2, 5, 6, 7, 1000):
        with pytest.raises(DeliveryPostponed) as postponed:
            await stage.deliver(NoticeKind.CARD, story, tries=tries)
        stage.clock.advance(60)
        waits.append(postponed.value.after_seconds)

    assert waits == [5, 10, 20, 160, 300, 300, 300]


async def test_nothing_is_asked_of_a_card_that_is_not_there(stage: Stage) -> None:
    story = await stage.job()
    lost = replace(story, job=replace(story.job, card=MessageRef(stage.channel.id, 1)))

    assert await stage.deliver(NoticeKind.CARD, lost) == Parked(ParkReason.GONE)
