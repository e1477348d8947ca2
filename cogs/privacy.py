"""`/privacy`: what is stored about somebody. No server, block, pause or setting stands before it.

Whoever asks is the only one whose data are looked at, and the only one who is told.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import NotAllowed
from bot.jobs.keeping import privacy as desk
from bot.privacy import Category, ErasureUnconfirmed
from cogs import failures, forms, replies
from cogs.commands import add
from cogs.controls import Control, DrawnButton
from cogs.forms import DrawnForm, Filled, FormId, Forms
from cogs.own_data import packed
from cogs.presses import Presses
from cogs.texts import privacy as texts

AREA = "prv"
EXPORT = "export"
DELETE = "delete"
ERASE = "erase"
"""The form."""
WHAT = "what"
CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Links:
    """What the operator has published about the application, by Discord's word."""

    privacy_url: str | None = None
    terms_url: str | None = None


class Privacy(commands.Cog):
    """Shows, hands over, deletes."""

    def __init__(
        self, group: app_commands.Group, *, privacy: desk.Privacy, links: Callable[[], Links]
    ) -> None:
        self.group = group
        self._privacy = privacy
        self._links = links
        add(group, "show", texts.SHOW, self.show)
        add(group, "export-my-data", texts.EXPORT, self.export)
        add(group, "delete-my-data", texts.DELETE, self.ask)

    @property
    def presses(self) -> Presses:
        return {(AREA, EXPORT): self.export_pressed, (AREA, DELETE): self.delete_pressed}

    @property
    def forms(self) -> Forms:
        return {ERASE: self.erase}

    async def show(self, interaction: discord.Interaction[Any]) -> None:
        """Counts, times, who else has it, and the two buttons."""
        user_id = asking(interaction)
        links = self._links()
        told = texts.overview(await self._privacy.holdings(user_id), links.privacy_url, links.terms_url)
        view = replies.plain(
            told,
            DrawnButton(Control(AREA, EXPORT, "0"), texts.EXPORT_LABEL),
            DrawnButton(Control(AREA, DELETE, "0"), texts.DELETE_LABEL, style=discord.ButtonStyle.danger),
        )
        await failures.send_privately(interaction, replies.Reply(view))

    async def export(self, interaction: discord.Interaction[Any]) -> None:
        """A zip file, or several where one would be larger than Discord takes.

        Raises:
            ExportTooSoon: they had it less than an hour ago.
        """
        user_id = asking(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        files = packed(await self._privacy.export(user_id), interaction.filesize_limit)
        for part, content in enumerate(files, 1):
            view = replies.layout(
                [
                    discord.ui.TextDisplay(texts.exported(part, len(files))),
                    discord.ui.File(f"attachment://{texts.FILENAME}"),
                ]
            )
            attached = discord.File(io.BytesIO(content), filename=texts.FILENAME)
            await failures.send_privately(interaction, replies.Reply(view, (attached,)))

    async def ask(self, interaction: discord.Interaction[Any]) -> None:
        """Opens the form; nothing is deleted by it yet."""
        asking(interaction)
        await forms.show(interaction, erasure_form())

    async def export_pressed(self, interaction: discord.Interaction[Any], _: Control) -> None:
        """The button **Export**."""
        await self.export(interaction)

    async def delete_pressed(self, interaction: discord.Interaction[Any], _: Control) -> None:
        """The button **Delete…**."""
        await self.ask(interaction)

    async def erase(self, interaction: discord.Interaction[Any], _: FormId, filled: Filled) -> None:
        """Deletes what was ticked, and answers with a receipt.

        Raises:
            ErasureUnconfirmed: nothing was ticked, or the word was not typed.
        """
        user_id = asking(interaction)
        chosen = chosen_of(filled)
        await interaction.response.defer(ephemeral=True, thinking=True)
        done = await self._privacy.erase(user_id, chosen)
        await failures.tell(interaction, texts.receipt(done, chosen))


def asking(interaction: discord.Interaction[Any]) -> int:
    """Whose data it is about, wherever they ask.

    Raises:
        NotAllowed: another bot asks.
    """
    if interaction.user.bot:
        raise NotAllowed("ask")
    return interaction.user.id


def chosen_of(filled: Filled) -> frozenset[Category]:
    """What is to be deleted.

    Raises:
        ErasureUnconfirmed: nothing was ticked, or the word was not typed.
    """
    known = {category.value for category in Category}
    chosen = frozenset(Category(one) for one in filled.picked.get(WHAT, ()) if one in known)
    if not chosen or filled.values.get(CONFIRM, "").strip() != texts.WORD:
        raise ErasureUnconfirmed
    return chosen


def erasure_form() -> DrawnForm:
    """What to delete, and the word that says it is meant."""
    options = [
        discord.CheckboxGroupOption(label=label, description=note, value=category.value, default=True)
        for category, (label, note) in texts.CATEGORIES.items()
    ]
    what = discord.ui.CheckboxGroup[Any](custom_id=WHAT, options=options, required=True)
    word = discord.ui.TextInput[Any](custom_id=CONFIRM, required=True, max_length=len(texts.WORD) * 2)
    return DrawnForm(
        FormId.fresh(ERASE),
        texts.FORM_TITLE,
        discord.ui.TextDisplay(texts.FORM_NOTE),
        discord.ui.Label(text=texts.WHAT, component=what),
        discord.ui.Label(text=texts.CONFIRM, component=word),
    )
