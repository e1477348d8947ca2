"""How each kind of announcement is told when nothing stands in the way."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.fault import Fault
from bot.model import AttemptState
from bot.notices import NoticeKind
from bot.ports import Delivered
from cogs.texts import notices
from tests.builders import NOON
from tests.integration.delivery_stage import Stage, after, open_stage

_S = AttemptState


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


async def test_a_result_is_a_new_message_in_the_thread_and_pings_its_owner_once(stage: Stage) -> None:
    story = await stage.succeeded()

    outcome = await stage.deliver(NoticeKind.RESULT, story)

    assert isinstance(outcome, Delivered)
    result = stage.message(outcome.message)
    assert result.channel is stage.thread(story)
    assert result.text.split("```")[1] == "\nchar_7Qk2f9\n"
    assert result.pinged_user_ids == {stage.mira.id}
    assert [message.pinged_user_ids for message in stage.messages() if message is not result] == [
        frozenset() for _ in range(len(stage.messages()) - 1)
    ]


async def test_a_result_brings_its_owner_into_the_thread(stage: Stage) -> None:
    story = await stage.succeeded()

    await stage.deliver(NoticeKind.RESULT, story)

    assert stage.mira.id in stage.thread(story).joined


async def test_whoever_is_named_in_a_text_is_not_pinged(stage: Stage) -> None:
    tom = stage.guild.add_member("Tom")
    words = f"{tom.mention} @everyone @here"
    story = await stage.failed(prompt=words, name=words, safety=words)

    await stage.deliver(NoticeKind.CARD, story)
    outcome = await stage.deliver(NoticeKind.FAILURE, story)

    assert isinstance(outcome, Delivered)
    assert stage.message(outcome.message).pinged_user_ids == {stage.mira.id}
    assert not any(message.mentions_everyone for message in stage.messages())
    assert all(tom.id not in message.mentioned_user_ids for message in stage.messages())


async def test_every_message_says_whom_it_may_notify(stage: Stage) -> None:
    story = await stage.failed()
    for kind in (NoticeKind.CARD, NoticeKind.ATTEMPT, NoticeKind.FAILURE):
        await stage.deliver(kind, story)

    bodies = [one.json for one in stage.discord.requests if one.method in ("POST", "PATCH")]
    said = [body["allowed_mentions"] for body in bodies if isinstance(body, dict) and "components" in body]
    # The first is the card that the test itself posted.
    assert said[1:] == [{"parse": []}, {"parse": []}, {"parse": [], "users": [stage.mira.id]}]


async def test_a_failure_offers_another_attempt_by_button_and_by_reaction(stage: Stage) -> None:
    story = await stage.failed(fault=Fault.PROVIDER_TROUBLE)

    outcome = await stage.deliver(NoticeKind.FAILURE, story)

    assert isinstance(outcome, Delivered)
    failure = stage.message(outcome.message)
    assert failure.buttons["Try again"].custom_id == f"c1:job:retry:{story.job.job_id}:1"
    assert failure.reactions == {"🔁": [stage.discord.world.bot.id]}
    assert failure.channel is stage.thread(story)


async def test_a_failure_is_told_even_where_the_bot_may_not_react(stage: Stage) -> None:
    story = await stage.failed()
    stage.channel.deny_bot("ADD_REACTIONS")

    outcome = await stage.deliver(NoticeKind.FAILURE, story)

    assert isinstance(outcome, Delivered)
    assert stage.message(outcome.message).reactions == {}


async def test_a_lost_answer_to_the_reaction_does_not_undo_the_failure(stage: Stage) -> None:
    story = await stage.failed()
    stage.discord.faults.reset("PUT", "/channels/*/messages/*/reactions/*/@me")

    outcome = await stage.deliver(NoticeKind.FAILURE, story)

    assert isinstance(outcome, Delivered)


async def test_no_reaction_where_no_attempt_can_follow(stage: Stage) -> None:
    story = await stage.failed(fault=Fault.CLIP_MISSING)

    outcome = await stage.deliver(NoticeKind.FAILURE, story)

    assert isinstance(outcome, Delivered)
    assert stage.message(outcome.message).reactions == {}


@pytest.mark.parametrize("state", [_S.WAITING, _S.SUCCEEDED])
async def test_a_failure_that_was_overtaken_is_not_told(stage: Stage, state: AttemptState) -> None:
    story = await stage.job(state=state)
    before = len(stage.messages())

    outcome = await stage.deliver(NoticeKind.FAILURE, story)

    assert outcome == Delivered()
    assert len(stage.messages()) == before


async def test_a_new_attempt_is_a_short_line_without_a_ping(stage: Stage) -> None:
    ola = stage.guild.add_member("Ola", "MANAGE_MESSAGES")
    story = await stage.job(state=_S.QUEUED, number=2, requested_by=ola.id)

    outcome = await stage.deliver(NoticeKind.ATTEMPT, story)

    assert isinstance(outcome, Delivered)
    line = stage.message(outcome.message)
    assert line.text.startswith(f"Trying again: attempt 2 of 3, asked by {ola.mention}.")
    assert line.pinged_user_ids == frozenset()
    assert line.channel is stage.thread(story)


async def test_the_thread_opens_on_the_card_and_is_named_after_the_character(stage: Stage) -> None:
    story = await stage.carded(name="Inspector Fen", prompt="a secret")

    outcome = await stage.deliver(NoticeKind.THREAD, story)

    assert outcome == Delivered(thread_id=story.job.card.message_id if story.job.card else 0)
    thread = stage.thread(after(story, outcome))
    assert thread.name == "Character · Inspector Fen"
    assert thread.auto_archive_minutes == 1440


async def test_an_announcement_channel_gets_a_thread_as_well(stage: Stage) -> None:
    story = await stage.succeeded(stage.guild.add_announcement_channel("news"))

    outcome = await stage.deliver(NoticeKind.RESULT, story)

    assert isinstance(outcome, Delivered)
    assert stage.message(outcome.message).channel is stage.thread(story)


async def test_a_thread_is_opened_once(stage: Stage) -> None:
    story = await stage.carded()

    first = await stage.deliver(NoticeKind.THREAD, story)
    again = await stage.deliver(NoticeKind.THREAD, story)
    known = await stage.deliver(NoticeKind.THREAD, after(story, first))

    assert again == first
    assert known == Delivered()
    assert len(stage.channel.threads) == 1


async def test_where_there_can_be_no_thread_everything_answers_the_card(stage: Stage) -> None:
    post = stage.guild.add_text_channel("talk")
    host = await stage.succeeded(post)
    voice, dm = stage.guild.add_voice_channel("voice"), stage.discord.dm(stage.mira)

    for place in (stage.thread(host), voice, dm):
        story = await stage.succeeded(place)
        assert await stage.deliver(NoticeKind.THREAD, story) == Delivered()
        outcome = await stage.deliver(NoticeKind.RESULT, story)
        assert isinstance(outcome, Delivered)
        result = stage.message(outcome.message)
        assert result.channel is place
        assert result.replied_to is stage.card(story)
        assert result.pinged_user_ids == {stage.mira.id}


async def test_in_direct_messages_there_is_no_reaction(stage: Stage) -> None:
    story = await stage.failed(stage.discord.dm(stage.mira))

    outcome = await stage.deliver(NoticeKind.FAILURE, story)

    assert isinstance(outcome, Delivered)
    failure = stage.message(outcome.message)
    assert failure.reactions == {}
    assert "moderator" not in failure.text


async def test_the_card_is_redrawn_in_its_place(stage: Stage) -> None:
    story = await stage.carded(state=_S.WAITING, submitted_at=NOON)
    stage.clock.advance(timedelta(minutes=20).total_seconds())

    outcome = await stage.deliver(NoticeKind.CARD, story)

    assert outcome == Delivered(message=story.job.card)
    card = stage.card(story)
    assert "longer than usual" in card.text
    assert list(card.buttons) == ["Cancel", "Details"]
    assert len(stage.messages()) == 1


async def test_a_card_whose_edits_are_used_up_is_left_as_it_is(stage: Stage) -> None:
    story = await stage.carded()
    stage.discord.faults.fail("PATCH", "/channels/*/messages/*", code=30046)

    assert await stage.deliver(NoticeKind.CARD, story) == Delivered(message=story.job.card)


async def test_a_message_names_the_reference_that_people_can_quote(stage: Stage) -> None:
    story = await stage.failed()

    outcome = await stage.deliver(NoticeKind.FAILURE, story)

    assert isinstance(outcome, Delivered)
    assert notices.attempt_mark(story) in stage.message(outcome.message).text
    assert f"ref {story.job.reference}" in stage.card(story).text
