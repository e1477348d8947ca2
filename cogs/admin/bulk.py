"""`/characters-admin bulk`: many jobs retried or cancelled at once, after a look at how many they are."""

import asyncio
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.staff.bulk import ADMINS_ABOVE, Bulks
from bot.jobs.staff.oversight import span_of
from bot.moderation.bulks import BulkAction, Tally
from cogs import failures, pages, replies
from cogs.controls import Control, DrawnButton
from cogs.delivery.policy import TROUBLE
from cogs.moderators import Moderators
from cogs.presses import Presses
from cogs.texts import admin
from cogs.texts import bulk as texts

BULK = "blk"
CONFIRM, RELOAD = "confirm", "reload"
LIVE_SECONDS = 2.0
LOOKS = 30
"""After a minute the button **Reload** takes over."""
ACTIONS = [app_commands.Choice(name=name, value=action.value) for action, name in texts.ACTIONS.items()]
SPANS = [app_commands.Choice(name=name, value=span) for span, name in admin.SPANS.items()]


class BulkJobs(commands.Cog):
    """Proposes to whom the server offers the command; the press on **Confirm** asks for the right."""

    def __init__(self, group: app_commands.Group, *, bulks: Bulks, moderators: Moderators) -> None:
        self._bulks = bulks
        self._moderators = moderators
        group.add_command(
            app_commands.Command(name="bulk", description=texts.DESCRIPTION, callback=self.bulk)
        )

    @property
    def presses(self) -> Presses:
        return {(BULK, CONFIRM): self.confirm, (BULK, RELOAD): self.reload}

    @app_commands.describe(
        action="What to do with each job.", member="Whose jobs.", since="How far back to look."
    )
    @app_commands.choices(action=ACTIONS, since=SPANS)
    async def bulk(
        self,
        interaction: discord.Interaction[Any],
        action: str,
        member: discord.User | None = None,
        since: str | None = None,
    ) -> None:
        """Counts, and asks; nothing is done yet."""
        guild_id = self._moderators.offered(interaction)
        if action not in {*BulkAction} or since not in {None, *admin.SPANS}:
            raise failures.MalformedPayload
        proposal = await self._bulks.propose(
            guild_id,
            interaction.user.id,
            BulkAction(action),
            owner_id=member.id if member else None,
            span=span_of(since) if since else None,
        )
        button = DrawnButton(
            Control(BULK, CONFIRM, proposal.bulk.bulk_id),
            texts.CONFIRM_LABEL,
            style=discord.ButtonStyle.danger,
        )
        view = replies.plain(texts.proposal(proposal), *([button] if proposal.count else []))
        await failures.send_privately(interaction, replies.Reply(view))

    async def confirm(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """Begins, and shows how it goes on for a minute.

        Raises:
            NotAllowed: the caller does not moderate, or there are too many jobs for anybody but an admin.
            NotFound: there is no such bulk in this server.
        """
        guild_id = await self._moderators.overseer(interaction)
        if (await self._bulks.tally(guild_id, control.ref)).count > ADMINS_ABOVE:
            await self._moderators.admin(interaction)
        tally = await self._bulks.confirm(guild_id, control.ref, interaction.user.id)
        await pages.turn_to(interaction, tally_view(tally))
        for _ in range(LOOKS):
            if tally.is_over:
                return
            await asyncio.sleep(LIVE_SECONDS)
            tally = await self._bulks.tally(guild_id, control.ref)
            try:
                await interaction.edit_original_response(view=tally_view(tally))
            except TROUBLE:
                return

    async def reload(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """How far it has come by now."""
        guild_id = await self._moderators.overseer(interaction)
        await pages.turn_to(interaction, tally_view(await self._bulks.tally(guild_id, control.ref)))


def tally_view(tally: Tally) -> discord.ui.LayoutView:
    """How many are done, what failed and why, and a way to look again while it goes on."""
    reload = DrawnButton(Control(BULK, RELOAD, tally.bulk.bulk_id), admin.RELOAD_LABEL)
    return replies.plain(texts.tally(tally), *([] if tally.is_over else [reload]))
