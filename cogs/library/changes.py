"""`/character rename`, `share` and `delete`: what a member makes of their own characters."""

from enum import StrEnum
from typing import Any

import discord
from discord import app_commands

from bot.jobs.characters.library import CharacterLibrary, Member
from bot.jobs.staff.moderation import Moderation
from bot.model import Character
from bot.orders.names import NAME_UNITS
from bot.ports import Clock
from cogs import failures, guards, pages, replies
from cogs.commands import add
from cogs.controls import CHARACTER, DELETE, KEEP, Control, DrawnButton
from cogs.guards import AllowedGuilds
from cogs.library.cog import OWN, LibraryCog
from cogs.presses import Presses
from cogs.suggestions import Reference
from cogs.texts import library as texts


class Access(StrEnum):
    """Who may use a character besides its owner."""

    ONLY_ME = "only-me"
    ONE_MEMBER = "one-member"
    EVERYONE_HERE = "everyone-here"


ACCESS_CHOICES = [
    app_commands.Choice(name=texts.ONLY_ME, value=Access.ONLY_ME.value),
    app_commands.Choice(name=texts.ONE_MEMBER, value=Access.ONE_MEMBER.value),
    app_commands.Choice(name=texts.EVERYONE_HERE, value=Access.EVERYONE_HERE.value),
]


class LibraryChanges(LibraryCog):
    """Only their owner changes them; for everybody else they are not there."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        library: CharacterLibrary,
        moderation: Moderation,
        clock: Clock,
        allowed_guilds: AllowedGuilds,
    ) -> None:
        super().__init__(library=library, clock=clock, allowed_guilds=allowed_guilds)
        self._moderation = moderation
        add(group, "rename", "Give one of your characters another name.", self.rename)
        add(group, "share", "Choose who may use one of your characters.", self.share)
        add(group, "delete", "Delete one of your characters.", self.delete)

    @property
    def presses(self) -> Presses:
        return {(CHARACTER, DELETE): self.delete_confirmed, (CHARACTER, KEEP): self.keep}

    @app_commands.describe(character=OWN, name="Its new name, 1 to 40 characters.")
    @app_commands.autocomplete(character=LibraryCog.suggest_own)
    async def rename(
        self,
        interaction: discord.Interaction[Any],
        character: Reference,
        name: app_commands.Range[str, 1, NAME_UNITS],
    ) -> None:
        person = guards.admit(interaction, self._allowed_guilds)
        renamed = await self._library.rename(person, character, name)
        await failures.tell(interaction, texts.renamed(renamed))

    @app_commands.describe(
        character=OWN,
        access="Who may use it from now on, besides you.",
        member="With whom, if it is one member.",
    )
    @app_commands.choices(access=ACCESS_CHOICES)
    @app_commands.autocomplete(character=LibraryCog.suggest_own)
    async def share(
        self,
        interaction: discord.Interaction[Any],
        character: Reference,
        access: str,
        member: discord.User | None = None,
    ) -> None:
        """Says exactly who can use it now."""
        person = guards.admit(interaction, self._allowed_guilds)
        chosen = _access(access)
        if chosen is not Access.ONLY_ME:
            await self._moderation.check_sharing(person)
        match chosen:
            case Access.ONLY_ME:
                shared = await self._library.share_with_nobody(person, character)
            case Access.ONE_MEMBER:
                named = None if member is None else Member(member.id, is_bot=member.bot)
                shared = await self._library.share_with_member(person, character, named)
            case Access.EVERYONE_HERE:
                shared = await self._library.share_with_server(person, character)
        await failures.tell(interaction, texts.usable_by(shared))

    @app_commands.describe(character=OWN)
    @app_commands.autocomplete(character=LibraryCog.suggest_own)
    async def delete(
        self,
        interaction: discord.Interaction[Any],
        character: Reference,
    ) -> None:
        """Asks first: nothing of it comes back."""
        person = guards.admit(interaction, self._allowed_guilds)
        found = await self._library.character(person, character)
        await failures.send_privately(interaction, replies.Reply(confirmation(found)))

    async def delete_confirmed(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Delete**; of two presses the second finds nothing any more."""
        person = guards.admit(interaction, self._allowed_guilds)
        given_up = await self._library.delete(person, control.ref)
        await pages.turn_to(interaction, replies.plain(texts.deleted(clip_given_up=given_up)))

    async def keep(self, interaction: discord.Interaction[Any], _: Control) -> None:
        """The button **Keep**."""
        guards.admit(interaction, self._allowed_guilds)
        await pages.turn_to(interaction, replies.plain(texts.KEPT))


def confirmation(character: Character) -> discord.ui.LayoutView:
    """What would go and what would stay, and the choice."""
    character_id = character.character_id
    return replies.plain(
        texts.confirm_deletion(character),
        DrawnButton(
            Control(CHARACTER, DELETE, character_id), texts.DELETE_LABEL, style=discord.ButtonStyle.danger
        ),
        DrawnButton(Control(CHARACTER, KEEP, character_id), texts.KEEP_LABEL),
    )


def _access(value: str) -> Access:
    try:
        return Access(value)
    except ValueError:
        raise failures.MalformedPayload from None
