"""**Choose the picture**: where a character is made of one, its owner sees the clip and picks the moment."""

from typing import Any

import discord
from discord import ui
from discord.ext import commands

from bot.jobs.picturing import Glance, Picturing
from cogs import failures, guards
from cogs.controls import OPEN, PICTURE, TAKE, Control, DrawnButton, DrawnSelect, choose_picture
from cogs.guards import AllowedGuilds
from cogs.pictures import POSTER_NAME, SHEET_NAME, Picture
from cogs.presses import Presses, in_time
from cogs.replies import Reply, beside, layout
from cogs.texts import offers
from cogs.texts import picturing as texts

NO_MOMENT = -1
"""What was picked in no select."""


class PictureChoice(commands.Cog):
    """Shows the clip to its owner alone, and gives their choice to who decides."""

    def __init__(self, *, picturing: Picturing, allowed_guilds: AllowedGuilds) -> None:
        self._picturing = picturing
        self._allowed_guilds = allowed_guilds

    @property
    def presses(self) -> Presses:
        return {(PICTURE, OPEN): in_time(self.open), (PICTURE, TAKE): in_time(self.take)}

    async def open(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button on a card or in the library."""
        person = guards.admit(interaction, self._allowed_guilds)
        glance = await self._picturing.look(control.ref, person)
        await failures.send_privately(interaction, choice(control.ref, glance))

    async def take(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The select under the pictures."""
        person = guards.admit(interaction, self._allowed_guilds)
        picked = next((int(one) for one in control.values if one.isascii() and one.isdigit()), NO_MOMENT)
        picture = Picture(POSTER_NAME, await self._picturing.choose(control.ref, picked, person))
        items: list[ui.Item[Any]] = [
            beside(texts.taken(picked), picture),
            ui.ActionRow(DrawnButton(choose_picture(control.ref), texts.ANOTHER_LABEL)),
        ]
        await failures.send_privately(interaction, Reply(layout(items), (picture.file(),)))


def choice(job_id: str, glance: Glance) -> Reply:
    """The clip at a glance, and its moments to choose from."""
    sheet = Picture(SHEET_NAME, glance.sheet)
    options = [
        discord.SelectOption(label=offers.clock_time(moment), value=str(moment)) for moment in glance.moments
    ]
    items: list[ui.Item[Any]] = [
        ui.TextDisplay(texts.QUESTION),
        ui.MediaGallery(discord.MediaGalleryItem(sheet.url)),
        ui.ActionRow(DrawnSelect(Control(PICTURE, TAKE, job_id), options, texts.PLACEHOLDER)),
    ]
    return Reply(layout(items), (sheet.file(),))
