"""`/character list` and `/character show`: what a member has made, and what others share with them."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import NotAllowed
from bot.jobs.library import CharacterLibrary, Entry
from bot.jobs.renewal import is_unknown
from bot.model import Character, Person
from bot.ports import Clock
from cogs import failures, guards, pages, replies, suggestions
from cogs.controls import Control, DrawnButton, renew
from cogs.guards import AllowedGuilds
from cogs.markdown import fence_body, in_code_block, shown
from cogs.pages import PAGE_SIZE, Page
from cogs.pictures import Picture, Pictures
from cogs.presses import Presses
from cogs.suggestions import Reference
from cogs.texts import library as texts
from cogs.texts import notices

LIST = "lst"
PAGE = "page"
PROVIDER_SHOWN = 40
ID_LISTED = 128
"""Of an id in a line of the list; the sheet shows it whole."""


class Library(commands.Cog):
    """Shows members their own characters and those that are shared with them; no others exist here."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        library: CharacterLibrary,
        pictures: Pictures,
        clock: Clock,
        allowed_guilds: AllowedGuilds,
    ) -> None:
        self._library = library
        self._pictures = pictures
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
        characters = await self._library.usable(person)
        await failures.send_privately(interaction, replies.Reply(page_view(characters, 0, person.user_id)))

    async def turn(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """Another page in place of the one that is shown; the button knows its page, nothing else does."""
        person = guards.admit(interaction, self._allowed_guilds)
        characters = await self._library.usable(person)
        wanted = pages.number_of(control.arg)
        await pages.turn_to(interaction, page_view(characters, wanted, person.user_id))

    async def suggest(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        return await suggestions.of_characters(
            interaction,
            current,
            allowed_guilds=self._allowed_guilds,
            now=self._clock.now(),
            listed=self._library.usable,
        )

    @app_commands.describe(
        character="One of your characters, or one that is shared with you: its name or its id.",
        post="Post it in this channel instead of showing it only to you.",
    )
    @app_commands.autocomplete(character=suggest)
    async def show(
        self,
        interaction: discord.Interaction[Any],
        character: Reference,
        post: bool = False,  # noqa: FBT001, FBT002  # an option of the command
    ) -> None:
        """The sheet of one character, with its id alone in a code block."""
        person = guards.admit(interaction, self._allowed_guilds)
        entry = await self._library.entry(person, character)
        if post and not may_post(entry.character, person):
            raise NotAllowed("post")
        poster = await self._pictures.poster_in_time(entry.story.job.clip if entry.story else None)
        # What others may press would only be refused; the owner finds it in an answer of their own.
        buttons = () if post else sheet_buttons(entry, person)
        await interaction.response.send_message(
            view=sheet(entry, person.user_id, poster, buttons),
            files=[poster.file()] if poster else [],
            ephemeral=not post,
            allowed_mentions=discord.AllowedMentions.none(),
        )


def may_post(character: Character, person: Person) -> bool:
    """Whether everybody here may see it: its owner decides that, by posting it or by sharing it."""
    return character.owner_id == person.user_id or character.shared_with_guild_id is not None


def page_view(characters: Sequence[Character], wanted: int, reader_id: int) -> discord.ui.LayoutView:
    """One page of characters, and the way to the pages around; a page past the end is the last one."""
    if not characters:
        return replies.plain(texts.NO_CHARACTERS)
    page = Page.of(wanted, len(characters))
    here = characters[page.offset : page.offset + PAGE_SIZE]
    listed = [_line(character, reader_id) for character in here]
    lines = [texts.title(page.number, page.pages, len(characters)), *listed]
    return replies.plain("\n".join(lines), *page.buttons(_page))


def sheet(
    entry: Entry, reader_id: int, poster: Picture | None = None, buttons: Sequence[DrawnButton] = ()
) -> discord.ui.LayoutView:
    """All that is known of a character; the id as the provider spelt it, alone in its block."""
    character = entry.character
    about = [texts.created(character.created_at), shown(character.provider, PROVIDER_SHOWN)]
    about += [text for text in (texts.shared_by(character, reader_id),) if text]
    lines = [f"### {texts.name_of(character)}", " · ".join(about)]
    lines.append(texts.may_stop(character.may_stop_working_at))
    lines += [text for text in (texts.sharing(character, reader_id),) if text]
    former = texts.former(entry.former_ids)
    items: list[discord.ui.Item[discord.ui.LayoutView]] = [
        replies.beside("\n".join(lines), poster),
        discord.ui.TextDisplay(in_code_block(character.provider_character_id, notices.ID_LIMIT)),
        *([discord.ui.TextDisplay(former)] if former else []),
        *([discord.ui.ActionRow(*buttons)] if buttons else []),
        discord.ui.TextDisplay(texts.AI_MADE),
    ]
    return replies.layout(items)


def sheet_buttons(entry: Entry, person: Person) -> tuple[DrawnButton, ...]:
    """What its owner may do about a character whose clip is kept."""
    character, story = entry.character, entry.story
    is_theirs = character.owner_id == person.user_id
    if not is_theirs or story is None or story.job.clip is None or story.attempt.is_open:
        return ()
    # One that was not told that the last renewal may have been charged has to be told first.
    after = None if is_unknown(character, story.attempt) else story.attempt.number
    return (DrawnButton(renew(character.character_id, after), texts.RENEW_LABEL),)


def _page(page: int) -> Control:
    return Control(LIST, PAGE, "0", str(page))


def _line(character: Character, reader_id: int) -> str:
    whole = fence_body(character.provider_character_id)
    provider_id = whole if len(whole) <= ID_LISTED else f"{whole[:ID_LISTED]}…"
    facts = [f"**{texts.name_of(character)}**", texts.created(character.created_at)]
    facts += [text for text in (texts.shared_by(character, reader_id),) if text]
    return " · ".join([*facts, f"`{provider_id}`"])
