"""Characters that are suggested while one is typed: fast or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.jobs.library import REFERENCE_LIMIT
from bot.model import Character, Person
from cogs import guards
from cogs.failures import MalformedPayload
from cogs.guards import AllowedGuilds
from cogs.texts import library as texts

CHOICES_SHOWN = 25
"""Discord: Application Commands, Autocomplete."""
SUGGESTION_SECONDS = 0.3
"""A suggestion that comes later is for a text that has been typed on."""

log = structlog.get_logger(__name__)


class ReferenceText(app_commands.Transformer):
    """What names a character: a text, of any kind; discord.py itself would let a number through."""

    @property
    def min_value(self) -> int:
        return 1

    @property
    def max_value(self) -> int:
        return REFERENCE_LIMIT

    async def transform(self, _interaction: discord.Interaction[Any], value: Any, /) -> str:
        """The text as it came.

        Raises:
            MalformedPayload: it is none.
        """
        if not isinstance(value, str):
            raise MalformedPayload
        return value


Reference = app_commands.Transform[str, ReferenceText]
Listed = Callable[[Person], Awaitable[Sequence[Character]]]


async def of_characters(
    interaction: discord.Interaction[Any],
    current: str,
    *,
    allowed_guilds: AllowedGuilds,
    now: datetime,
    listed: Listed,
) -> list[app_commands.Choice[str]]:
    """Those of the listed characters that match by name or id; nothing at all rather than something late."""
    try:
        person = guards.admit(interaction, allowed_guilds)
        async with asyncio.timeout(SUGGESTION_SECONDS):
            characters = await listed(person)
    except Exception as error:  # noqa: BLE001  # a suggestion has no way to answer
        log.warning("suggestions_failed", error=type(error).__name__)
        return []
    found = [character for character in characters if matches(character, current)]
    return [
        app_commands.Choice(
            name=texts.choice_label(character, now, person.user_id), value=character.character_id
        )
        for character in found[:CHOICES_SHOWN]
    ]


def matches(character: Character, current: str) -> bool:
    """Whether what was typed so far is part of the name or of one of the ids."""
    wanted = current.strip().casefold()
    known = (character.name or "", character.provider_character_id, character.character_id)
    return any(wanted in text.casefold() for text in known)
