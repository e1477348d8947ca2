"""`/character refresh` and the button **Renew**: a new id under the same name, from the kept clip."""

from typing import Any

import discord
from discord import app_commands

from bot.jobs.characters.library import CharacterLibrary
from bot.jobs.characters.renewal import Remake, Renewals
from bot.model import Person
from bot.ports import Clock
from bot.refusals.library import ClipGone, RenewalUnknown
from cogs import failures, guards, replies
from cogs.commands import add
from cogs.controls import CHARACTER, LEAVE, RENEW, Control, DrawnButton, made_anew, renew
from cogs.guards import AllowedGuilds
from cogs.library.cog import OWN, LibraryCog
from cogs.presses import Presses, in_time
from cogs.suggestions import Reference
from cogs.texts import answers
from cogs.texts import library as texts


class Refresh(LibraryCog):
    """Starts renewals for owners; the machine carries them through, and posts what comes of them."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        renewals: Renewals,
        library: CharacterLibrary,
        clock: Clock,
        allowed_guilds: AllowedGuilds,
    ) -> None:
        super().__init__(library=library, clock=clock, allowed_guilds=allowed_guilds)
        self._renewals = renewals
        add(group, "refresh", "Renew a character whose id may stop working.", self.refresh)

    @property
    def presses(self) -> Presses:
        return {(CHARACTER, RENEW): in_time(self.press)}

    @app_commands.describe(character=OWN)
    @app_commands.autocomplete(character=LibraryCog.suggest_own)
    async def refresh(
        self,
        interaction: discord.Interaction[Any],
        character: Reference,
    ) -> None:
        """Asks first: it is an order that is paid for, and the price is known by now, if ever."""
        person = guards.admit(interaction, self._allowed_guilds)
        try:
            remake = await self._renewals.again(person, character)
        except ClipGone as gone:
            await self._offer_anew(interaction, person, character, gone)
        else:
            await failures.send_privately(interaction, replies.Reply(question(remake)))

    async def press(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button; it names the attempt after which it was drawn, so that it renews once."""
        person = guards.admit(interaction, self._allowed_guilds)
        after = int(control.arg) if control.arg and control.arg.isdecimal() else None
        await self._renew(interaction, person, control.ref, after)

    async def _renew(
        self, interaction: discord.Interaction[Any], person: Person, reference: str, after: int | None
    ) -> None:
        try:
            renewed = await self._renewals.renew(person, reference, after)
        except RenewalUnknown as unknown:
            await failures.send_privately(interaction, replies.Reply(warning(unknown)))
        except ClipGone as gone:
            await self._offer_anew(interaction, person, reference, gone)
        else:
            await failures.tell(interaction, texts.renewing(renewed))

    async def _offer_anew(
        self, interaction: discord.Interaction[Any], person: Person, reference: str, gone: ClipGone
    ) -> None:
        """Says that there is nothing to renew it from, with the way to give the clip again."""
        character = await self._library.character(person, reference)
        upload = DrawnButton(made_anew(character.character_id), texts.UPLOAD_LABEL)
        await failures.send_privately(
            interaction, replies.Reply(replies.plain(answers.refusal(gone), upload))
        )


def question(remake: Remake) -> discord.ui.LayoutView:
    """What a renewal is and costs, and the choice."""
    character_id = remake.character.character_id
    label = texts.RENEW_ANYWAY_LABEL if remake.may_cost_twice else texts.RENEW_LABEL
    return replies.plain(
        texts.confirm_renewal(remake.character, remake.maker, may_cost_twice=remake.may_cost_twice),
        DrawnButton(renew(character_id, remake.after), label, style=discord.ButtonStyle.primary),
        DrawnButton(Control(CHARACTER, LEAVE, character_id), texts.LEAVE_LABEL),
    )


def warning(unknown: RenewalUnknown) -> discord.ui.LayoutView:
    """That a second charge is possible, and the way to take the chance."""
    return replies.plain(
        answers.refusal(unknown),
        DrawnButton(renew(unknown.character_id, unknown.number), texts.RENEW_ANYWAY_LABEL),
    )
