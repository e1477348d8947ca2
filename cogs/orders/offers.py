"""Choosing the part of a clip: the offer is drawn anew for each choice, and taken up with one press."""

from typing import Any

import discord
from discord.ext import commands

from bot.clip import Part
from bot.jobs.desk import Desk
from bot.model import Person
from bot.orders import parts
from cogs import failures, guards
from cogs.controls import Control
from cogs.guards import AllowedGuilds
from cogs.offer_view import CUT, DROP, LENGTH, OPEN, START, STEP, USE, decoded, offer_reply
from cogs.pictures import Pictures
from cogs.presses import Presses
from cogs.replies import OwnWords, Reply, plain, refusal
from cogs.texts import answers, offers


class Offers(commands.Cog):
    """Shows an offer to the owner of a clip, and gives the choice to the desk."""

    def __init__(self, *, desk: Desk, pictures: Pictures, allowed_guilds: AllowedGuilds) -> None:
        self._desk = desk
        self._pictures = pictures
        self._allowed_guilds = allowed_guilds

    @property
    def presses(self) -> Presses:
        return {
            (CUT, OPEN): self.show,
            (CUT, STEP): self.draw,
            (CUT, START): self.draw,
            (CUT, LENGTH): self.draw,
            (CUT, USE): self.use,
            (CUT, DROP): self.drop,
        }

    async def show(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button on the card, or in a list: the offer as it was first made."""
        person = guards.admit(interaction, self._allowed_guilds)
        await failures.send_privately(interaction, await self._reply(control, person, None))

    async def draw(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """Another choice: the same message, drawn for it."""
        person = guards.admit(interaction, self._allowed_guilds)
        reply = await self._reply(control, person, wish_of(control))
        await _replace(interaction, reply)

    async def use(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Use this part**."""
        person = guards.admit(interaction, self._allowed_guilds)
        wish = decoded(control.arg)
        if wish is None:
            await failures.tell(interaction, answers.OLD_CONTROL)
            return
        part = Part(*wish)
        await self._desk.choose(control.ref, part, person)
        await _replace(interaction, Reply(plain(offers.cutting(part))))

    async def drop(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Not this clip**; what the member wrote is given back."""
        person = guards.admit(interaction, self._allowed_guilds)
        story, _ = await self._desk.offer(control.ref, person)
        await self._desk.cancel(control.ref, person)
        order = story.job.order
        words = OwnWords(prompt=order.prompt, safety=order.safety)
        await _replace(interaction, refusal(f"{offers.DROPPED} {answers.SEND_ANOTHER}", words))

    async def _reply(self, control: Control, person: Person, wish: tuple[int, int] | None) -> Reply:
        story, offer = await self._desk.offer(control.ref, person)
        part = offer.part if wish is None else parts.fitted(*wish, offer.seconds)
        return offer_reply(story, offer, part, await self._pictures.sheet(offer))


def wish_of(control: Control) -> tuple[int, int] | None:
    """Start and length after a press: those of the id, one of them replaced by what was picked."""
    wish = decoded(control.arg)
    picked = next((int(value) for value in control.values if value.isascii() and value.isdigit()), None)
    if wish is None or picked is None:
        return wish
    start, length = wish
    return (picked, length) if control.action == START else (start, picked)


async def _replace(interaction: discord.Interaction[Any], reply: Reply) -> None:
    """Puts a reply in place of the private message that was pressed on."""
    none = discord.AllowedMentions.none()
    await interaction.response.edit_message(
        view=reply.view, attachments=list(reply.files), allowed_mentions=none
    )
