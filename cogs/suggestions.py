"""Characters and jobs that are suggested while one is typed: fast or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import discord
import structlog
from discord import app_commands

from bot.jobs.characters.library import REFERENCE_LIMIT
from bot.model import Character, Job, Person, Story
from cogs import guards
from cogs.failures import MalformedPayload
from cogs.guards import AllowedGuilds
from cogs.texts import library as texts
from cogs.texts import status

CHOICES_SHOWN = 25
"""Discord: Application Commands, Autocomplete."""
SUGGESTION_SECONDS = 0.3
"""A suggestion that comes later is for a text that has been typed on."""

log = structlog.get_logger(__name__)


class ReferenceText(app_commands.Transformer):
    """What names a character or a job: a text, of any kind; discord.py itself would let a number through."""

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
One = TypeVar("One")
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
    characters = await _in_time(interaction, allowed_guilds, listed)
    reader_id = interaction.user.id
    return [
        app_commands.Choice(name=texts.choice_label(one, now, reader_id), value=one.character_id)
        for one in [one for one in characters if matches(one, current)][:CHOICES_SHOWN]
    ]


async def of_jobs(
    interaction: discord.Interaction[Any],
    current: str,
    *,
    allowed_guilds: AllowedGuilds,
    now: datetime,
    listed: Callable[[Person], Awaitable[Sequence[Story]]],
    fits: Callable[[Story], bool],
) -> list[app_commands.Choice[str]]:
    """The same for jobs, by name or reference, as far as they fit."""
    stories = [one for one in await _in_time(interaction, allowed_guilds, listed) if fits(one)]
    return [
        app_commands.Choice(name=status.choice_label(one, now), value=one.job.job_id)
        for one in [one for one in stories if job_matches(one.job, current)][:CHOICES_SHOWN]
    ]


async def _in_time(
    interaction: discord.Interaction[Any],
    allowed_guilds: AllowedGuilds,
    listed: Callable[[Person], Awaitable[Sequence[One]]],
) -> Sequence[One]:
    try:
        person = guards.admit(interaction, allowed_guilds)
        async with asyncio.timeout(SUGGESTION_SECONDS):
            return await listed(person)
    except Exception as error:  # noqa: BLE001  # a suggestion has no way to answer
        log.warning("suggestions_failed", error=type(error).__name__)
        return ()


def matches(character: Character, current: str) -> bool:
    """Whether what was typed so far is part of the name or of one of the ids."""
    wanted = current.strip().casefold()
    known = (character.name or "", character.provider_character_id, character.character_id)
    return any(wanted in text.casefold() for text in known)


def job_matches(job: Job, current: str) -> bool:
    """The same for a job, with its reference."""
    wanted = current.strip().casefold()
    return any(wanted in text.casefold() for text in (job.order.name or "", job.reference, job.job_id))
