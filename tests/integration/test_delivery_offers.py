"""Offers to cut a clip, and the pictures that stand in messages."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.clip import ClipRule, KeptClip, Offer, Part, StoredClip
from bot.jobs.acceptance import in_one_piece
from bot.model import AttemptState, MessageRef, Story, Visibility
from bot.notices import NoticeKind
from bot.ports import Delivered, Parked
from cogs.texts.notices import ParkReason
from sandbox.discord.calls import Call
from sandbox.discord.messages import Message, walk
from tests.builders import a_character, a_clip
from tests.fakes.editor import POSTER, SHEET
from tests.integration.delivery_stage import Stage, open_stage

_S = AttemptState
QUARTER_HOUR = 15 * 60.0
RULE = {"rule": ClipRule.TOO_LONG, "rule_found": "14.20 s", "rule_accepted": "1 to 4 s"}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


async def stored(stage: Stage, content: bytes) -> StoredClip:
    return await stage.clips.keep(await stage.clips.stage("picture", in_one_piece(content)))


async def offered(stage: Stage, call: Call, /, **facts: Any) -> Story:
    """A job of a command whose clip waits for a choice."""
    offer = Offer(a_clip().stored, await stored(stage, SHEET), 14.2, Part(5000, 4000))
    defaults = {"state": _S.OFFERED, "clip": None, "offer": offer, "ticket": stage.ticket(call)}
    story = stage.told_of(call.channel, **defaults | RULE | facts)
    assert call.original is not None
    card = MessageRef(call.channel.id, call.original.id)
    return replace(story, job=replace(story.job, card=card))


async def with_poster(stage: Stage) -> KeptClip:
    return a_clip(poster=await stored(stage, POSTER))


def pictures_on(message: Message) -> list[str]:
    """What the components of a message show, by the names of its files."""
    shown = [one.get("media") for one in walk(message.components)]
    shown += [item["media"] for one in walk(message.components) for item in one.get("items", ())]
    return [urlsplit(media["url"]).path.rpartition("/")[2] for media in shown if media]


def body_of(message: Message) -> bytes:
    (file,) = message.files
    assert isinstance(file.file.body, bytes)
    return file.file.body


async def test_the_offer_goes_to_the_owner_alone_with_the_pictures_of_the_clip(stage: Stage) -> None:
    call = await stage.answered_call()
    story = await offered(stage, call, prompt="fox detective")

    outcome = await stage.deliver(NoticeKind.OFFER, story)

    whisper = await call.wait_for_followup()
    assert outcome == Delivered()
    assert whisper.ephemeral
    assert "That clip is too long: **14.20 s**; it must be **1 to 4 s**." in whisper.text
    assert "```\nfox detective\n```" in whisper.text
    assert {"Use this part", "Not this clip", "◀ ½ s", "½ s ▶"} == set(whisper.buttons)
    assert (pictures_on(whisper), body_of(whisper)) == (["clip.jpg"], SHEET)
    assert len(stage.messages()) == 1, "nothing in public but the card"


async def test_a_long_prompt_comes_in_a_file_beside_the_pictures(stage: Stage) -> None:
    call = await stage.answered_call()
    story = await offered(stage, call, prompt="🦊" * 2500)

    await stage.deliver(NoticeKind.OFFER, story)

    whisper = await call.wait_for_followup()
    assert [file.filename for file in whisper.files] == ["clip.jpg", "prompt.txt"]


async def test_once_the_interaction_is_over_the_card_alone_leads_to_the_offer(stage: Stage) -> None:
    call = await stage.answered_call()
    story = await offered(stage, call)
    stage.clock.advance(QUARTER_HOUR)

    outcome = await stage.deliver(NoticeKind.OFFER, story)
    await stage.deliver(NoticeKind.CARD, story)

    assert outcome == Parked(ParkReason.TOO_LATE)
    assert call.followups == []
    assert "Choose the part to keep" in stage.card(story).buttons


async def test_a_private_job_is_led_to_its_offer_in_private(stage: Stage) -> None:
    stage.channel.allow_bot("CREATE_PRIVATE_THREADS")
    call = await stage.answered_call(ephemeral=True)
    story = await offered(stage, call, visibility=Visibility.PRIVATE)
    story = replace(story, job=replace(story.job, card=None))
    stage.clock.advance(QUARTER_HOUR)

    outcome = await stage.deliver(NoticeKind.OFFER, story)

    assert isinstance(outcome, Delivered)
    message = stage.message(outcome.message)
    assert "needs a cut" in message.text
    assert set(message.buttons) == {"Choose the part to keep"}


async def test_an_offer_that_was_taken_up_before_it_was_told_is_not_told(stage: Stage) -> None:
    call = await stage.answered_call()
    story = await offered(stage, call, state=_S.MENDING)

    assert await stage.deliver(NoticeKind.OFFER, story) == Delivered()
    assert call.followups == []


async def test_the_offer_is_made_without_its_pictures_where_they_are_lost(stage: Stage) -> None:
    call = await stage.answered_call()
    story = await offered(stage, call)
    stage.clips.objects.clear()

    await stage.deliver(NoticeKind.OFFER, story)

    assert (await call.wait_for_followup()).files == []


async def test_an_accepted_clips_picture_stands_on_the_card_and_on_the_result(stage: Stage) -> None:
    clip = await with_poster(stage)
    story = await stage.job(clip=clip)
    await stage.deliver(NoticeKind.CARD, story)
    card = stage.card(story)
    first = (pictures_on(card), body_of(card))
    made = a_character(provider_character_id="char_7Qk2f9")
    ended = replace(story, attempt=replace(story.attempt, state=_S.SUCCEEDED), character=made)

    await stage.deliver(NoticeKind.CARD, ended)
    outcome = await stage.deliver(NoticeKind.RESULT, ended)

    assert first == (["poster.jpg"], POSTER)
    assert (pictures_on(card), body_of(card)) == (["poster.jpg"], POSTER)
    assert isinstance(outcome, Delivered)
    assert pictures_on(stage.message(outcome.message)) == ["poster.jpg"]


async def test_a_result_in_an_archived_thread_brings_its_picture_along(stage: Stage) -> None:
    character = a_character(provider_character_id="char_7Qk2f9")
    story = await stage.job(state=_S.SUCCEEDED, character=character, clip=await with_poster(stage))
    stage.thread(story).archive()

    outcome = await stage.deliver(NoticeKind.RESULT, story)

    assert isinstance(outcome, Delivered)
    assert body_of(stage.message(outcome.message)) == POSTER


async def test_no_message_waits_for_a_picture_that_is_lost(stage: Stage) -> None:
    clip = await with_poster(stage)
    stage.clips.objects.clear()
    story = await stage.job(clip=clip)

    await stage.deliver(NoticeKind.CARD, story)

    assert pictures_on(stage.card(story)) == []
