"""Approving and turning down: the buttons under a question to moderators, and `/characters-admin queue`."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.reviewing import Reviewing
from bot.jobs.staff.reporting import Reporting
from cogs import controls, failures, forms, guards, pages, replies
from cogs.controls import Control
from cogs.forms import Filled, FormId, Forms
from cogs.guards import AllowedGuilds
from cogs.pages import Page
from cogs.presses import Presses, in_time
from cogs.replies import OwnWords, Reply
from cogs.report_views import reports_view
from cogs.reviews import forms as review_forms
from cogs.reviews.listing import LISTED, queue_view
from cogs.texts import reviews as texts


class Reviews(commands.Cog):
    """Gives decisions to the counter, which asks at each press whether this person may, and is the first."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        reviewing: Reviewing,
        reporting: Reporting,
        allowed_guilds: AllowedGuilds,
    ) -> None:
        self._reviewing = reviewing
        self._reporting = reporting
        self._allowed_guilds = allowed_guilds
        group.add_command(
            app_commands.Command(name="queue", description=texts.QUEUE_DESCRIPTION, callback=self.queue)
        )

    @property
    def presses(self) -> Presses:
        return {
            (controls.REVIEW, controls.APPROVE): in_time(self.approve),
            (controls.REVIEW, controls.REJECT): self.ask_why,
            (controls.REVIEW, controls.BLOCK): self.ask_how_long,
            (controls.REVIEW, controls.WORDS): in_time(self.read),
            (controls.REVIEW, controls.PAGE): self.turn,
        }

    @property
    def forms(self) -> Forms:
        return {review_forms.REJECT: self.reject, review_forms.BLOCK: self.reject}

    async def queue(self, interaction: discord.Interaction[Any]) -> None:
        """What waits, the oldest first, privately; what was reported in front."""
        guild_id = guards.admit_moderator(interaction, self._allowed_guilds)
        reported = await self._reporting.waiting(guild_id)
        if reported:
            await failures.send_privately(interaction, Reply(reports_view(reported)))
        if not reported or await self._reviewing.count(guild_id):
            await failures.send_privately(interaction, Reply(await self._page(guild_id, 0)))

    async def turn(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """Another page, as it is now, in place of the one on which the button was pressed."""
        guild_id = guards.admit_moderator(interaction, self._allowed_guilds)
        await self._reviewing.check_decides(guards.person_of(interaction))
        await pages.turn_to(interaction, await self._page(guild_id, pages.number_of(control.arg)))

    async def _page(self, guild_id: int, wanted: int) -> discord.ui.LayoutView:
        page = Page.of(wanted, await self._reviewing.count(guild_id), LISTED)
        waiting = await self._reviewing.waiting(guild_id, limit=page.size, offset=page.offset)
        unasked = [await self._reviewing.unasked(story) for story in waiting]
        return queue_view(list(zip(waiting, unasked, strict=True)), page)

    async def approve(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Approve**."""
        person = guards.admit(interaction, self._allowed_guilds)
        await failures.tell(interaction, texts.approved(await self._reviewing.approve(control.ref, person)))

    async def ask_why(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Reject…**; who may not is told before they have typed."""
        await self._reviewing.open(control.ref, guards.admit(interaction, self._allowed_guilds))
        await forms.show(interaction, review_forms.reject_form(control.ref))

    async def ask_how_long(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Block requester…**."""
        await self._reviewing.open(control.ref, guards.admit(interaction, self._allowed_guilds))
        await forms.show(interaction, review_forms.block_form(control.ref))

    async def reject(self, interaction: discord.Interaction[Any], form_id: FormId, filled: Filled) -> None:
        """Either form that came back."""
        person = guards.admit(interaction, self._allowed_guilds)
        blocks, span = review_forms.block_in(filled)
        reason = review_forms.reason_in(filled)
        story = await self._reviewing.reject(form_id.ref, person, reason, span, blocks=blocks)
        await failures.tell(interaction, texts.rejected(story, blocked=blocks))

    async def read(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Read it all**: the member's texts, whole, for the moderator alone."""
        person = guards.admit(interaction, self._allowed_guilds)
        order = (await self._reviewing.open(control.ref, person)).job.order
        words = OwnWords(prompt=order.prompt, safety=order.safety)
        await failures.send_privately(interaction, replies.refusal(texts.WHOLE_TITLE, words))
