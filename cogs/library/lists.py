"""`/character list` and `/character show`: what a member has made, and what others share with them."""

from contextlib import suppress
from typing import Any

import discord
from discord import app_commands

from bot.errors import NotAllowed, NotFound, RecordsUnavailable
from bot.jobs.characters.library import CharacterLibrary, Entry, Scope, is_for_all_in
from bot.jobs.characters.renewal import Renewals
from bot.model import Character, MessageRef, Person
from bot.moderation.takedowns import CharacterPosts
from bot.ports import Clock
from cogs import failures, guards, pages, replies
from cogs.commands import add
from cogs.controls import OPEN, Control, DrawnButton
from cogs.delivery.policy import TROUBLE
from cogs.guards import AllowedGuilds
from cogs.library.cog import LibraryCog
from cogs.library.views import (
    LIST,
    PAGE,
    Shelf,
    Spot,
    back_button,
    can_remake,
    list_view,
    sheet,
    sheet_buttons,
)
from cogs.pictures import Pictures
from cogs.presses import Presses
from cogs.replies import Reply
from cogs.suggestions import Reference
from cogs.texts import library as texts
from cogs.texts import prices

SCOPE_CHOICES = [app_commands.Choice(name=name, value=scope.value) for scope, name in texts.SCOPES.items()]


class Library(LibraryCog):
    """Shows members their own characters and those that are shared with them; no others exist here."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        library: CharacterLibrary,
        renewals: Renewals,
        pictures: Pictures,
        posts: CharacterPosts,
        clock: Clock,
        allowed_guilds: AllowedGuilds,
    ) -> None:
        super().__init__(library=library, clock=clock, allowed_guilds=allowed_guilds)
        self._renewals = renewals
        self._pictures = pictures
        self._posts = posts
        add(group, "list", "Browse your characters.", self.browse)
        add(group, "show", "Show one of your characters and its id.", self.show)

    @property
    def presses(self) -> Presses:
        return {(LIST, PAGE): self.turn, (LIST, OPEN): self.open}

    @app_commands.describe(scope="Which ones; all that you may use here, if you choose none.")
    @app_commands.choices(scope=SCOPE_CHOICES)
    async def browse(self, interaction: discord.Interaction[Any], scope: str | None = None) -> None:
        """The first page, privately."""
        person = guards.admit(interaction, self._allowed_guilds)
        if scope is not None and scope not in set(Scope):
            raise failures.MalformedPayload
        spot = Spot(Scope(scope) if scope else Scope.ALL)
        await failures.send_privately(interaction, await self._page(person, spot))

    async def turn(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """Another page in place of what is shown; the button knows its page, nothing else does."""
        person = guards.admit(interaction, self._allowed_guilds)
        page = await self._page(person, Spot.parse(control.arg))
        await pages.turn_to(interaction, page.view, page.files)

    async def open(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The sheet of what was picked, in place of the list, with the way back."""
        person = guards.admit(interaction, self._allowed_guilds)
        if not control.values:
            raise NotFound("character")
        entry = await self._library.entry(person, control.values[0])
        opened = await self._sheet(entry, person, back_button(Spot.parse(control.arg)))
        await pages.turn_to(interaction, opened.view, opened.files)

    @app_commands.describe(
        character="One of your characters, or one that is shared with you: its name or its id.",
        post="Post it in this channel instead of showing it only to you.",
    )
    @app_commands.autocomplete(character=LibraryCog.suggest_usable)
    async def show(
        self,
        interaction: discord.Interaction[Any],
        character: Reference,
        post: bool = False,  # noqa: FBT001, FBT002  # an option of the command
    ) -> None:
        """The sheet of one character, with its id alone in a code block."""
        person = guards.admit(interaction, self._allowed_guilds)
        entry = await self._library.entry(person, character)
        if post:
            check_posting(entry.character, person)
            await self._post(interaction, entry, person)
        else:
            await failures.send_privately(interaction, await self._sheet(entry, person))

    async def _post(self, interaction: discord.Interaction[Any], entry: Entry, person: Person) -> None:
        """Shows it to everybody, in a message that is noted before it shows anything.

        What it shows is read after that: a removal either finds the note, or is seen here. There are no
        buttons, for what others may press would only be refused.
        """
        message = _where(interaction, await interaction.response.defer(thinking=True))
        try:
            await self._posts.note(entry.character.job_id, message, self._clock.now())
            current = await self._library.entry(person, entry.character.character_id)
            shown = await self._drawn(current, person, ())
            await interaction.edit_original_response(
                view=shown.view,
                attachments=list(shown.files),
                allowed_mentions=discord.AllowedMentions.none(),
            )
        except BaseException:
            # The reason is told privately; what everybody sees would be thinking for ever.
            with suppress(*TROUBLE, RecordsUnavailable):
                await interaction.delete_original_response()
                await self._posts.forget(message)
            raise

    async def _page(self, person: Person, spot: Spot) -> Reply:
        shelf = Shelf(await self._library.listed(person, spot.scope), spot, person)
        posters = await self._pictures.posters_in_time(await self._library.clips(shelf.shown))
        return replies.Reply(list_view(shelf, posters), tuple(one.file() for one in posters if one))

    async def _sheet(self, entry: Entry, person: Person, *ways_back: DrawnButton) -> Reply:
        """With what its owner may do about it, and what that costs."""
        if entry.story is None or not can_remake(entry, person):
            return await self._drawn(entry, person, ways_back)
        makers = await self._renewals.makers(entry.character, entry.story)
        maker = await self._renewals.maker(entry.character)
        buttons = sheet_buttons(entry, person, makers, takes_picture=maker.from_picture)
        return await self._drawn(entry, person, (*buttons, *ways_back), prices.lately(maker))

    async def _drawn(
        self, entry: Entry, person: Person, buttons: tuple[DrawnButton, ...], cost: str = ""
    ) -> Reply:
        poster = await self._pictures.poster_in_time(entry.story.job.shown_clip if entry.story else None)
        view = sheet(entry, person.user_id, poster, buttons, cost)
        return replies.Reply(view, (poster.file(),) if poster else ())


def _where(
    interaction: discord.Interaction[Any], placed: discord.InteractionCallbackResponse[Any] | None
) -> MessageRef:
    """The message that Discord has placed for the answer.

    Raises:
        MalformedPayload: it names none.
    """
    if placed is None or placed.message_id is None or interaction.channel_id is None:
        raise failures.MalformedPayload
    return MessageRef(interaction.channel_id, placed.message_id)


def check_posting(character: Character, person: Person) -> None:
    """Whether everybody may see it there: its owner decides that, by posting it or by sharing it.

    In a server it has to be one that its moderators can take down. Direct messages nobody else reads.

    Raises:
        NotAllowed: it is not theirs to post, or was not made there.
    """
    if character.owner_id != person.user_id and character.shared_with_guild_id is None:
        raise NotAllowed("post")
    if person.guild_id is not None and not is_for_all_in(person.guild_id, character):
        raise NotAllowed("post-elsewhere")
