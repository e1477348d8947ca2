"""`/characters-admin jobs`: a server's jobs, for those who moderate it."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.staff.oversight import JobState, Oversight
from bot.notices import SettledBy
from cogs import failures, pages, replies
from cogs.admin.views import ADMIN, LIST, OPEN, Spot, list_view, timeline_view
from cogs.controls import Control
from cogs.moderators import Moderators
from cogs.pages import PAGE_SIZE, Page
from cogs.presses import Presses
from cogs.texts import admin, answers

STATES = [app_commands.Choice(name=name, value=state.value) for state, name in admin.CHOICES.items()]
SPANS = [app_commands.Choice(name=name, value=span) for span, name in admin.SPANS.items()]


class AdminJobs(commands.Cog):
    """Shows moderators the jobs of their own server; those of others do not exist here.

    Who may run the command is the server's to say (Server Settings, Integrations). That does not cover
    buttons, so each press reads the presser's rights afresh.
    """

    def __init__(
        self,
        group: app_commands.Group,
        *,
        oversight: Oversight,
        moderators: Moderators,
        settled_by: SettledBy,
    ) -> None:
        self._oversight = oversight
        self._moderators = moderators
        self._settled_by = settled_by
        group.add_command(
            app_commands.Command(name="jobs", description="Browse jobs in this server.", callback=self.jobs)
        )

    @property
    def presses(self) -> Presses:
        return {(ADMIN, LIST): self.turn, (ADMIN, OPEN): self.open}

    @app_commands.describe(
        member="Whose jobs.",
        state="Where they stand.",
        since="How far back to look.",
    )
    @app_commands.choices(state=STATES, since=SPANS)
    async def jobs(
        self,
        interaction: discord.Interaction[Any],
        member: discord.User | None = None,
        state: str | None = None,
        since: str | None = None,
    ) -> None:
        """The first page, privately."""
        guild_id = self._moderators.offered(interaction)
        if state not in {None, *JobState} or since not in {None, *admin.SPANS}:
            raise failures.MalformedPayload
        spot = Spot(0, JobState(state) if state else None, since, of_member=member is not None)
        may_open = await self._moderators.oversees(interaction)
        view = await self._list(guild_id, spot, member.id if member else None, may_open=may_open)
        await failures.send_privately(interaction, replies.Reply(view))

    async def turn(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """Another page, or back from a timeline to the page it was opened from."""
        guild_id = await self._moderators.overseer(interaction)
        spot = Spot.parse(control.arg)
        if spot is None:
            await failures.tell(interaction, answers.OLD_CONTROL)
            return
        owner_id = await self._owner_of(guild_id, control.ref) if spot.of_member else None
        await pages.turn_to(interaction, await self._list(guild_id, spot, owner_id, may_open=True))

    async def open(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The timeline of one job, in place of the list."""
        guild_id = await self._moderators.overseer(interaction)
        spot = Spot.parse(control.arg)
        if spot is None:
            await failures.tell(interaction, answers.OLD_CONTROL)
            return
        timeline = await self._oversight.timeline(guild_id, control.ref)
        await pages.turn_to(interaction, timeline_view(timeline, spot, self._settled_by))

    async def _list(
        self, guild_id: int, spot: Spot, owner_id: int | None, *, may_open: bool
    ) -> discord.ui.LayoutView:
        search = spot.search(owner_id)
        count = await self._oversight.count(guild_id, search)
        offset = Page.of(spot.page, count).offset
        records = await self._oversight.jobs(guild_id, search, limit=PAGE_SIZE, offset=offset)
        return list_view(records, count, spot, owner_id, may_open=may_open)

    async def _owner_of(self, guild_id: int, job_id: str) -> int:
        return (await self._oversight.timeline(guild_id, job_id)).record.job.order.owner_id
