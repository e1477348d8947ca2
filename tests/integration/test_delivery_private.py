"""Jobs that only their owner may see, and refusals, which nobody else ever sees."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.clip import ClipRule
from bot.errors import DeliveryPostponed
from bot.model import AttemptState, InteractionTicket, Job, MessageRef, Story, Visibility
from bot.notices import NoticeKind
from bot.ports import Delivered, Parked
from cogs.delivery.calls import READ_BACK
from cogs.texts.notices import ParkReason
from sandbox.discord.calls import Call
from sandbox.discord.channels import PRIVATE_THREAD, Channel
from sandbox.discord.sending import NewMessage, post
from sandbox.discord.threads import Thread
from tests.builders import a_character, an_id
from tests.integration.delivery_stage import Stage, after, open_stage

_S = AttemptState
QUARTER_HOUR = 15 * 60.0
JOB_ID = an_id()
RULE = {"rule": ClipRule.TOO_LONG, "rule_found": "7.20 s", "rule_accepted": "1 to 4 s"}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        opened.channel.allow_bot("CREATE_PRIVATE_THREADS")
        yield opened


def private(stage: Stage, channel: Channel | None = None, /, **facts: Any) -> Story:
    return stage.told_of(channel, **{"visibility": Visibility.PRIVATE, "state": _S.QUEUED} | facts)


def the_private_thread(stage: Stage) -> Thread:
    found = [thread for thread in stage.channel.threads if thread.kind == PRIVATE_THREAD]
    assert len(found) == 1
    return found[0]


def read_in_public(stage: Stage) -> list[str]:
    return [message.text for channel in stage.guild.channels for message in channel.messages]


async def test_a_private_job_gets_a_private_thread_with_its_owner_in_it(stage: Stage) -> None:
    story = private(stage, name="Inspector Fen")

    outcome = await stage.deliver(NoticeKind.CARD, story)

    thread = the_private_thread(stage)
    assert outcome == Delivered(
        message=MessageRef(thread.id, thread.messages[0].id),
        card=MessageRef(thread.id, thread.messages[0].id),
        thread_id=thread.id,
    )
    assert thread.name == f"Character · {story.job.reference}"
    assert stage.mira.id in thread.joined
    assert not thread.invitable
    assert "Waiting – next in line" in thread.messages[0].text
    assert read_in_public(stage) == []


async def test_everything_about_a_private_job_stays_private(stage: Stage) -> None:
    story = after(private(stage), await stage.deliver(NoticeKind.CARD, private(stage)))
    character = a_character(provider_character_id="char_7Qk2f9")
    ended = replace(story, attempt=replace(story.attempt, state=_S.SUCCEEDED), character=character)

    assert await stage.deliver(NoticeKind.THREAD, ended) == Delivered()
    await stage.deliver(NoticeKind.CARD, ended)
    await stage.deliver(NoticeKind.RESULT, ended)

    thread = the_private_thread(stage)
    assert [message.pinged_user_ids for message in thread.messages] == [frozenset(), {stage.mira.id}]
    assert "char_7Qk2f9" in thread.messages[1].text
    assert "Created" in thread.messages[0].text
    assert read_in_public(stage) == []


async def test_a_private_thread_that_a_crash_hid_from_us_is_found_again(stage: Stage) -> None:
    story = private(stage)
    stage.discord.faults.fail("PUT", "/channels/*/thread-members/*", status=503)
    announcement = stage.announcement(NoticeKind.CARD, story)

    with pytest.raises(DeliveryPostponed):
        await stage.deliver(NoticeKind.CARD, story, announcement)
    await stage.deliver(NoticeKind.CARD, story, announcement)

    assert stage.mira.id in the_private_thread(stage).joined


async def test_a_private_card_whose_answer_was_lost_is_found_again(stage: Stage) -> None:
    story = private(stage)
    announcement = stage.announcement(NoticeKind.CARD, story)
    stage.discord.faults.reset("POST", "/channels/*/messages", when="after")

    with pytest.raises(DeliveryPostponed):
        await stage.deliver(NoticeKind.CARD, story, announcement)
    stage.discord.age(600)
    outcome = await stage.deliver(NoticeKind.CARD, story, announcement, tries=1)

    assert isinstance(outcome, Delivered)
    assert outcome.card is not None
    assert len(the_private_thread(stage).messages) == 1


async def test_a_thread_of_the_same_name_by_somebody_else_is_not_used(stage: Stage) -> None:
    story = private(stage)
    name = f"Character · {story.job.reference}"
    fake = Thread(stage.channel, stage.discord.world.mint.next(), PRIVATE_THREAD, name, stage.mira.user)
    fake.join([stage.discord.world.bot])

    outcome = await stage.deliver(NoticeKind.CARD, story)

    assert isinstance(outcome, Delivered)
    assert outcome.thread_id != fake.id
    assert fake.messages == []


@pytest.mark.parametrize("permission", ["CREATE_PRIVATE_THREADS", "SEND_MESSAGES_IN_THREADS"])
async def test_without_a_private_thread_it_becomes_direct_messages(stage: Stage, permission: str) -> None:
    stage.channel.deny_bot(permission)
    story = private(stage)

    story = after(story, await stage.deliver(NoticeKind.CARD, story))
    ended = replace(story, attempt=replace(story.attempt, state=_S.FAILED))
    outcome = await stage.deliver(NoticeKind.FAILURE, ended)

    assert isinstance(outcome, Delivered)
    dm = stage.discord.dm(stage.mira)
    assert [message.channel for message in (stage.card(story), stage.message(outcome.message))] == [dm, dm]
    assert stage.message(outcome.message).reactions == {}
    assert story.job.thread_id is None
    assert await stage.deliver(NoticeKind.THREAD, story) == Delivered()
    assert read_in_public(stage) == []


@pytest.mark.parametrize("kind", ["announcement", "voice"])
async def test_where_private_threads_do_not_exist_it_becomes_direct_messages(stage: Stage, kind: str) -> None:
    add = stage.guild.add_voice_channel if kind == "voice" else stage.guild.add_announcement_channel

    outcome = await stage.deliver(NoticeKind.CARD, private(stage, add("elsewhere")))

    assert isinstance(outcome, Delivered)
    assert stage.message(outcome.card).channel is stage.discord.dm(stage.mira)


async def test_who_accepts_no_direct_messages_finds_it_in_the_status(stage: Stage) -> None:
    stage.channel.deny_bot("CREATE_PRIVATE_THREADS")
    stage.mira.refuse_direct_messages()
    story = private(stage, state=_S.SUCCEEDED, character=a_character())

    assert await stage.deliver(NoticeKind.CARD, story) == Parked(ParkReason.NO_DIRECT_MESSAGES)
    assert await stage.deliver(NoticeKind.RESULT, story) == Parked(ParkReason.NO_DIRECT_MESSAGES)
    assert read_in_public(stage) == []


async def test_a_private_thread_that_is_gone_leads_to_direct_messages(stage: Stage) -> None:
    story = private(stage)
    story = after(story, await stage.deliver(NoticeKind.CARD, story))
    the_private_thread(stage).delete()
    ended = replace(story, attempt=replace(story.attempt, state=_S.SUCCEEDED), character=a_character())

    outcome = await stage.deliver(NoticeKind.RESULT, ended)

    assert isinstance(outcome, Delivered)
    assert stage.message(outcome.message).channel is stage.discord.dm(stage.mira)
    assert read_in_public(stage) == []


async def test_a_place_that_refused_is_not_asked_again(stage: Stage) -> None:
    story = private(stage)
    story = after(story, await stage.deliver(NoticeKind.CARD, story))
    the_private_thread(stage).lock()
    asked = len(stage.discord.requests)

    outcome = await stage.deliver(
        NoticeKind.FAILURE, replace(story, attempt=replace(story.attempt, state=_S.FAILED))
    )

    assert isinstance(outcome, Delivered)
    assert stage.message(outcome.message).channel is stage.discord.dm(stage.mira)
    assert [(one.method, one.status) for one in stage.discord.requests[asked:]] == [
        ("POST", 400),
        ("PATCH", 400),
        ("POST", 200),
        ("POST", 200),
    ]


async def test_a_result_that_overtakes_its_card_opens_the_private_thread(stage: Stage) -> None:
    story = private(stage, state=_S.SUCCEEDED, character=a_character())

    story = after(story, await stage.deliver(NoticeKind.RESULT, story))
    await stage.deliver(NoticeKind.CARD, story)

    assert len(the_private_thread(stage).messages) == 2
    assert read_in_public(stage) == []


async def rejected(stage: Stage, call: Call, /, **facts: Any) -> Story:
    story = stage.told_of(
        call.channel, state=_S.REJECTED, clip=None, ticket=stage.ticket(call), **RULE | facts
    )
    return replace(story, job=replace(story.job, card=MessageRef(call.channel.id, a_message(call))))


def a_message(call: Call) -> int:
    assert call.original is not None
    return call.original.id


async def test_a_refusal_is_whispered_with_the_reason_and_the_members_words(stage: Stage) -> None:
    call = await stage.answered_call()
    story = await rejected(stage, call, prompt="fox `detective`", safety="no guns")

    assert await stage.deliver(NoticeKind.REFUSAL, story) == Delivered()

    whisper = await call.wait_for_followup()
    assert whisper.ephemeral
    assert whisper.visible_to is stage.mira.user
    for part in ("too long", "7.20 s", "1 to 4 s", "Nothing was charged.", "fox ˋdetectiveˋ", "no guns"):
        assert part in whisper.text
    assert all("7.20 s" not in text and "fox" not in text for text in read_in_public(stage))


async def test_a_long_prompt_comes_back_whole_in_a_file(stage: Stage) -> None:
    call = await stage.answered_call()
    story = await rejected(stage, call, prompt="🦊" * 2500, safety="")

    assert await stage.deliver(NoticeKind.REFUSAL, story) == Delivered()

    whisper = await call.wait_for_followup()
    assert [stored.file.body for stored in whisper.files] == [("🦊" * 2500).encode()]


@pytest.mark.parametrize("word", ["age", "forgotten", "unknown"])
async def test_a_refusal_that_comes_too_late_is_parked(stage: Stage, word: str) -> None:
    call = await stage.answered_call()
    story = await rejected(stage, call)
    asked = len(stage.discord.requests)
    if word == "age":
        stage.clock.advance(QUARTER_HOUR)
    else:
        token = "" if word == "forgotten" else "nonsense"
        ticket = replace(story.job.order.ticket, token=token)
        story = replace(story, job=replace(story.job, order=replace(story.job.order, ticket=ticket)))

    assert await stage.deliver(NoticeKind.REFUSAL, story) == Parked(ParkReason.TOO_LATE)
    assert len(stage.discord.requests) - asked == (1 if word == "unknown" else 0)
    assert call.followups == []


async def test_a_late_refusal_still_reaches_direct_messages(stage: Stage) -> None:
    dm = stage.discord.dm(stage.mira)
    call = await stage.answered_call(dm)
    story = await rejected(stage, call, prompt="`" * 5000)
    stage.clock.advance(QUARTER_HOUR)

    outcome = await stage.deliver(NoticeKind.REFUSAL, story)

    assert isinstance(outcome, Delivered)
    assert stage.message(outcome.message).channel is dm
    assert "7.20 s" in stage.message(outcome.message).text


async def test_a_late_refusal_of_a_private_job_stays_private(stage: Stage) -> None:
    story = private(stage, state=_S.REJECTED, clip=None, **RULE)
    stage.clock.advance(QUARTER_HOUR)

    outcome = await stage.deliver(NoticeKind.REFUSAL, story)

    assert isinstance(outcome, Delivered)
    assert "7.20 s" in the_private_thread(stage).messages[0].text
    assert read_in_public(stage) == []


async def test_a_refusal_is_postponed_while_discord_is_away(stage: Stage) -> None:
    story = await rejected(stage, await stage.answered_call())
    stage.discord.faults.fail("POST", "/webhooks/**", status=503)

    with pytest.raises(DeliveryPostponed):
        await stage.deliver(NoticeKind.REFUSAL, story)


async def accepted_job(stage: Stage, **options: Any) -> Job:
    """A job whose first response shows its card, or the private word for it."""
    call = await stage.answered_call(job_id=JOB_ID, **options)
    story = await rejected(stage, call)
    return replace(story.job, job_id=JOB_ID)


@pytest.mark.parametrize("ephemeral", [False, True])
async def test_the_first_response_can_be_looked_up(stage: Stage, *, ephemeral: bool) -> None:
    job = await accepted_job(stage, ephemeral=ephemeral)

    assert await stage.replies.first_response(job) == job.card


async def test_a_response_that_was_never_made_is_none(stage: Stage) -> None:
    job = await accepted_job(stage)
    ticket = InteractionTicket(1, stage.discord.world.application_id, "nonsense")

    assert await stage.replies.first_response(replace(job, order=replace(job.order, ticket=ticket))) is None


@pytest.mark.parametrize("age_seconds", [0, QUARTER_HOUR + 1])
async def test_a_response_that_says_no_has_accepted_nothing(stage: Stage, age_seconds: float) -> None:
    """The member was told to try again, and then the job came to be stored after all."""
    story = await rejected(stage, await stage.answered_call())
    stage.discord.age(age_seconds)

    assert await stage.replies.first_response(story.job) is None


async def test_a_response_that_was_deleted_is_none(stage: Stage) -> None:
    job = await accepted_job(stage)
    stage.message(job.card).delete()

    assert await stage.replies.first_response(job) is None


async def test_a_public_response_is_found_after_the_interaction_has_died(stage: Stage) -> None:
    await stage.answered_call()
    job = await accepted_job(stage)
    await stage.answered_call()
    stage.discord.age(QUARTER_HOUR + 1)

    assert await stage.replies.first_response(job) == job.card


async def test_a_public_response_is_found_however_much_was_written_since(stage: Stage) -> None:
    job = await accepted_job(stage)
    stage.discord.age(QUARTER_HOUR + 1)
    for _ in range(READ_BACK):
        post(stage.channel, NewMessage(stage.mira.user, content="so what"))

    assert await stage.replies.first_response(job) == job.card


async def test_a_private_response_cannot_be_found_after_the_interaction_has_died(stage: Stage) -> None:
    job = await accepted_job(stage, ephemeral=True)
    private = replace(job, order=replace(job.order, visibility=Visibility.PRIVATE))
    stage.discord.age(QUARTER_HOUR + 1)

    assert await stage.replies.first_response(private) is None


async def test_looking_for_the_response_waits_for_discord(stage: Stage) -> None:
    job = await accepted_job(stage)
    stage.discord.faults.fail("GET", "/webhooks/**", status=503)

    with pytest.raises(DeliveryPostponed):
        await stage.replies.first_response(job)
