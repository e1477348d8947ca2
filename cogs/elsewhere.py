"""Making a character at another provider: what waits while a model is off, and what is in the library."""

from typing import Any

import discord
from discord.ext import commands

from bot.jobs.desk import Desk
from bot.jobs.renewal import Remake, Renewals
from cogs import controls, failures, guards, pages, replies
from cogs.controls import CHARACTER, ELSEWHERE, JOB, LEAVE, MAKE, Control, DrawnButton
from cogs.guards import AllowedGuilds
from cogs.pictures import Picture, Pictures
from cogs.presses import Presses, in_time
from cogs.replies import Reply
from cogs.texts import answers, failover, picturing
from cogs.texts import library as texts


class Elsewhere(commands.Cog):
    """Gives the wish to whoever decides. The provider that was offered stands in the button's id."""

    def __init__(
        self, *, desk: Desk, renewals: Renewals, pictures: Pictures, allowed_guilds: AllowedGuilds
    ) -> None:
        self._desk = desk
        self._renewals = renewals
        self._pictures = pictures
        self._allowed_guilds = allowed_guilds

    @property
    def presses(self) -> Presses:
        return {
            (JOB, ELSEWHERE): in_time(self.move),
            (CHARACTER, ELSEWHERE): self.ask,
            (CHARACTER, MAKE): in_time(self.make),
            (CHARACTER, LEAVE): self.leave,
        }

    async def move(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Make it on …** of a card."""
        person = guards.admit(interaction, self._allowed_guilds)
        if control.arg is None:
            await failures.tell(interaction, answers.OLD_CONTROL)
            return
        maker = await self._desk.make_elsewhere(control.ref, control.arg, person)
        await failures.tell(interaction, failover.moved(maker))

    async def ask(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The same button of a character's sheet: says what differs first, and shows the picture."""
        person = guards.admit(interaction, self._allowed_guilds)
        remake = await self._renewals.elsewhere(person, control.ref, control.arg or "")
        clip = remake.story.job.shown_clip if remake.maker.from_picture else None
        await failures.send_privately(
            interaction, confirmation(remake, await self._pictures.poster_in_time(clip))
        )

    async def make(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button of that question."""
        person = guards.admit(interaction, self._allowed_guilds)
        wish = controls.made_at(control.arg)
        if wish is None:
            await failures.tell(interaction, answers.OLD_CONTROL)
            return
        remake = await self._renewals.make_elsewhere(person, control.ref, *wish)
        await failures.tell(interaction, failover.making(remake.character, remake.maker))

    async def leave(self, interaction: discord.Interaction[Any], _: Control) -> None:
        """The other one."""
        guards.admit(interaction, self._allowed_guilds)
        await pages.turn_to(interaction, replies.plain(texts.NOTHING_CHANGED))


def confirmation(remake: Remake, picture: Picture | None) -> Reply:
    """What it would be, and the choice."""
    character_id, maker = remake.character.character_id, remake.maker
    make = controls.make_at(character_id, maker.provider, remake.after)
    leave = Control(CHARACTER, LEAVE, character_id)
    chooser = DrawnButton(controls.choose_picture(remake.character.job_id), picturing.LABEL)
    buttons = (
        DrawnButton(make, failover.label(maker), style=discord.ButtonStyle.primary),
        *((chooser,) if maker.from_picture else ()),
        DrawnButton(leave, texts.LEAVE_LABEL),
    )
    text = failover.confirm(remake.character, maker, may_cost_twice=remake.may_cost_twice)
    items = [replies.beside(text, picture), discord.ui.ActionRow[Any](*buttons)]
    return Reply(replies.layout(items), (picture.file(),) if picture else ())
