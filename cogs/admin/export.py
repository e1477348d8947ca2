"""`/characters-admin export`: jobs, characters or the audit log of a server, as files for the caller."""

import io
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.jobs.staff.exporting import ROWS_AT_MOST, Exporting
from bot.jobs.staff.oversight import span_of
from bot.moderation.exports import Format, Pages, What
from cogs import failures
from cogs.moderators import Moderators
from cogs.replies import Reply, layout
from cogs.texts import admin
from cogs.texts import exports as texts

FILE_BYTES = 8_000_000
"""Below the 10 MiB that Discord takes from everybody (Discord: Uploading Files)."""
WHAT = [app_commands.Choice(name=name, value=what.value) for what, name in texts.WHAT.items()]
FORMATS = [app_commands.Choice(name=name, value=form.value) for form, name in texts.FORMATS.items()]
SPANS = [app_commands.Choice(name=name, value=span) for span, name in admin.SPANS.items()]


class Export(commands.Cog):
    """For admins only, whoever was given the command; and noted in the audit log."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        exporting: Exporting,
        moderators: Moderators,
        file_bytes: int = FILE_BYTES,
    ) -> None:
        self._exporting = exporting
        self._moderators = moderators
        self._file_bytes = file_bytes
        group.add_command(
            app_commands.Command(name="export", description=texts.DESCRIPTION, callback=self.export)
        )

    @app_commands.describe(
        what="What to download.", since="How far back; without it, everything.", format="How it is written."
    )
    @app_commands.choices(what=WHAT, since=SPANS, format=FORMATS)
    async def export(
        self,
        interaction: discord.Interaction[Any],
        what: str,
        since: str | None = None,
        format: str | None = None,  # noqa: A002 - the option's name
    ) -> None:
        """Sends file after file, each as soon as it is full; clips are in none.

        Raises:
            NotAllowed: the caller is no admin.
        """
        guild_id = await self._moderators.admin(interaction)
        if what not in {*What} or since not in {None, *admin.SPANS} or format not in {None, *Format}:
            raise failures.MalformedPayload
        await interaction.response.defer(ephemeral=True, thinking=True)
        wanted, form = What(what), Format(format or Format.CSV)
        await self._exporting.note(guild_id, wanted, interaction.user.id)
        pages, number, count = Pages(form, self._file_bytes), 0, 0
        async for row in self._exporting.rows(guild_id, wanted, span_of(since) if since else None):
            full = pages.add(row)
            count += 1
            if full is not None:
                number += 1
                await failures.send_privately(interaction, file_of(full, wanted, form, number))
        await failures.send_privately(interaction, last_of(pages.last(), wanted, form, number + 1, count))


def file_of(body: bytes, what: What, form: Format, number: int, words: str = "") -> Reply:
    """One file, under a name that says what it is."""
    filename = f"dramatis-{what}-{number}.{form}"
    file = discord.File(io.BytesIO(body), filename=filename)
    shown = ui.TextDisplay[Any](words or texts.part(number))
    return Reply(layout([shown, ui.File(f"attachment://{filename}")]), (file,))


def last_of(body: bytes, what: What, form: Format, number: int, count: int) -> Reply:
    """The last file, with how many rows there are in all; or that there is nothing."""
    if not body:
        return Reply(layout([ui.TextDisplay(texts.NOTHING)]))
    return file_of(body, what, form, number, texts.whole(what, count, number, is_cut=count >= ROWS_AT_MOST))
