"""**Character history**, an entry of a member's Apps menu: what they have made here, and what may be done."""

import asyncio
from contextlib import suppress
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.staff.moderation import Moderation
from bot.jobs.staff.oversight import Oversight
from bot.model import Person
from cogs import failures, forms, guards, replies
from cogs.admin.views import Spot, to_list
from cogs.blocking import check_blockable, span_chosen
from cogs.controls import Control, DrawnButton
from cogs.delivery.policy import TROUBLE
from cogs.forms import DrawnForm, Filled, FormId, Forms
from cogs.moderators import Moderators
from cogs.presses import Presses
from cogs.replies import Block
from cogs.texts import history as texts
from cogs.texts import moderation

HISTORY = "hst"
BLOCK = "block"
BLOCK_FORM = "blockmember"
DURATION, REASON = "duration", "reason"
REASON_UNITS = 300
FETCH_SECONDS = 1.5
"""Half of the time that Discord gives to the first answer."""


class History(commands.Cog):
    """Who may use the entry is the server's to say; buttons and form ask for the right of the moment.

    They name one of the member's jobs, and no person: whose it is is read from it.
    """

    def __init__(self, *, oversight: Oversight, moderation: Moderation, moderators: Moderators) -> None:
        self._oversight = oversight
        self._moderation = moderation
        self._moderators = moderators
        self.menu = app_commands.ContextMenu(
            name=texts.MENU_NAME,
            callback=self.show,
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self.menu.default_permissions = discord.Permissions(manage_guild=True)

    @property
    def presses(self) -> Presses:
        return {(HISTORY, BLOCK): self.open_form}

    @property
    def forms(self) -> Forms:
        return {BLOCK_FORM: self.block}

    async def show(self, interaction: discord.Interaction[Any], member: discord.User) -> None:
        """Counts, the latest jobs, limits and a block, privately."""
        guild_id = self._moderators.offered(interaction)
        history = await self._oversight.history(guild_id, member.id)
        asked = Person(member.id, guild_id, role_ids=guards.role_ids_of(member))
        allowance = await self._moderation.allowance(guild_id, asked)
        block = await self._moderation.block_of(guild_id, member.id)
        blocks = [
            Block(texts.summary(member.id, history, block)),
            Block(
                moderation.allowance(member.id, allowance),
                buttons(history.latest[0].job.job_id) if history.latest else (),
            ),
            *(Block(texts.job(record)) for record in history.latest),
        ]
        await failures.send_privately(interaction, replies.Reply(replies.stacked(blocks)))

    async def open_form(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Block…**."""
        guild_id = await self._moderators.overseer(interaction)
        await self._oversight.timeline(guild_id, control.ref)
        await forms.show(interaction, block_form(control.ref))

    async def block(self, interaction: discord.Interaction[Any], form_id: FormId, filled: Filled) -> None:
        """Blocks the owner of the job that the form is about.

        Raises:
            NotAllowed, NotFound: the caller is no moderator any more; there is no such job here.
            BlockRefused: it is the caller, or somebody who may manage the server.
        """
        guild_id = await self._moderators.overseer(interaction)
        timeline = await self._oversight.timeline(guild_id, form_id.ref)
        owner_id = timeline.record.job.order.owner_id
        reason = filled.values.get(REASON, "").strip()[:REASON_UNITS]
        span = span_chosen(filled.values.get(DURATION, "").replace(texts.GOOD, "") or None)
        member = await member_of(interaction.guild, owner_id)
        if member is not None:
            settings = await self._moderation.settings(guild_id)
            check_blockable(member, member.guild_permissions, interaction.user.id, settings)
        block = await self._moderation.block(guild_id, owner_id, span, reason or None, interaction.user.id)
        await failures.tell(interaction, moderation.blocked(block))


def buttons(job_id: str) -> list[DrawnButton]:
    """What can be done about whose job this is."""
    return [
        DrawnButton(to_list(job_id, Spot(of_member=True)), texts.JOBS_LABEL),
        DrawnButton(Control(HISTORY, BLOCK, job_id), texts.BLOCK_LABEL, style=discord.ButtonStyle.danger),
    ]


def block_form(job_id: str) -> DrawnForm:
    """Asks for how long, and why."""
    spans = {**moderation.SPANS, texts.GOOD: texts.FOR_GOOD}
    options = [discord.RadioGroupOption(label=label, value=span) for span, label in spans.items()]
    span = discord.ui.RadioGroup[Any](custom_id=DURATION, options=options, required=True)
    why = discord.ui.TextInput[Any](custom_id=REASON, required=False, max_length=REASON_UNITS)
    return DrawnForm(
        FormId.fresh(BLOCK_FORM, job_id),
        texts.BLOCK_TITLE,
        discord.ui.Label[Any](text=texts.DURATION, component=span),
        discord.ui.Label[Any](text=texts.REASON, description=texts.REASON_NOTE, component=why),
    )


async def member_of(guild: discord.Guild | None, user_id: int) -> discord.Member | None:
    """The member with the roles they have now; None for one who has left, or of whom we learn nothing."""
    if guild is None:
        return None
    with suppress(*TROUBLE):
        async with asyncio.timeout(FETCH_SECONDS):
            return await guild.fetch_member(user_id)
    return None
