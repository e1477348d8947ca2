"""**Report character**, an entry of a message's Apps menu for everybody who sees one, and its decision.

No gate stands before it: whoever is blocked, or in a paused server, may report all the same.
"""

from collections.abc import Callable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import NotFound, WrongPlace
from bot.jobs.staff.reporting import NOTE_UNITS, WORDS_UNITS, Reporting
from bot.jobs.staff.takedown import Takedown
from bot.model import MessageRef, Person
from bot.report import ReportKind
from cogs import failures, forms, guards
from cogs.controls import Control
from cogs.failures import MalformedPayload
from cogs.forms import DrawnForm, Filled, FormId, Forms
from cogs.guards import AllowedGuilds
from cogs.moderators import Moderators
from cogs.presses import Presses
from cogs.report_views import AREA, DISMISS, REMOVE
from cogs.reviews.takedown_views import takedown_form
from cogs.texts import reports as texts

REPORT, DISMISS_FORM = "report", "dismiss"
"""The forms."""
KIND, WORDS, NOTE = "kind", "words", "note"


class Reports(commands.Cog):
    """Takes reports from anybody, and decisions from whoever oversees the server at that moment."""

    def __init__(
        self,
        *,
        reporting: Reporting,
        takedown: Takedown,
        moderators: Moderators,
        allowed_guilds: AllowedGuilds,
        own_user_id: Callable[[], int | None],
    ) -> None:
        self._reporting = reporting
        self._takedown = takedown
        self._moderators = moderators
        self._allowed_guilds = allowed_guilds
        self._own_user_id = own_user_id
        self.menu = app_commands.ContextMenu(
            name=texts.MENU_NAME,
            callback=self.report,
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )

    @property
    def presses(self) -> Presses:
        return {(AREA, REMOVE): self.ask_to_remove, (AREA, DISMISS): self.ask_to_dismiss}

    @property
    def forms(self) -> Forms:
        return {REPORT: self.file, DISMISS_FORM: self.dismiss}

    async def report(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """Asks what is wrong.

        Raises:
            WrongPlace: there is no server here.
            NotFound: the message shows nothing that was made here.
            AlreadyReported: the caller has reported it before.
        """
        person = self._caller(interaction)
        if message.author.id != self._own_user_id():
            raise NotFound("reportable")
        where = MessageRef(message.channel.id, message.id)
        job_id = await self._reporting.shown_in(where, person)
        await forms.show(interaction, report_form(job_id))

    async def file(self, interaction: discord.Interaction[Any], form_id: FormId, filled: Filled) -> None:
        """Takes the report in, and says what happens now."""
        person = self._caller(interaction)
        kind = filled.values.get(KIND, "")
        if kind not in {*ReportKind}:
            raise MalformedPayload
        words = filled.values.get(WORDS, "")
        report = await self._reporting.file(form_id.ref, person, ReportKind(kind), words)
        await failures.tell(interaction, texts.filed(report))

    async def ask_to_remove(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Take down…**: the form of `/characters-admin remove`."""
        guild_id = await self._moderators.overseer(interaction)
        report = await self._reporting.look(guild_id, control.ref)
        await self._takedown.look(guild_id, report.job_id)
        await forms.show(interaction, takedown_form(report.job_id))

    async def ask_to_dismiss(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Dismiss…**."""
        guild_id = await self._moderators.overseer(interaction)
        await self._reporting.check_dismissible(guild_id, control.ref, interaction.user.id)
        await forms.show(interaction, dismiss_form(control.ref))

    async def dismiss(self, interaction: discord.Interaction[Any], form_id: FormId, filled: Filled) -> None:
        """The form about that; who may is asked once more."""
        guild_id = await self._moderators.overseer(interaction)
        note = filled.values.get(NOTE, "")
        await self._reporting.dismiss(guild_id, form_id.ref, interaction.user.id, note)
        await failures.tell(interaction, texts.DISMISSED)

    def _caller(self, interaction: discord.Interaction[Any]) -> Person:
        person = guards.admit(interaction, self._allowed_guilds)
        if person.guild_id is None:
            raise WrongPlace("dm")
        return person


def report_form(job_id: str) -> DrawnForm:
    """Asks what is wrong, and for words."""
    options = [discord.RadioGroupOption(label=label, value=kind.value) for kind, label in texts.KINDS.items()]
    kind = discord.ui.RadioGroup[Any](custom_id=KIND, options=options, required=True)
    said = discord.ui.TextInput[Any](
        custom_id=WORDS, style=discord.TextStyle.paragraph, required=False, max_length=WORDS_UNITS
    )
    return DrawnForm(
        FormId.fresh(REPORT, job_id),
        texts.FORM_TITLE,
        discord.ui.Label[Any](text=texts.KIND, component=kind),
        discord.ui.Label[Any](text=texts.WORDS, description=texts.WORDS_NOTE, component=said),
    )


def dismiss_form(report_id: str) -> DrawnForm:
    """Asks why nothing is removed."""
    note = discord.ui.TextInput[Any](
        custom_id=NOTE, style=discord.TextStyle.paragraph, required=False, max_length=NOTE_UNITS
    )
    return DrawnForm(
        FormId.fresh(DISMISS_FORM, report_id),
        texts.DISMISS_TITLE,
        discord.ui.Label[Any](text=texts.NOTE, description=texts.NOTE_NOTE, component=note),
    )
