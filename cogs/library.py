"""`/character list` and `/character show`: what a member has made."""

import asyncio
from collections.abc import Sequence
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from bot.jobs.desk import Desk
from bot.model import Character
from bot.ports import Clock
from cogs import failures, guards, pages, replies
from cogs.controls import Control
from cogs.guards import AllowedGuilds
from cogs.markdown import fence_body, in_code_block, shown
from cogs.pages import PAGE_SIZE, Page
from cogs.presses import Presses
from cogs.texts import answers, notices

log = structlog.get_logger(__name__)

LIST = "lst"
PAGE = "page"
NAME_SHOWN = 40
ID_LISTED = 128
"""Of an id in a line of the list; the sheet shows it whole."""
REFERENCE_LENGTH = 128
CHOICES_SHOWN = 25
SUGGESTION_SECONDS = 0.3
"""A suggestion that comes later is for a text that has been typed on."""


class Library(commands.Cog):
    """Shows members their own characters; everybody else's do not exist here."""

    def __init__(
        self, group: app_commands.Group, *, desk: Desk, clock: Clock, allowed_guilds: AllowedGuilds
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._allowed_guilds = allowed_guilds
        group.add_command(
            app_commands.Command(name="list", description="Browse your characters.", callback=self.browse)
        )
        group.add_command(
            app_commands.Command(
                name="show", description="Show one of your characters and its id.", callback=self.show
            )
        )

    @property
    def presses(self) -> Presses:
        return {(LIST, PAGE): self.turn}

    async def browse(self, interaction: discord.Interaction[Any]) -> None:
        """The first page, privately."""
        person = guards.admit(interaction, self._allowed_guilds)
        characters = await self._desk.characters(person)
        await failures.send_privately(interaction, replies.Reply(page_view(characters, 0)))

    async def turn(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """Another page in place of the one that is shown; the button knows its page, nothing else does."""
        person = guards.admit(interaction, self._allowed_guilds)
        characters = await self._desk.characters(person)
        await pages.turn_to(interaction, page_view(characters, pages.number_of(control.arg)))

    async def suggest(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        """Own characters by name or id; nothing at all rather than something late."""
        try:
            person = guards.admit(interaction, self._allowed_guilds)
            async with asyncio.timeout(SUGGESTION_SECONDS):
                characters = await self._desk.characters(person)
        except Exception as error:  # noqa: BLE001  # a suggestion has no way to answer
            log.warning("suggestions_failed", error=type(error).__name__)
            return []
        found = [character for character in characters if matches(character, current)]
        now = self._clock.now()
        return [
            app_commands.Choice(name=answers.choice_label(character, now), value=character.character_id)
            for character in found[:CHOICES_SHOWN]
        ]

    @app_commands.describe(
        character="One of your characters: its name or its id.",
        post="Post it in this channel instead of showing it only to you.",
    )
    @app_commands.autocomplete(character=suggest)
    async def show(
        self,
        interaction: discord.Interaction[Any],
        character: app_commands.Range[str, 1, REFERENCE_LENGTH],
        post: bool = False,  # noqa: FBT001, FBT002  # an option of the command
    ) -> None:
        """The sheet of one character, with its id alone in a code block."""
        person = guards.admit(interaction, self._allowed_guilds)
        found = await self._desk.character(person, character.strip())
        await interaction.response.send_message(
            view=sheet(found), ephemeral=not post, allowed_mentions=discord.AllowedMentions.none()
        )


def matches(character: Character, current: str) -> bool:
    """Whether what was typed so far is part of the name or of one of the ids."""
    wanted = current.strip().casefold()
    texts = (character.name or "", character.provider_character_id, character.character_id)
    return any(wanted in text.casefold() for text in texts)


def page_view(characters: Sequence[Character], wanted: int) -> discord.ui.LayoutView:
    """One page of characters, and the way to the pages around; a page past the end is the last one."""
    if not characters:
        return replies.plain(answers.NO_CHARACTERS)
    page = Page.of(wanted, len(characters))
    here = characters[page.offset : page.offset + PAGE_SIZE]
    lines = [answers.library_title(page.number, page.pages, len(characters)), *map(_line, here)]
    return replies.plain("\n".join(lines), *page.buttons(_page))


def sheet(character: Character) -> discord.ui.LayoutView:
    """All that is known of a character; the id as the provider spelt it, alone in its block."""
    facts = f"{answers.created(character.created_at)} · {shown(character.provider, NAME_SHOWN)}"
    last_day = answers.may_stop(character.may_stop_working_at)
    return replies.layout(
        [
            discord.ui.TextDisplay(f"### {_name(character)}\n{facts}\n{last_day}"),
            discord.ui.TextDisplay(in_code_block(character.provider_character_id, notices.ID_LIMIT)),
            discord.ui.TextDisplay(answers.AI_MADE),
        ]
    )


def _page(page: int) -> Control:
    return Control(LIST, PAGE, "0", str(page))


def _name(character: Character) -> str:
    return shown(character.name or "", NAME_SHOWN) or answers.NO_NAME


def _line(character: Character) -> str:
    whole = fence_body(character.provider_character_id)
    provider_id = whole if len(whole) <= ID_LISTED else f"{whole[:ID_LISTED]}…"
    return f"**{_name(character)}** · {answers.created(character.created_at)} · `{provider_id}`"
