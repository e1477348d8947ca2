"""`/character show` with `post`: a message that shows a character is one that a removal finds."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.errors import RecordsUnavailable
from bot.model import MessageRef, Person
from sandbox.discord.calls import Call
from sandbox.discord.messages import Message
from tests.fakes.takedowns import MemoryCharacterPosts
from tests.integration.cogs_studio import Studio, open_studio


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


async def posted(studio: Studio) -> Call:
    return await studio.mira.run_command(studio.channel, "character show", character="Fen", post=True)


def when_noted(
    monkeypatch: pytest.MonkeyPatch, studio: Studio, act: Callable[[Message], Any]
) -> dict[MessageRef, bool]:
    """Acts while a post is noted. Returns by message whether it showed nothing yet, as they come."""
    showed_nothing: dict[MessageRef, bool] = {}
    note = MemoryCharacterPosts.note

    async def noted(self: MemoryCharacterPosts, job_id: str, message: MessageRef, now: datetime) -> None:
        shown = next(one for one in studio.channel.messages if one.id == message.message_id)
        showed_nothing[message] = shown.loading
        done = act(shown)
        if done is not None:
            await done
        await note(self, job_id, message, now)

    monkeypatch.setattr(MemoryCharacterPosts, "note", noted)
    return showed_nothing


async def test_it_is_noted_before_it_shows_anything(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    await studio.character(await studio.accepted(), name="Fen", provider_character_id="char_fen")
    showed_nothing = when_noted(monkeypatch, studio, lambda _: None)

    answer = await (await posted(studio)).wait_for_answer()

    assert showed_nothing == {MessageRef(studio.channel.id, answer.id): True}
    assert "char_fen" in answer.text
    assert not answer.ephemeral


async def test_what_cannot_be_noted_is_not_shown_and_its_owner_alone_is_told(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await studio.character(await studio.accepted(), name="Fen", provider_character_id="char_fen")

    def fails(_: Message) -> None:
        raise RecordsUnavailable("locked")

    when_noted(monkeypatch, studio, fails)

    call = await posted(studio)
    told = await call.wait_for_followup()

    assert told.ephemeral
    assert "My own records are out of reach" in told.text
    assert call.original is not None
    assert call.original.deleted
    assert not any("char_fen" in one.text for one in studio.channel.messages)


async def test_what_was_deleted_meanwhile_is_not_shown(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    fen = await studio.character(await studio.accepted(), name="Fen", provider_character_id="char_fen")
    mira = Person(studio.mira.id, studio.guild.id)
    when_noted(monkeypatch, studio, lambda _: studio.library.delete(mira, fen.character_id))
    forgotten: list[MessageRef] = []

    async def forget(_: MemoryCharacterPosts, message: MessageRef) -> None:
        forgotten.append(message)

    monkeypatch.setattr(MemoryCharacterPosts, "forget", forget)

    call = await posted(studio)
    told = await call.wait_for_followup()

    assert told.ephemeral
    assert "I found no such character of yours" in told.text
    assert forgotten == [call.original and MessageRef(studio.channel.id, call.original.id)]
    assert call.original is not None
    assert call.original.deleted
